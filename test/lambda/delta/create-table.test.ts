import { addColumns } from '../../../lambda/delta/add-columns';
import { createTable } from '../../../lambda/delta/create-table';
import { deleteRows } from '../../../lambda/delta/delete-rows';
import { type FieldType } from '../../../lambda/parquet/schema';
import { readSnapshot } from '../../../lambda/delta/snapshot';
import { upsertRows } from '../../../lambda/delta/upsert-rows';
import { field, schemaOf, slices, writerIo } from '../../helpers/delta-writer';
import { memoryObjects } from '../../helpers/memory-objects';

function ioOf() {
  return writerIo(memoryObjects());
}

test.each<[Record<string, FieldType>, string[], string]>([
  [{ 'a b': 'long' }, [], `column 'a b': expected a name without spaces and without ,;{}()=, got: "a b"`],
  [{ '': 'long' }, [], `column '': expected a name without spaces and without ,;{}()=, got: ""`],
  [{ a: 'long', A: 'long' }, [], `column 'A': expected names that differ by more than case, got: "A" twice`],
  [
    { s: { type: 'struct', fields: [field('x=y', 'long')] } },
    [],
    `column 's.x=y': expected a name without spaces and without ,;{}()=, got: "x=y"`,
  ],
  [{ a: 'int' }, [], `column 'a': expected a type of Delta Lake, got: "int"`],
  [{ a: 'long', b: 'long' }, ['c'], "partition column 'c': expected a column that holds one value, got: no column of this name"],
  [
    { a: { type: 'array', elementType: 'long' }, b: 'long' },
    ['a'],
    "partition column 'a': expected a column that holds one value, got: array",
  ],
  [{ a: 'long' }, ['a'], 'expected a column beside the partition columns, got: 1 columns'],
])('fails on a table of %j partitioned by %j', async (types, partitionColumns, message) => {
  const io = ioOf();
  await expect(createTable(io, { schema: schemaOf(types), partitionColumns })).rejects.toThrow(
    expect.objectContaining({ name: 'TableError', message }),
  );
  expect(await io.store.list('_delta_log')).toEqual([]);
});

test('a timestamp without time zone needs a feature', async () => {
  const io = ioOf();
  await createTable(io, { schema: schemaOf({ a: { type: 'array', elementType: 'timestamp_ntz' } }) });
  const { protocol } = await readSnapshot(io.store);
  expect(protocol).toEqual({
    minReaderVersion: 3,
    minWriterVersion: 7,
    readerFeatures: ['timestampNtz'],
    writerFeatures: ['timestampNtz', 'appendOnly', 'invariants'],
  });
});

test('the schema says whether lists and maps may contain nulls', async () => {
  const io = ioOf();
  const schema = schemaOf({
    list: { type: 'array', elementType: 'long', containsNull: false },
    map: { type: 'map', keyType: 'string', valueType: 'long', valueContainsNull: false },
    other: { type: 'array', elementType: { type: 'map', keyType: 'long', valueType: 'string' } },
  });
  await createTable(io, { schema });
  expect((await readSnapshot(io.store)).schema).toEqual(schema);
});

test.each([
  [field('more', 'long', false), "column 'more': expected a nullable column, because it is null in existing rows"],
  [field('name', 'long'), "column 'name': expected long, got: string in the table"],
  [field('Name', 'string'), `column 'Name': expected names that differ by more than case, got: "Name" twice`],
  [field('a,b', 'string'), `column 'a,b': expected a name without spaces and without ,;{}()=, got: "a,b"`],
])('fails to add the column %j', async (column, message) => {
  const io = ioOf();
  await createTable(io, { schema: schemaOf({ id: 'long', name: 'string' }) });
  await expect(addColumns(io, [column])).rejects.toThrow(expect.objectContaining({ name: 'TableError', message }));
  expect((await readSnapshot(io.store)).version).toBe(0);
});

test.each([
  [[], 'expected key columns, got: none'],
  [['ids'], "key column 'ids': expected a column of the table, got: no column of this name"],
  [['score'], "key column 'score': expected a type that can be part of a key, got: double"],
  [['id', 'list'], "key column 'list': expected a type that can be part of a key, got: array<long>"],
])('fails on the key %j', async (key, message) => {
  const io = ioOf();
  await createTable(io, { schema: schemaOf({ id: 'long', score: 'double', list: { type: 'array', elementType: 'long' } }) });
  const refusal = expect.objectContaining({ name: 'TableError', message });
  await expect(upsertRows(io, { key, rows: () => slices([]) })).rejects.toThrow(refusal);
  await expect(deleteRows(io, { key, keys: () => slices([]) })).rejects.toThrow(refusal);
});

test('fails on a null in a key, for upserts and deletes', async () => {
  const io = ioOf();
  await createTable(io, { schema: schemaOf({ id: 'long', at: 'timestamp' }) });
  const refusal = expect.objectContaining({ name: 'TableError', message: "row 1, column 'at': expected a value, got: null" });
  const rows = () =>
    slices([
      [1n, 1n],
      [1n, null],
    ]);
  await expect(upsertRows(io, { key: ['id', 'at'], rows })).rejects.toThrow(refusal);
  await expect(deleteRows(io, { key: ['id', 'at'], keys: rows })).rejects.toThrow(refusal);
});

test('fails if the rows differ when they are read again', async () => {
  const io = ioOf();
  await createTable(io, { schema: schemaOf({ id: 'long' }) });
  const inTurn =
    (...reads: unknown[][][]) =>
    () =>
      slices(reads.shift()!);
  await expect(upsertRows(io, { key: ['id'], rows: inTurn([[1n], [2n]], [[1n], [3n]]) })).rejects.toThrow(
    expect.objectContaining({ name: 'TableError', message: 'row 1: expected the same rows in each pass, got: another key' }),
  );
  await expect(upsertRows(io, { key: ['id'], rows: inTurn([[1n], [2n]], [[1n]]) })).rejects.toThrow(
    expect.objectContaining({ name: 'TableError', message: 'expected 2 rows in each pass, got: 1' }),
  );
  expect((await readSnapshot(io.store)).version).toBe(0);
});
