import { addColumns } from '../../../lambda/delta/add-columns';
import { appendRows } from '../../../lambda/delta/append-rows';
import { createTable } from '../../../lambda/delta/create-table';
import { deleteRows } from '../../../lambda/delta/delete-rows';
import { readSnapshot } from '../../../lambda/delta/snapshot';
import { upsertRows } from '../../../lambda/delta/upsert-rows';
import { field, rowsOf, schemaOf, slices, sorted, writerIo } from '../../helpers/delta-writer';
import { memoryObjects } from '../../helpers/memory-objects';

const SCHEMA = schemaOf({ 'id!': 'long', name: 'string', score: 'double' });
const ROWS = [
  [1n, 'a', 0.5],
  [2n, null, -0],
  [9007199254740993n, 'c', null],
  [4n, 'ü€😀', Number.NaN],
];

async function tableOf(rows: unknown[][] = ROWS, schema = SCHEMA, partitionColumns: string[] = []) {
  const store = memoryObjects();
  const io = writerIo(store);
  await createTable(io, { schema, partitionColumns });
  await appendRows(io, { rows: slices(rows) });
  return { store, io };
}

const upsert = (rows: unknown[][], more = {}) => ({ key: ['id'], rows: () => slices(rows), ...more });

test('a table is created once', async () => {
  const store = memoryObjects();
  expect(await createTable(writerIo(store), { schema: SCHEMA, name: 'houses', configuration: { 'delta.appendOnly': 'false' } })).toBe(true);
  expect(await createTable(writerIo(store), { schema: schemaOf({ other: 'long' }) })).toBe(false);
  const { version, schema, metadata, protocol } = await readSnapshot(store);
  expect({ version, schema, name: metadata.name, configuration: metadata.configuration, protocol }).toMatchObject({
    version: 0,
    schema: SCHEMA,
    name: 'houses',
    configuration: { 'delta.appendOnly': 'false' },
    protocol: { minReaderVersion: 1, minWriterVersion: 2 },
  });
});

test('appended rows are read back as written', async () => {
  const { store, io } = await tableOf();
  expect(await rowsOf(store)).toEqual(sorted(ROWS));
  expect(await appendRows(io, { rows: slices([['b', 5n]]), columns: ['name', 'id'] })).toEqual({
    version: 2,
    isRepeated: false,
    added: 1,
    updated: 0,
    deleted: 0,
    unchanged: 0,
  });
  expect(await rowsOf(store)).toContainEqual([5n, 'b', null]);
});

test('an upsert replaces rows, adds rows and leaves other rows unchanged', async () => {
  const { store, io } = await tableOf();
  const outcome = await upsertRows(
    io,
    upsert([
      [1n, 'a', 0.5],
      [2n, 'b', 0],
      [5n, 'e', 1],
      [4n, 'ü€😀', Number.NaN],
    ]),
  );
  expect(outcome).toEqual({ version: 2, isRepeated: false, added: 1, updated: 1, deleted: 0, unchanged: 2 });
  expect(await rowsOf(store)).toEqual([
    [1n, 'a', 0.5],
    [2n, 'b', 0],
    [4n, 'ü€😀', Number.NaN],
    [5n, 'e', 1],
    [9007199254740993n, 'c', null],
  ]);
});

test('an upsert of existing rows commits nothing', async () => {
  const { store, io } = await tableOf();
  const before = store.paths();
  expect(await upsertRows(io, upsert(ROWS))).toEqual({
    version: undefined,
    isRepeated: false,
    added: 0,
    updated: 0,
    deleted: 0,
    unchanged: 4,
  });
  expect(store.paths()).toEqual(before);
});

test('-0 and 0 are different values', async () => {
  const { io } = await tableOf();
  expect(await upsertRows(io, upsert([[2n, null, 0]]))).toMatchObject({ version: 2, updated: 1 });
});

test('a delete removes all rows with its keys, and no others', async () => {
  const { store, io } = await tableOf([...ROWS, [1n, 'again', 7]]);
  const keys = () => slices([[1n], [77n], [9007199254740992n], [1n]]);
  expect(await deleteRows(io, { key: ['id'], keys })).toMatchObject({ version: 2, deleted: 2 });
  expect(await rowsOf(store)).toEqual(sorted(ROWS.slice(1)));
  expect(await deleteRows(io, { key: ['id'], keys })).toMatchObject({ version: undefined, deleted: 0 });
});

