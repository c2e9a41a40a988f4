import { describeStored, TableError } from '../stores/table-error';
import { type AddFile, type DeletionVector } from './actions';

/** A data file of a snapshot, with the version that added it. */
export interface DataFile extends AddFile {
  /**
   * The version that added the file. A checkpoint does not record it, so files read from a checkpoint have the checkpoint's version, which is
   * the same or higher; `modificationTime` orders these files among themselves.
   */
  readonly version: number;
}

/** Sorts data files from old to new. Rows of a later file win over rows of an earlier file with the same event time. */
export function inOrder(files: readonly DataFile[]): DataFile[] {
  return [...files].sort(compareFiles);
}

/** Compares data files for {@link inOrder}. */
export function compareFiles(a: DataFile, b: DataFile): number {
  if (a.version !== b.version) return a.version - b.version;
  if (a.modificationTime !== b.modificationTime) return a.modificationTime - b.modificationTime;
  return a.path === b.path ? 0 : a.path < b.path ? -1 : 1;
}

/**
 * Identifies a data file in the log. The deletion vector is part of the identity: a commit that deletes rows removes the file with its old
 * vector and adds the file with its new one.
 */
export function fileKey({ path, deletionVector }: { path: string; deletionVector: DeletionVector | undefined }): string {
  if (deletionVector === undefined) return decodedPath(path);
  const { storageType, pathOrInlineDv, offset } = deletionVector;
  return `${decodedPath(path)}\n${storageType}${pathOrInlineDv}@${offset ?? ''}`;
}

/** Decodes a path of the log. Writers may escape the same path differently, so paths are compared in this form. */
export function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}

/**
 * Returns the path of a file in the table's store, from the URI in the log.
 * @throws TableError if the path is outside the table's folder
 */
export function storePath(path: string): string {
  const decoded = decodedPath(path);
  const isInside = !/^[a-z][a-z\d+.-]*:/i.test(path) && decoded.split('/').every((part) => !['', '.', '..'].includes(part));
  if (!isInside) throw new TableError(`add.path: expected a path inside the table's folder, got: ${describeStored(path)}`);
  return decoded;
}
