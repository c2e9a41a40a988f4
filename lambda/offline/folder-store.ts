import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ObjectStore, type StoredObject } from './object-store';
import { TableError } from './table-error';

/** A folder of this machine as an object store. */
export class FolderStore implements ObjectStore {
  /** @param root the table's folder */
  constructor(private readonly root: string) {}

  public async list(folder: string, from = ''): Promise<StoredObject[]> {
    const entries = (await unlessMissing(readdir(join(this.root, folder), { withFileTypes: true }))) ?? [];
    const names = entries.filter((entry) => entry.isFile() && entry.name >= from).map(({ name }) => name);
    names.sort((a, b) => (a < b ? -1 : 1));
    return Promise.all(names.map(async (name) => ({ name, size: (await stat(join(this.root, folder, name))).size })));
  }

  public read(path: string): Promise<Uint8Array | undefined> {
    return unlessMissing(readFile(join(this.root, path)));
  }

  public async readRange(path: string, start: number, end: number): Promise<Uint8Array> {
    const file = await open(join(this.root, path));
    try {
      const bytes = new Uint8Array(end - start);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
      if (bytesRead !== bytes.length) throw new TableError(`${path}: expected ${bytes.length} bytes at ${start}, got: ${bytesRead}`);
      return bytes;
    } finally {
      await file.close();
    }
  }

  public async size(path: string): Promise<number | undefined> {
    return (await unlessMissing(stat(join(this.root, path))))?.size;
  }
}

async function unlessMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