test('an added column is null in existing rows, and can be written', async () => {
  const { store, io } = await tableOf();
  expect(await addColumns(io, [field('city', 'string')])).toMatchObject({ version: 2 });
  expect(await addColumns(io, [field('city', 'string'), field('name', 'string')])).toMatchObject({ version: undefined });
  expect(
    await upsertRows(
      io,
      upsert([
        [1n, 'a', 0.5, null],
        [2n, null, -0, 'Oslo'],
      ]),
    ),
  ).toMatchObject({ unchanged: 1, updated: 1 });
  expect(await rowsOf(store)).toContainEqual([2n, null, -0, 'Oslo']);
});

test('a transaction is written once', async () => {
  const { store, io } = await tableOf();
  const transaction = { appId: 'loads', version: 7n };
  expect(await upsertRows(io, upsert([[5n, 'e', 1]], { transaction }))).toMatchObject({ version: 2, isRepeated: false, added: 1 });
  expect(await deleteRows(io, { key: ['id'], keys: () => slices([[5n]]) })).toMatchObject({ deleted: 1 });
  expect(await upsertRows(io, upsert([[5n, 'e', 1]], { transaction }))).toMatchObject({ version: undefined, isRepeated: true, added: 0 });
  expect(await appendRows(io, { rows: slices([[5n, 'e', 1]]), transaction })).toMatchObject({ version: undefined, isRepeated: true });
  expect(await rowsOf(store)).toEqual(sorted(ROWS));
});

test.each([
  [
    [
      [1n, 'a', 1],
      [null, 'b', 1],
    ],
    "row 1, column 'id': expected a value, got: null",
  ],
  [
    [
      [1n, 'a', 1],
      [2n, 'b', 1],
      [3n, 'c', 1],
      [3, 'd', 1],
    ],
    "row 3, column 'id': expected long, got: 3",
  ],
  [[[2n ** 63n, 'a', 1]], "row 0, column 'id': expected long, got: 9223372036854775808"],
  [[[1n, 5, 1]], "row 0, column 'name': expected string, got: 5"],
  [[[1n, '\ud800', 1]], `row 0, column 'name': expected string, got: "\\ud800"`],
  [[[1n, 'a', '1']], `row 0, column 'score': expected double, got: "1"`],
])('refuses %j by row and column, and commits nothing', async (rows, message) => {
  const { store, io } = await tableOf();
  const refusal = expect.objectContaining({ name: 'TableError', message });
  await expect(appendRows(io, { rows: slices(rows) })).rejects.toThrow(refusal);
  await expect(upsertRows(io, upsert(rows))).rejects.toThrow(refusal);
  expect((await readSnapshot(store)).version).toBe(1);
});

test('refuses a repeated key, and names both rows', async () => {
  const { io } = await tableOf();
  await expect(
    upsertRows(
      io,
      upsert([
        [1n, 'a', 1],
        [5n, 'b', 1],
        [6n, 'c', 1],
        [7n, 'd', 1],
        [5n, 'b', 1],
      ]),
    ),
  ).rejects.toThrow(
    expect.objectContaining({ name: 'TableError', message: 'row 4: expected each key once, got: the key of row 1 again, id 5' }),
  );
});

test('each partition has a folder, and is read back', async () => {
  const rows = [
    [1n, 'a/b=c%d', 1],
    [2n, null, 1],
    [3n, 'ü €+:?#', 1],
    [4n, 'a/b=c%d', 1],
  ];
  const { store, io } = await tableOf(rows, SCHEMA, ['name']);
  expect(await rowsOf(store)).toEqual(rows);
  expect(
    store
      .paths()
      .filter((path) => path.endsWith('.parquet'))
      .map((path) => path.split('/')[0])
      .sort(),
  ).toEqual(['name=__HIVE_DEFAULT_PARTITION__', 'name=a%2Fb%3Dc%25d', 'name=ü €+%3A%3F%23']);
  expect(
    await upsertRows(
      io,
      upsert([
        [4n, 'moved', 1],
        [1n, 'a/b=c%d', 1],
      ]),
    ),
  ).toMatchObject({ updated: 1, unchanged: 1 });
  expect(await rowsOf(store)).toContainEqual([4n, 'moved', 1]);
});
