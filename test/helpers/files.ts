import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders: string[] = [];
afterAll(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A new folder under the system's temporary one, with files in it; all are gone when the test file is done. */
export function temporaryFolder(files: { readonly [name: string]: string | Uint8Array } = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'cdk-ml-serving-test-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

/** A new file with the content; its path. */
export function temporaryFile(name: string, content: string | Uint8Array): string {
  return join(temporaryFolder({ [name]: content }), name);
}
