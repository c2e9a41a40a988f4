import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type StoredObject, type WritableStore } from './object-store';
import { TableError } from './table-error';

/** Stores objects in a folder of this machine. A reader sees a file whole or not at all. */
export class FolderStore implements WritableStore {
  /** @param root the table's folder */
  constructor(private readonly root: string) {}

  public async list(folder: string, from = ''): Promise<StoredObject[]> {
    const entries = (await unlessMissing(readdir(join(this.root, folder), { withFileTypes: true }))) ?? [];
    const names = entries.filter((entry) => entry.isFile() && entry.name >= from).map(({ name }) => name);
    names.sort((a, b) => (a < b ? -1 : 1));
    const found = await Promise.all(
      names.map(async (name) => {
        const stats = await unlessMissing(stat(join(this.root, folder, name)));
        return stats === undefined ? [] : [{ name, size: stats.size, modified: Math.floor(stats.mtimeMs) }];
      }),
    );
    return found.flat();
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

  public write(path: string, bytes: Uint8Array): Promise<void> {
    return this.throughTemporary(path, bytes, (temporary, target) => rename(temporary, target));
  }

  public create(path: string, bytes: Uint8Array): Promise<boolean> {
    // unlike a rename, a link never replaces a file that another writer created in the meantime
    return this.throughTemporary(path, bytes, async (temporary, target) => {
      try {
        await link(temporary, target);
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
        throw error;
      }
    });
  }

  /** Writes a temporary file beside the path, under a name that readers of tables ignore, and then puts it in place. */
  private async throughTemporary<T>(path: string, bytes: Uint8Array, put: (temporary: string, target: string) => Promise<T>): Promise<T> {
    const target = join(this.root, path);
    const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}.tmp`);
    await mkdir(dirname(target), { recursive: true });
    try {
      await writeFile(temporary, bytes, { flush: true });
      return await put(temporary, target);
    } finally {
      await rm(temporary, { force: true });
    }
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
