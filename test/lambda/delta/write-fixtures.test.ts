// Writes to tables of other writers. Tables with unsupported features are refused.
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { appendRows } from '../../../lambda/delta/append-rows';
import { readDataFile } from '../../../lambda/delta/data-file-reader';
import { deleteRows } from '../../../lambda/delta/delete-rows';
import { FolderStore } from '../../../lambda/stores/folder-store';
import { type Slice } from '../../../lambda/parquet/file';
import { readSnapshot } from '../../../lambda/delta/snapshot';
import { upsertRows } from '../../../lambda/delta/upsert-rows';
import { DELTA_TABLES, readTable } from '../../helpers/delta';
import { writerIo } from '../../helpers/delta-writer';
import { temporaryFolder } from '../../helpers/files';

const FEATURES =
  'expected writer features among allowColumnDefaults, appendOnly, changeDataFeed, checkConstraints, columnMapping, deletionVectors, ' +
  'generatedColumns, identityColumns, invariants, timestampNtz, typeWidening, typeWidening-preview, v2Checkpoint, vacuumProtocolCheck';

/** The errors of tables that we must not write to. */
const REFUSED: Record<string, string> = {
  'bad/future_writer_feature': `${FEATURES}, got: holograms`,
  spark_clustered: `${FEATURES}, got: domainMetadata, clustering`,
  spark_colmap: 'delta.columnMapping.mode: expected none in a table to write to, got: name',
  spark_colmap_id: 'delta.columnMapping.mode: expected none in a table to write to, got: id',
  spark_row_tracking: `${FEATURES}, got: domainMetadata, rowTracking, inCommitTimestamp`,
  spark_writer_features: 'expected no constraint in a table to write to, got: delta.constraints.positive',
};

/** The errors of tables that accept new rows only. */
const NO_CHANGES: Record<string, string> = {
  cdf_deltars: 'delta.enableChangeDataFeed: expected false in a table whose rows change, got: true',
  house_history_deltars: 'delta.appendOnly: expected false in a table whose rows change, got: true',
  spark_cdf: 'delta.enableChangeDataFeed: expected false in a table whose rows change, got: true',
};

const tables = readdirSync(DELTA_TABLES).filter((name) => name !== 'bad' && !(name in REFUSED));

/** A writable copy of a table. */
function copyOf(table: string) {
  const folder = temporaryFolder();
  cpSync(join(DELTA_TABLES, table), folder, { recursive: true });
  const { key } = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as { key?: string[] };
  const io = writerIo(new FolderStore(folder));
  return { io, key: key ?? ['id'], read: async () => readTable(folder, undefined, key) };
}

/** All rows of a table in memory. */
async function slicesOf(store: FolderStore): Promise<Slice[]> {
  const snapshot = await readSnapshot(store);
  const found: Slice[] = [];
  for (const file of snapshot.files) {
    for await (const slice of readDataFile(store, snapshot, file, snapshot.schema.fields)) found.push(slice);
  }
  return found;
}

async function* each(slices: readonly Slice[]): AsyncGenerator<Slice> {
  yield* slices;
}

test.each(Object.entries(REFUSED))('%s cannot be written to', async (table, message) => {
  const { io } = copyOf(table);
  await expect(appendRows(io, { rows: each([]) })).rejects.toThrow(expect.objectContaining({ name: 'TableError', message }));
});

test.each(tables)('%s has each row twice after its rows are appended again', async (table) => {
  const { io, read } = copyOf(table);
  const before = (await read()).rows;
  const slices = await slicesOf(io.store as FolderStore);
  expect(await appendRows(io, { rows: each(slices) })).toMatchObject({ added: before.length });
  expect((await read()).rows).toEqual(before.flatMap((row) => [row, row]));
});

test.each(tables)('an upsert of the rows of %s changes nothing', async (table) => {
  const { io, key, read } = copyOf(table);
  const before = await read();
  const slices = await slicesOf(io.store as FolderStore);
  expect(await upsertRows(io, { key, rows: () => each(slices) })).toMatchObject({ version: undefined, unchanged: before.rows.length });
  expect(await read()).toEqual(before);
});

test.each(tables.filter((table) => table !== 'empty_deltars'))('a delete removes a row from %s', async (table) => {
  const { io, key, read } = copyOf(table);
  const { schema } = await readSnapshot(io.store);
  const before = (await read()).rows;
  const [{ columns }] = (await slicesOf(io.store as FolderStore)) as [Slice];
  const columnsOfKey = key.map((name) => [columns[schema.fields.findIndex((field) => field.name === name)]![0]]);
  const deleted = deleteRows(io, { key, keys: () => each([{ rowCount: 1, columns: columnsOfKey }]) });
  if (table in NO_CHANGES) {
    await expect(deleted).rejects.toThrow(expect.objectContaining({ name: 'TableError', message: NO_CHANGES[table] }));
    return;
  }
  expect(await deleted).toMatchObject({ deleted: 1 });
  const after = (await read()).rows;
  const lost = before.findIndex((row, i) => !isDeepStrictEqual(row, after[i]));
  expect(after).toEqual(before.toSpliced(lost, 1));
});
