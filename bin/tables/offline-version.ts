import { versionAt } from '../../lambda/delta/history';
import { latestVersion } from '../../lambda/delta/log-segment';
import { readSnapshot, type Snapshot } from '../../lambda/delta/snapshot';
import type { OfflineStore } from '../stores/offline-store';
import { UserError } from '../terminal/user-error';

/** Which version of a table is asked for; the latest if none is said. */
export interface VersionOptions {
  readonly version?: number;
  /** That of a time, in milliseconds since 1970. */
  readonly at?: number;
}

/**
 * Reads a version of an offline store.
 * @throws UserError when nothing was written there yet
 * @throws TableError when there is no such version, or it cannot be read
 */
export async function readVersion(store: OfflineStore, { version, at }: VersionOptions): Promise<Snapshot> {
  await requireTable(store);
  return readSnapshot(store.files, at === undefined ? version : await versionAt(store.files, at));
}

/** @throws UserError when nothing was written there yet */
export async function requireTable({ files, place }: OfflineStore): Promise<void> {
  if ((await latestVersion(files)) !== undefined) return;
  throw new UserError(`expected a Delta Lake table in ${place}, got: none; the first \`tables load\` makes it`);
}
