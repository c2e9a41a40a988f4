import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../terminal/user-error';
import type { Copy } from './app-model';

/** The file with the versions that npm chose. */
export const LOCK_FILE = 'package-lock.json';

/**
 * Writes an app. Overwrites nothing.
 * @param root the absolute path of the app's folder
 * @throws UserError if one of its files exists already
 */
export function writeApp(root: string, files: Readonly<Record<string, string>>, copies: readonly Copy[]): void {
  const taken = [...Object.keys(files), LOCK_FILE, ...copies.map(({ to }) => to)].filter((path) => existsSync(join(root, path)));
  if (taken.length > 0) {
    throw new UserError(
      [
        `nothing was written to ${root}, because these files exist already:`,
        ...taken.map((path) => `  ${path}`),
        'choose another folder',
      ].join('\n'),
    );
  }
  for (const [path, text] of Object.entries(files)) writeFileSync(inFolder(join(root, path)), text);
  for (const { from, to } of copies) cpSync(from, inFolder(join(root, to)), { recursive: true, dereference: true });
}

/**
 * Lets npm choose the versions of all packages and write the lock file, so that `npm ci` installs the same everywhere. Installs nothing.
 * @throws UserError if npm fails
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
  throw new UserError(
    `the app is written without ${LOCK_FILE}, because npm failed; run \`npm install\` in the app's folder when npm works:\n${reason}`,
  );
}

/** Makes the folder of a file. @returns the file's path */
function inFolder(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  return path;
}
