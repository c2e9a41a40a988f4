import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../terminal/user-error';
import type { Copy } from './app-model';
import { LOCK_FILE } from './lock-file';

/**
 * Writes an app, and nothing over what is there.
 * @param root the app's folder, as an absolute path
 * @throws UserError when any of its files is there already
 */
export function writeApp(root: string, files: Readonly<Record<string, string>>, copies: readonly Copy[]): void {
  const taken = [...Object.keys(files), LOCK_FILE, ...copies.map(({ to }) => to)].filter((path) => existsSync(join(root, path)));
  if (taken.length > 0) {
    throw new UserError(
      [`nothing was written to ${root}, because these are there already:`, ...taken.map((path) => `  ${path}`), 'name another folder'].join(
        '\n',
      ),
    );
  }
  for (const [path, text] of Object.entries(files)) writeFileSync(ready(join(root, path)), text);
  for (const { from, to } of copies) cpSync(from, ready(join(root, to)), { recursive: true, dereference: true });
}

function ready(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  return path;
}
