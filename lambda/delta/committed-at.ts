import { firstNameOf, LOG_FOLDER, parseLogPath } from './log-path';
import { type ObjectStore } from '../stores/object-store';

/** When a version was committed, by the store's clock, in milliseconds since 1970; undefined if the log does not have it any more. */
export async function committedAt(store: ObjectStore, version: number): Promise<number | undefined> {
  const listed = await store.list(LOG_FOLDER, firstNameOf(version));
  const times = listed.filter(({ name }) => parseLogPath(name)?.version === version).map(({ modified }) => modified);
  return times.length === 0 ? undefined : Math.min(...times);
}
