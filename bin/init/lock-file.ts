import { spawnSync } from 'node:child_process';
import { UserError } from '../terminal/user-error';

/** The file in which npm keeps the versions. */
export const LOCK_FILE = 'package-lock.json';

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
