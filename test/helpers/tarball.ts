import { cpSync, mkdtempSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECKOUT, mustRun } from './parts';

/** The package as its users get it: a tarball in a folder of its own. */
export function packTarball(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tarball-'));
  mustRun('npm', ['pack', '--silent', '--pack-destination', folder]);
  return join(folder, readdirSync(folder)[0]!);
}

/** A consumer's app outside of the checkout, from test/consumers, with the models of the fixtures. */
export function copyConsumer(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `${name}-app-`));
  cpSync(join(CHECKOUT, 'test', 'consumers', name), folder, { recursive: true });
  mkdirSync(join(folder, 'models'), { recursive: true });
  cpSync(join(CHECKOUT, 'test', 'fixtures', 'house_price_a', 'model.onnx'), join(folder, 'models', 'model.onnx'));
  rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
  return folder;
}
