import { firstNameOf, LOG_FOLDER, parseLogPath } from './log-path';
import { type ObjectStore } from './object-store';
import { TableError } from './table-error';

/**
 * When a version was committed, by the store's clock, in milliseconds since 1970.
 * @throws TableError if the log does not have the version any more
 */
export async function committedAt(store: ObjectStore, version: number): Promise<number> {
  const listed = await store.list(LOG_FOLDER, firstNameOf(version));
  const times = listed.filter(({ name }) => parseLogPath(name)?.version === version).map(({ modified }) => modified);
  if (times.length === 0) throw new TableError(`expected version ${version} in ${LOG_FOLDER}, got: no file of it`);
  return Math.min(...times);
}
