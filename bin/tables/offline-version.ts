import { versionAt } from '../../lambda/delta/history';
import { latestVersion } from '../../lambda/delta/log-segment';
import { readSnapshot, type Snapshot } from '../../lambda/delta/snapshot';
import type { OfflineStore } from '../stores/offline-store';
import { UserError } from '../terminal/user-error';

/** Which version of a table to read; the latest by default. */
export interface VersionOptions {
  readonly version?: number;
  /** Reads the version at this time, in milliseconds since 1970. */
  readonly at?: number;
}

/**
 * Reads a version of an offline store.
 * @throws UserError if nothing was written there yet
 * @throws TableError if there is no such version, or it cannot be read
 */
export async function readVersion(store: OfflineStore, { version, at }: VersionOptions): Promise<Snapshot> {
  await requireTable(store);
  return readSnapshot(store.files, at === undefined ? version : await versionAt(store.files, at));
}

/** @throws UserError if nothing was written there yet */
export async function requireTable({ files, place }: OfflineStore): Promise<void> {
  if ((await latestVersion(files)) !== undefined) return;
  throw new UserError(`expected a Delta Lake table in ${place}, got: none; \`tables load\` creates it`);
}
