import { type DataFile } from './replay';

/** Data files in the order of their rows: those of a later file count as later where their event times are equal. */
export function inOrder(files: readonly DataFile[]): DataFile[] {
  return [...files].sort(compareFiles);
}

/** Compares data files for {@link inOrder}. */
export function compareFiles(a: DataFile, b: DataFile): number {
  if (a.version !== b.version) return a.version - b.version;
  if (a.modificationTime !== b.modificationTime) return a.modificationTime - b.modificationTime;
  return a.path === b.path ? 0 : a.path < b.path ? -1 : 1;
}
