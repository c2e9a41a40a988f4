import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { type StoredObject, type WritableStore } from './object-store';
import { TableError } from './table-error';

/** A temporary file of this age is left over from a killed process, because a file is written at once. */
const LEFTOVER_MILLISECONDS = 3_600_000;
const TEMPORARY = /^\..+\.[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\.tmp$/;

/**
 * Stores objects in a folder of this machine. A reader sees a file whole or not at all. Only regular files are read, and no file outside the
 * folder is read or written, by a link for example.
 */
export class FolderStore implements WritableStore {
  /** The folders whose leftover files were removed. */
  private readonly cleaned = new Set<string>();
  /** The last file that was found: the ranges of a file are read one after another. */
  private last: { readonly path: string; readonly real: string } | undefined;

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

  public async read(path: string): Promise<Uint8Array | undefined> {
    const file = await this.find(path);
    return file && unlessMissing(readFile(file.path));
  }

  public async readRange(path: string, start: number, end: number): Promise<Uint8Array> {
    const real = this.last?.path === path ? this.last.real : (await this.find(path))?.path;
    const file = real === undefined ? undefined : await unlessMissing(open(real));
    if (file === undefined) throw new TableError(`${path}: expected ${end - start} bytes at ${start}, got: no file`);
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
    return (await this.find(path))?.size;
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

  /** Finds a file. @throws TableError if it is not a regular file, or is outside the folder */
  private async find(path: string): Promise<{ path: string; size: number } | undefined> {
    const real = await unlessMissing(realpath(join(this.root, path)));
    if (real === undefined) return undefined;
    await this.checkInside(path, real);
    const stats = await unlessMissing(stat(real));
    if (stats === undefined) return undefined;
    if (!stats.isFile())
      throw new TableError(`${path}: expected a regular file, got: ${stats.isDirectory() ? 'a folder' : 'a device or a pipe'}`);
    this.last = { path, real };
    return { path: real, size: stats.size };
  }

  private async checkInside(path: string, real: string): Promise<void> {
    if (relative(await realpath(this.root), real).split(sep)[0] === '..')
      throw new TableError(`${path}: expected a file in the table's folder, got: a link to ${real}; copy the file into the folder`);
  }

  /** Writes a temporary file beside the path, under a name that readers of tables ignore, and then puts it in place. */
  private async throughTemporary<T>(path: string, bytes: Uint8Array, put: (temporary: string, target: string) => Promise<T>): Promise<T> {
    const target = join(this.root, path);
    const folder = dirname(target);
    const temporary = join(folder, `.${basename(target)}.${randomUUID()}.tmp`);
    await mkdir(folder, { recursive: true });
    await this.checkInside(path, await realpath(folder));
    try {
      await writeFile(temporary, bytes, { flush: true });
      await this.removeLeftovers(folder, (await stat(temporary)).mtimeMs);
      return await put(temporary, target);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** Removes the temporary files of killed processes, once for each folder. @param now the time by the clock of the file system */
  private async removeLeftovers(folder: string, now: number): Promise<void> {
    if (this.cleaned.has(folder)) return;
    this.cleaned.add(folder);
    for (const name of await readdir(folder)) {
      if (!TEMPORARY.test(name)) continue;
      const file = join(folder, name);
      const stats = await unlessMissing(stat(file));
      if (stats !== undefined && stats.mtimeMs <= now - LEFTOVER_MILLISECONDS) await rm(file, { force: true });
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
