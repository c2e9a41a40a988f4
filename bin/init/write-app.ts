import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../terminal/user-error';
import type { Copy } from './app-model';

/** The file in which npm keeps the versions. */
export const LOCK_FILE = 'package-lock.json';

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

/**
 * Has npm choose the versions of all packages and write them down, so that `npm ci` installs the same everywhere. Nothing is installed.
 * @throws UserError when npm cannot
 */
export function writeLockFile(root: string): void {
  const args = ['install', '--package-lock-only', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, stderr, error } = spawnSync('npm', args, {
    cwd: root,
    env: process.env,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  const reason = error?.message ?? stderr.trim();
  throw new UserError(`the app is written but for ${LOCK_FILE}, because npm failed; \`npm install\` makes it once npm can:\n${reason}`);
}

function ready(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  return path;
}
