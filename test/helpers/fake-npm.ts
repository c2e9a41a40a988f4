import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { folderOf } from './folder';

/** Writes its arguments where npm would write what its registry answers; fails where a file `npm-fails` lies beside the app. */
const FAKE_NPM = `#!/usr/bin/env node
const { existsSync, writeFileSync } = require('node:fs');
if (existsSync('../npm-fails')) { console.error('npm error code E404'); process.exit(1); }
writeFileSync('package-lock.json', JSON.stringify(process.argv.slice(2)));
`;

/** A folder to put into PATH, whose npm asks no registry. */
export function fakeNpm(): string {
  const folder = folderOf({ npm: FAKE_NPM });
  chmodSync(join(folder, 'npm'), 0o755);
  return folder;
}
