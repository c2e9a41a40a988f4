import { addColumns } from '../../lambda/delta/add-columns';
import { createTable } from '../../lambda/delta/create-table';
import { deltaSchemaOf, storedColumns } from '../../lambda/offline/feature-schema';
import { columnsOf } from '../../lib/contract/table-columns';
import { latestVersion } from '../../lambda/delta/log-segment';
import { readSnapshot } from '../../lambda/delta/snapshot';
import { upsertRows } from '../../lambda/delta/upsert-rows';
import type { TableWriterIo } from '../../lambda/delta/writer-io';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { type LoadedRows, slicesOf } from './fitting-rows';

/** What to write offline. */
export interface OfflineWrites extends LoadedRows {
  readonly table: TableSpec;
  readonly io: TableWriterIo;
}

/** What became of rows that were to be written offline. */
export interface OfflineCounts {
  /** The version that has them all. */
  readonly version: number;
  readonly written: number;
  /** Rows that were there already, equal in every column. */
  readonly unchanged: number;
}

/**
 * Writes the rows of a file to a feature table's offline store in one commit, or none if all are there already: a row takes the place of the one
 * with its key and event time. A table that is not there is made, and columns that it lacks are added.
 * @throws TableError if the Delta Lake table is not one of the feature table, or we must not write to it
 */
export async function writeOffline({ table, io, ...loaded }: OfflineWrites): Promise<OfflineCounts> {
  const schema = deltaSchemaOf(table);
  if ((await latestVersion(io.store)) === undefined) await createTable(io, { schema, name: table.name });
  const before = await readSnapshot(io.store);
  storedColumns(table, before.schema);
  const extended = await addColumns(io, schema.fields);
  const { primaryKey, timestampKey } = table;
  const { version, added, updated, unchanged } = await upsertRows(io, {
    key: [...primaryKey, ...(timestampKey === undefined ? [] : [timestampKey])].map(({ name }) => name),
    columns: columnsOf(table).map(({ name }) => name),
    rows: () => slicesOf(loaded),
  });
  return { version: version ?? extended.version ?? before.version, written: added + updated, unchanged };
}
