import { cpSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fakeNpm } from '../helpers/fake-npm';
import { folderOf } from '../helpers/folder';
import { CHECKOUT, run } from '../helpers/parts';

/** A clone after `npm ci && npm run build:assets`: the command is built, the constructs are not compiled. */
function builtClone(): string {
  const clone = folderOf({});
  for (const path of ['package.json', 'assets/cli', 'assets/init', 'assets/synth']) {
    cpSync(join(CHECKOUT, path), join(clone, path), { recursive: true });
  }
  symlinkSync(join(CHECKOUT, 'node_modules'), join(clone, 'node_modules'));
  return clone;
}

test('init writes an app where the constructs are not compiled, run as an executable file', () => {
  const clone = builtClone();
  const command = join(clone, 'assets', 'cli', 'cdk-ml-serving.js');
  const env = { ...process.env, PATH: `${fakeNpm()}${delimiter}${process.env.PATH}` };
  const { status, stdout, stderr } = run(command, ['init', 'app'], { cwd: clone, env });
  expect(stderr).toBe('npm chooses the versions for package-lock.json …\n');
  expect(status).toBe(0);
  expect(stdout).toContain('app: an app that serves house_price from models/house_price/1/model.onnx\n');
});
