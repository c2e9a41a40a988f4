import { deleteRows } from '../../lambda/delta/delete-rows';
import { latestVersion } from '../../lambda/delta/log-segment';
import type { TableWriterIo } from '../../lambda/delta/writer-io';
import { inParallel } from '../../lambda/in-parallel';
import { unchangedSince, orderOf } from '../../lambda/materialization/stored-row';
import type { OnlineTable } from '../../lambda/online/online-table';
import { isTombstone, tombstoneOf } from '../../lambda/online/tombstone';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import type { RejectedRow, Rows } from '../rows/rows';
import { beforeWrites, OFFLINE } from './before-writes';
import { examineRows } from './examine-rows';
import { deltaSlices, openTableRows, writtenSlices, type WrittenRows } from './table-rows';

/** What to delete, and where. */
export interface DeleteOptions {
  readonly table: TableSpec;
  /** The path of a file, or of the folder of a Delta Lake table, with the columns of the primary key. */
  readonly file: string;
  /** Absent if the table has no offline store. */
  readonly offline?: TableWriterIo;
  readonly online: OnlineTable;
  /** How long the tombstones of deleted rows stay online, in seconds. */
  readonly tombstoneSeconds: number;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** A UUID that the author of the file does not know. */
  readonly secret: string;
}

/** What was deleted. */
export interface DeleteReport extends Pick<Rows, 'name' | 'unit'> {
  /** The table's logical name. */
  readonly table: string;
  /** Absent if the table has no offline store, or nothing was ever written to it. */
  readonly offline?: OfflineDeleted;
  /** How many keys had a row online. */
  readonly online: number;
  /** How many keys had no row online. */
  readonly notOnline: number;
  /** Rows of the file that have no valid key, in the order of the file. */
  readonly rejected: readonly RejectedRow[];
}

/** What was deleted offline. */
export interface OfflineDeleted {
  /** The version without the rows. */
  readonly version: number;
  readonly rows: number;
  /** Keys that had no row. */
  readonly notFound: number;
}

/** How many keys are deleted online at once. */
const PARALLEL_WRITES = 32;

/**
 * Deletes all rows of the keys in a file: offline in one commit, then online.
 * @throws UserError, before the first row is deleted, if the file lacks a column of the key or cannot be read to its end
 */
export async function deleteFile(options: DeleteOptions): Promise<DeleteReport> {
  const { online, tombstoneSeconds, now, secret } = options;
  const { name, primaryKey, timestampKey } = options.table;
  const table: TableSpec = { name, primaryKey, features: [] };
  const file = await beforeWrites(openTableRows(table, options.file));
  const { rejected, repeated } = await beforeWrites(examineRows({ table, file, now, secret, read: ignored }));
  const rows = { file, skipped: new Set([...rejected, ...repeated].map(({ line }) => line)), read: ignored };
  const offline = options.offline && (await beforeWrites(deleteOffline(options.offline, table, rows), OFFLINE));
  const settings = {
    online,
    isTimed: timestampKey !== undefined,
    version: offline?.version ?? 0,
    expires: now() / 1000 + tombstoneSeconds,
  };
  let [deleted, found] = [0, 0];
  for await (const { keys } of writtenSlices(rows)) {
    deleted += await deleteOnline({ ...settings, keys });
    found += keys.length;
  }
  return { table: name, name: file.name, unit: file.unit, offline, online: deleted, notOnline: found - deleted, rejected };
}

async function deleteOffline(io: TableWriterIo, { primaryKey }: TableSpec, rows: WrittenRows): Promise<OfflineDeleted | undefined> {
  const latest = await latestVersion(io.store);
  if (latest === undefined) return undefined;
  const key = primaryKey.map((column) => column.name);
  const { version = latest, deleted, missingKeys } = await deleteRows(io, { key, keys: () => deltaSlices(rows) });
  return { version, rows: deleted, notFound: missingKeys };
}

/** Keys whose rows are deleted online. */
interface OnlineDelete {
  readonly online: OnlineTable;
  /** As `keyEncoder` makes them, each once. */
  readonly keys: readonly string[];
  /** Whether the table has a timestamp key; without one the time of a row is its version. */
  readonly isTimed: boolean;
  /** The version of the offline store without the rows; 0 without an offline store. Rows of later versions stay. */
  readonly version: number;
  /** When the tombstones of the deleted rows expire, in seconds since 1970. */
  readonly expires: number;
}

/**
 * Replaces rows by tombstones, so that an older row that arrives late does not return.
 * @returns how many keys had a row
 */
async function deleteOnline({ online, keys, isTimed, version, expires }: OnlineDelete): Promise<number> {
  let deleted = 0;
  // a row that was replaced in the meantime is read again
  for (let remaining = keys; remaining.length > 0;) {
    const replaced: string[] = [];
    await inParallel(await online.get(remaining, ['_ts', '_v', '_deleted']), PARALLEL_WRITES, async ([key, item]) => {
      const stored = orderOf(item);
      if (isTombstone(item) || stored.version > version) return;
      const time = isTimed ? stored.time : BigInt(version);
      const outcome = await online.put(tombstoneOf(key, time, version, expires), unchangedSince(item));
      if (outcome === 'written') deleted++;
      else replaced.push(key);
    });
    remaining = replaced;
  }
  return deleted;
}

function ignored(): void {
  // a file of keys is short, so its progress is not printed
}
