// Offline stores of feature tables, written commit after commit.
import { appendRows } from '../../lambda/delta/append-rows';
import { createTable } from '../../lambda/delta/create-table';
import { deltaSchemaOf } from '../../lambda/offline/feature-schema';
import type { WritableStore } from '../../lambda/stores/object-store';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { slices, writerIo } from './delta-writer';

/** A row of a feature table: its primary key, its timestamp key if there is one, its features. */
export type FeatureTableRow = readonly unknown[];

/** Makes the offline store of a feature table in a store, and appends rows to it, a commit after another. */
export async function writeFeatureTable(
  store: WritableStore,
  table: TableSpec,
  commits: readonly (readonly FeatureTableRow[])[],
): Promise<void> {
  const io = writerIo(store);
  await createTable(io, { schema: deltaSchemaOf(table), name: table.name });
  for (const rows of commits) await appendRows(io, { rows: slices(rows, 1000) });
}
