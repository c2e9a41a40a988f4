import { storePath } from './data-file';
import { latestVersion } from './log-segment';
import { type ObjectStore } from '../stores/object-store';
import { readSnapshot } from './snapshot';
import { TableError } from '../stores/table-error';

/**
 * Explains why a data file of a version is missing: a vacuum deletes the files that later versions do not need.
 * @returns undefined if the latest version is not readable either, or is the version itself, so that it was no vacuum
 */
export async function vacuumedText(store: ObjectStore, version: number): Promise<string | undefined> {
  const latest = await latestVersion(store);
  const files = new StoredFiles(store);
  if (latest === undefined || latest === version || !(await files.hasAllOf(latest))) return undefined;
  // files that a version does not need are not needed by later versions, so the readable versions are the last ones
  let [missing, found] = [version, latest];
  while (found - missing > 1) {
    const middle = Math.floor((missing + found) / 2);
    if (await files.hasAllOf(middle)) found = middle;
    else missing = middle;
  }
  const readable = found === latest ? `only version ${latest} can be read` : `versions ${found} to ${latest} can be read`;
  return `the files of version ${version} were vacuumed, and ${readable}`;
}

/** The data files that exist, listed folder by folder. */
class StoredFiles {
  private readonly folders = new Map<string, Promise<ReadonlySet<string>>>();

  constructor(private readonly store: ObjectStore) {}

  /** Whether all data files of a version exist. False if the log cannot reconstruct the version. */
  public async hasAllOf(version: number): Promise<boolean> {
    try {
      const { files } = await readSnapshot(this.store, version);
      for (const file of files) if (!(await this.has(storePath(file.path)))) return false;
      return true;
    } catch (error) {
      if (error instanceof TableError) return false;
      throw error;
    }
  }

  private async has(path: string): Promise<boolean> {
    const slash = path.lastIndexOf('/');
    const folder = path.slice(0, Math.max(slash, 0));
    let names = this.folders.get(folder);
    if (names === undefined) this.folders.set(folder, (names = this.list(folder)));
    return (await names).has(path.slice(slash + 1));
  }

  private async list(folder: string): Promise<ReadonlySet<string>> {
    return new Set((await this.store.list(folder)).map(({ name }) => name));
  }
}
