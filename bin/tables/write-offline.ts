import { addColumns } from '../../lambda/delta/add-columns';
import { createTable } from '../../lambda/delta/create-table';
import { latestVersion } from '../../lambda/delta/log-segment';
import { readSnapshot } from '../../lambda/delta/snapshot';
import { upsertRows } from '../../lambda/delta/upsert-rows';
import type { TableWriterIo } from '../../lambda/delta/writer-io';
import { deltaSchemaOf, storedColumns } from '../../lambda/offline/feature-schema';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { columnsOf } from '../../lib/contract/table-columns';
import { deltaSlices, type WrittenRows } from './table-rows';

/** What to write offline. */
export interface OfflineWrites extends WrittenRows {
  readonly table: TableSpec;
  readonly io: TableWriterIo;
}

/** What was written offline. */
export interface OfflineCounts {
  /** The version that has all rows. */
  readonly version: number;
  readonly written: number;
  /** Rows that the store already had, equal in every column. */
  readonly unchanged: number;
}

/**
 * Writes the rows of a file to the offline store of a feature table in one commit, or in none if the store already has all of them. A row
 * replaces the row with its key and event time. Creates the table if it does not exist, and adds the columns that it lacks.
 * @throws TableError if the Delta Lake table does not fit the feature table or cannot be written by us
 */
export async function writeOffline({ table, io, ...rows }: OfflineWrites): Promise<OfflineCounts> {
  const schema = deltaSchemaOf(table);
  if ((await latestVersion(io.store)) === undefined) await createTable(io, { schema, name: table.name });
  const before = await readSnapshot(io.store);
  storedColumns(table, before.schema);
  const extended = await addColumns(io, schema.fields);
  const { primaryKey, timestampKey } = table;
  const { version, added, updated, unchanged } = await upsertRows(io, {
    key: [...primaryKey, ...(timestampKey === undefined ? [] : [timestampKey])].map(({ name }) => name),
    columns: columnsOf(table).map(({ name }) => name),
    rows: () => deltaSlices(rows),
  });
  return { version: version ?? extended.version ?? before.version, written: added + updated, unchanged };
}
