// Columns without values, and columns of types that are not known: they do not stop the table.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { addColumns } from '../../../lambda/delta/add-columns';
import { appendRows } from '../../../lambda/delta/append-rows';
import { readDataFile } from '../../../lambda/delta/data-file-reader';
import { deleteRows } from '../../../lambda/delta/delete-rows';
import { createTable } from '../../../lambda/delta/create-table';
import { readSnapshot } from '../../../lambda/delta/snapshot';
import { upsertRows } from '../../../lambda/delta/upsert-rows';
import { readParquetFields } from '../../../lambda/parquet/file';
import { type FieldType } from '../../../lambda/parquet/schema';
import { FolderStore } from '../../../lambda/stores/folder-store';
import { field, rowsOf, schemaOf, slices, writerIo } from '../../helpers/delta-writer';
import { temporaryFolder } from '../../helpers/files';

const REPORTS = join(__dirname, '..', '..', 'fixtures', 'reports', 'load_all_null_column');
const NANOSECONDS = 1_767_225_600_000_000n;

/** A writable copy of a table by delta-rs whose last column is void. */
function voidTable(name: 'batch_delta' | 'undeclared_delta') {
  const folder = temporaryFolder();
  cpSync(join(REPORTS, name), folder, { recursive: true });
  return writerIo(new FolderStore(folder));
}

/** A table with columns of the given types. The types are written to the log as they are. */
async function tableOf(types: Readonly<Record<string, FieldType>>) {
  const io = writerIo(new FolderStore(temporaryFolder()));
  await createTable(io, { schema: schemaOf({ id: 'long' }) });
  const fields = Object.entries({ id: 'long', ...types }).map(([name, type]) => ({ name, type, nullable: true, metadata: {} }));
  const metaData = { ...(await readSnapshot(io.store)).metadata, schemaString: JSON.stringify({ type: 'struct', fields }) };
  await io.store.write('_delta_log/00000000000000000001.json', Buffer.from(`${JSON.stringify({ metaData })}\n`));
  return io;
}

/** The columns of the data files. */
async function storedColumns({ store }: Awaited<ReturnType<typeof tableOf>>) {
  const { files } = await readSnapshot(store);
  return Promise.all(files.map(async ({ path, size }) => readParquetFields(store, path, size)));
}

test.each(['batch_delta', 'undeclared_delta'] as const)('a void column is null in every row: %s', async (name) => {
  expect(await rowsOf(voidTable(name).store)).toEqual([['n0', NANOSECONDS, null]]);
});

test('rows are appended, upserted and deleted in a table with a void column', async () => {
  const io = voidTable('batch_delta');
  await appendRows(io, { rows: slices([['n1', 1n]]), columns: ['id', 'ts'] });
  await upsertRows(io, { key: ['id'], rows: () => slices([['n0', 2n, null]]) });
  await upsertRows(io, { key: ['id'], rows: () => slices([['n0', 2n]]), columns: ['id', 'ts'] });
  expect(await rowsOf(io.store)).toEqual([['n0', 2n, null], ['n1', 1n, null]]); // prettier-ignore
  await deleteRows(io, { key: ['id'], keys: () => slices([['n1']]) });
  expect(await rowsOf(io.store)).toEqual([['n0', 2n, null]]);
  await expect(appendRows(io, { rows: slices([['n2', 3n, 'x']]) })).rejects.toThrow(
    expect.objectContaining({ name: 'TableError', message: 'row 0, column \'s\': expected void, got: "x"' }),
  );
});

test('a void column gets the type of its first values', async () => {
  const io = voidTable('batch_delta');
  expect(await addColumns(io, [field('s', 'string')])).toMatchObject({ version: 1 });
  await appendRows(io, { rows: slices([['n1', 1n, 'x']]) });
  expect(await rowsOf(io.store)).toEqual([['n0', NANOSECONDS, null], ['n1', 1n, 'x']]); // prettier-ignore
  expect(await addColumns(io, [field('s', 'string')])).toMatchObject({ version: undefined });
  await expect(addColumns(voidTable('batch_delta'), [field('s', 'string', false)])).rejects.toThrow(
    expect.objectContaining({ name: 'TableError', message: "column 's': expected a nullable column, because it is null in existing rows" }),
  );
});

test('nested void fields are null, and a list of void is empty or holds nulls', async () => {
  const list: FieldType = { type: 'array', elementType: 'void' };
  const io = await tableOf({
    s: { type: 'struct', fields: [field('a', 'long'), field('b', 'void')] },
    empty: { type: 'struct', fields: [field('c', 'void')] },
    list,
    map: { type: 'map', keyType: 'string', valueType: 'void' },
  });
  const row = [1n, { a: 2n, b: null }, null, [null, null], [['k', null]]];
  await appendRows(io, { rows: slices([row, [2n, null, null, [], []]]) });
  expect(await rowsOf(io.store)).toEqual([row, [2n, null, null, [], []]]);
  expect(await storedColumns(io)).toEqual([
    [
      field('id', 'long'),
      field('s', { type: 'struct', fields: [field('a', 'long')] }),
      field('list', list),
      field('map', { type: 'map', keyType: 'string', valueType: 'void' }),
    ],
  ]);
  await addColumns(io, [field('list', { type: 'array', elementType: 'double' })]);
  await appendRows(io, { rows: slices([[3n, [0.5]]]), columns: ['id', 'list'] });
  expect((await rowsOf(io.store)).map(({ 3: value }) => value)).toEqual([[null, null], [], [0.5]]);
});

test('a column of a type that is not known is skipped, and null in new rows', async () => {
  const unknown: Record<string, FieldType> = { v: 'interval day', set: { type: 'array', elementType: 'geometry(4326)' } };
  const io = await tableOf(unknown);
  await appendRows(io, { rows: slices([[1n]]), columns: ['id'] });
  await upsertRows(io, { key: ['id'], rows: () => slices([[1n, null, null], [2n, null, null]]) }); // prettier-ignore
  expect(await rowsOf(io.store)).toEqual([[1n, null, null], [2n, null, null]]); // prettier-ignore
  expect(await storedColumns(io)).toEqual([[field('id', 'long')], [field('id', 'long')]]);
  const rows = slices([[3n, null, []]]);
  await expect(appendRows(io, { rows })).rejects.toThrow(
    expect.objectContaining({ name: 'TableError', message: "row 0, column 'set': expected array<geometry(4326)>, got: []" }),
  );
});

test('a column of an unknown type cannot be read or copied, and the others can', async () => {
  const io = await tableOf({ v: 'string' });
  await appendRows(io, { rows: slices([[1n, 'x']]) });
  const { metadata, files } = await readSnapshot(io.store);
  const metaData = { ...metadata, schemaString: metadata.schemaString.replace('"string"', '"interval day"') };
  await io.store.write('_delta_log/00000000000000000003.json', Buffer.from(`${JSON.stringify({ metaData })}\n`));
  const snapshot = await readSnapshot(io.store);
  const ids: unknown[] = [];
  for await (const { columns } of readDataFile(io.store, snapshot, files[0]!, snapshot.schema.fields.slice(0, 1))) ids.push(...columns);
  expect(ids).toEqual([[1n]]);
  const message = `${files[0]!.path}: column 'v': expected interval day, got: Parquet BYTE_ARRAY (STRING)`;
  await expect(rowsOf(io.store)).rejects.toThrow(expect.objectContaining({ name: 'TableError', message }));
  await expect(deleteRows(io, { key: ['id'], keys: () => slices([[1n]]) })).rejects.toThrow(
    expect.objectContaining({ name: 'TableError', message }),
  );
});
