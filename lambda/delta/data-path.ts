import { describeStored, TableError } from '../stores/table-error';

/** The part of a path that tells one data file from another: two writers may escape one path in two ways. */
export function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}

/**
 * The path of a data file in the store, from the URI in the log.
 * @throws TableError if it leaves the table's folder
 */
export function storePath(path: string): string {
  const decoded = decodedPath(path);
  const isInside = !/^[a-z][a-z\d+.-]*:/i.test(path) && decoded.split('/').every((part) => !['', '.', '..'].includes(part));
  if (!isInside) throw new TableError(`add.path: expected a path inside the table's folder, got: ${describeStored(path)}`);
  return decoded;
}
