import { deleteRows } from '../../lambda/delta/delete-rows';
import { latestVersion } from '../../lambda/delta/log-segment';
import type { TableWriterIo } from '../../lambda/delta/writer-io';
import type { OnlineTable } from '../../lambda/online/online-table';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { beforeWrites, OFFLINE } from './before-writes';
import { deleteOnline } from './delete-online';
import { examineRows } from './examine-rows';
import { fittingRows, type LoadedRows, slicesOf } from './fitting-rows';
import type { RefusedRow, RowsFile } from '../rows/rows-file';
import { openTableFile } from './table-file';

/** Which rows to delete, and where. */
export interface DeleteOptions {
  readonly table: TableSpec;
  /** A file, or the folder of a Delta Lake table, that has the columns of the primary key. */
  readonly file: string;
  /** Absent for a table that is online only. */
  readonly offline?: TableWriterIo;
  readonly online: OnlineTable;
  /** How long the marks of deleted rows stay online, in seconds. */
  readonly tombstoneSeconds: number;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** A UUID that nobody knows who wrote the file. */
  readonly secret: string;
}

/** What became of the rows of a file's keys. */
export interface DeleteReport {
  /** The table's logical name. */
  readonly table: string;
  /** The file's name, without its folder. */
  readonly file: string;
  readonly unit: RowsFile['unit'];
  /** Absent for a table that is online only, or of which nothing was ever written offline. */
  readonly offline?: OfflineDeleted;
  /** How many keys had a row online. */
  readonly online: number;
  /** How many had none. */
  readonly notOnline: number;
  /** Rows of the file that are no key, in the order of the file. */
  readonly refused: readonly RefusedRow[];
}

/** What became of offline rows. */
export interface OfflineDeleted {
  /** The version that has them no longer. */
  readonly version: number;
  readonly rows: number;
  /** Keys that had no row. */
  readonly notFound: number;
}

/**
 * Deletes all rows of the keys in a file: offline in one commit, then online.
 * @throws UserError, before the first row is deleted, when the file lacks a column of the key or cannot be read to its end
 */
export async function deleteFile(options: DeleteOptions): Promise<DeleteReport> {
  const { online, tombstoneSeconds, now, secret } = options;
  const { name, primaryKey, timestampKey } = options.table;
  const table: TableSpec = { name, primaryKey, features: [] };
  const file = await beforeWrites(openTableFile(table, options.file));
  const { refused, repeated } = await beforeWrites(examineRows({ table, file, now, secret, read: ignored }));
  const loaded = { file, skipped: new Set([...refused, ...repeated].map(({ line }) => line)), read: ignored };
  const offline = options.offline && (await beforeWrites(deleteOffline(options.offline, table, loaded), OFFLINE));
  const settings = {
    online,
    isTimed: timestampKey !== undefined,
    version: offline?.version ?? 0,
    expires: now() / 1000 + tombstoneSeconds,
  };
  let [deleted, keys] = [0, 0];
  for await (const rows of fittingRows(loaded)) {
    deleted += await deleteOnline({ ...settings, keys: rows.map(({ row }) => row.key) });
    keys += rows.length;
  }
  return { table: name, file: file.name, unit: file.unit, offline, online: deleted, notOnline: keys - deleted, refused };
}

async function deleteOffline(io: TableWriterIo, { primaryKey }: TableSpec, loaded: LoadedRows): Promise<OfflineDeleted | undefined> {
  const latest = await latestVersion(io.store);
  if (latest === undefined) return undefined;
  const key = primaryKey.map((column) => column.name);
  const { version = latest, deleted, missingKeys } = await deleteRows(io, { key, keys: () => slicesOf(loaded) });
  return { version, rows: deleted, notFound: missingKeys };
}

function ignored(): void {
  // a file of keys is short: nobody waits for its progress
}
