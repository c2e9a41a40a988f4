import { addColumns } from '../../../lambda/delta/add-columns';
import { appendRows } from '../../../lambda/delta/append-rows';
import { createTable } from '../../../lambda/delta/create-table';
import { deleteRows } from '../../../lambda/delta/delete-rows';
import { type WritableStore } from '../../../lambda/stores/object-store';
import { readSnapshot } from '../../../lambda/delta/snapshot';
import { upsertRows } from '../../../lambda/delta/upsert-rows';
import { type TableWriterIo } from '../../../lambda/delta/writer-io';
import { field, rowsOf, schemaOf, slices, writerIo } from '../../helpers/delta-writer';
import { commitPath, commits, memoryObjects } from '../../helpers/memory-objects';

const ROWS = [
  [1n, 'a'],
  [2n, 'b'],
];

type Write = (io: TableWriterIo) => Promise<unknown>;

const append =
  (rows: unknown[][], more = {}): Write =>
  (io) =>
    appendRows(io, { rows: slices(rows), ...more });
const upsert =
  (rows: unknown[][], more = {}): Write =>
  (io) =>
    upsertRows(io, { key: ['id'], rows: () => slices(rows), ...more });
const remove =
  (...ids: bigint[]): Write =>
  (io) =>
    deleteRows(io, { key: ['id'], keys: () => slices(ids.map((id) => [id])) });
const addCity: Write = (io) => addColumns(io, [field('city', 'string')]);

async function tableOf(rows = ROWS, configuration = {}) {
  const store = memoryObjects();
  const io = writerIo(store);
  await createTable(io, { schema: schemaOf({ 'id!': 'long', name: 'string' }), configuration });
  await appendRows(io, { rows: slices(rows, 1) });
  return { store, io };
}

/** A store in which another writer commits before the first commit. */
function raced(store: WritableStore, other: () => Promise<unknown>): WritableStore {
  let isFirst = true;
  const create: WritableStore['create'] = async (path, bytes) => {
    if (isFirst) {
      isFirst = false;
      await other();
    }
    return store.create(path, bytes);
  };
  return { ...store, create };
}

/** The outcome of a write during which another writer commits. */
async function race(write: Write, other: Write) {
  const { store, io } = await tableOf();
  const outcome = await write({ ...io, store: raced(store, () => other(io)) });
  return { outcome, rows: await rowsOf(store), store };
}

test.each<[string, Write, Write, unknown[][]]>([
  [
    'append and append',
    append([[3n, 'c']]),
    append([[4n, 'd']]),
    [
      [1n, 'a'],
      [2n, 'b'],
      [3n, 'c'],
      [4n, 'd'],
    ],
  ],
  [
    'append and upsert',
    append([[3n, 'c']]),
    upsert([[1n, 'x']]),
    [
      [1n, 'x'],
      [2n, 'b'],
      [3n, 'c'],
    ],
  ],
  [
    'upsert and append of another key',
    upsert([[1n, 'x']]),
    append([[4n, 'd']]),
    [
      [1n, 'x'],
      [2n, 'b'],
      [4n, 'd'],
    ],
  ],
  [
    'upsert and upsert of one key',
    upsert([[1n, 'x']]),
    upsert([[1n, 'y']]),
    [
      [1n, 'x'],
      [2n, 'b'],
    ],
  ],
  [
    'upsert and upsert of one new key',
    upsert([[3n, 'x']]),
    upsert([[3n, 'y']]),
    [
      [1n, 'a'],
      [2n, 'b'],
      [3n, 'x'],
    ],
  ],
  [
    'upsert and delete of one key',
    upsert([[1n, 'x']]),
    remove(1n),
    [
      [1n, 'x'],
      [2n, 'b'],
    ],
  ],
  [
    'upsert of what is there and its delete',
    upsert([
      [1n, 'a'],
      [3n, 'c'],
    ]),
    remove(1n),
    [
      [1n, 'a'],
      [2n, 'b'],
      [3n, 'c'],
    ],
  ],
  ['delete and upsert of one key', remove(1n), upsert([[1n, 'x']]), [[2n, 'b']]],
  ['delete and append of its key', remove(4n, 2n), append([[4n, 'd']]), [[1n, 'a']]],
])('%s while another writer commits first: the table is as if the writes came one after the other', async (_, write, other, rows) => {
  expect((await race(write, other)).rows).toEqual(rows);
});

test("an append keeps its files after another writer's commit, and gets the next version", async () => {
  const { outcome, store } = await race(append([[3n, 'c']]), addCity);
  expect(outcome).toMatchObject({ version: 3, added: 1 });
  expect(store.paths().filter((path) => path.endsWith('.parquet'))).toHaveLength(2);
  expect(await rowsOf(store)).toContainEqual([3n, 'c', null]);
});

test('an upsert is repeated with the columns that another writer added', async () => {
  const { rows } = await race(upsert([[1n, 'x']], { columns: ['id', 'name'] }), addCity);
  expect(rows).toEqual([
    [1n, 'x', null],
    [2n, 'b', null],
  ]);
});

test('two writers add the same column: it is added once', async () => {
  const { outcome, store } = await race(addCity, addCity);
  expect(outcome).toMatchObject({ version: undefined });
  expect((await readSnapshot(store)).schema.fields.map(({ name }) => name)).toEqual(['id', 'name', 'city']);
});

test('two writers write the same transaction: it is written once', async () => {
  const write = append([[3n, 'c']], { transaction: { appId: 'a', version: 1n } });
  const { outcome, rows } = await race(write, write);
  expect(outcome).toMatchObject({ isRepeated: true });
  expect(rows).toEqual([...ROWS, [3n, 'c']]);
});

test("fails if the table's columns change during an append", async () => {
  const other: Write = async ({ store }) => {
    const { metadata } = await readSnapshot(store);
    const line = JSON.stringify({
      metaData: { ...metadata, schemaString: metadata.schemaString.replace('"name":"name"', '"name":"label"') },
    });
    await store.create(commitPath(2), Buffer.from(line));
  };
  await expect(race(append([[3n, 'c']]), other)).rejects.toThrow(
    expect.objectContaining({
      name: 'TableError',
      message: 'expected the schema of version 1, got: another schema in version 2; append the rows again',
    }),
  );
});

test('a lost answer does not cause a second commit', async () => {
  const { store, io } = await tableOf();
  let lost = 0;
  const create: WritableStore['create'] = async (path, bytes) => {
    const created = await store.create(path, bytes);
    if (lost++ === 0) throw new Error('socket hang up');
    return created;
  };
  expect(await append([[3n, 'c']])({ ...io, store: { ...store, create } })).toMatchObject({ version: 2, added: 1 });
  expect(await rowsOf(store)).toEqual([...ROWS, [3n, 'c']]);
  expect((await readSnapshot(store)).version).toBe(2);
});

test('a lost request is retried up to five times', async () => {
  const { store, io } = await tableOf();
  let failures = 0;
  const create: WritableStore['create'] = (path, bytes) =>
    failures-- > 0 ? Promise.reject(new Error('connection refused')) : store.create(path, bytes);
  failures = 5;
  expect(await append([[3n, 'c']])({ ...io, store: { ...store, create } })).toMatchObject({ version: 2 });
  failures = 6;
  await expect(append([[4n, 'd']])({ ...io, store: { ...store, create } })).rejects.toThrow('connection refused');
  expect(await rowsOf(store)).toEqual([...ROWS, [3n, 'c']]);
});

test("after a lost answer and another writer's commit, the commit gets the next version", async () => {
  const { store, io } = await tableOf();
  let isFirst = true;
  const create: WritableStore['create'] = async (path, bytes) => {
    if (!isFirst) return store.create(path, bytes);
    isFirst = false;
    await append([[4n, 'd']])(io);
    throw new Error('socket hang up');
  };
  expect(await append([[3n, 'c']])({ ...io, store: { ...store, create } })).toMatchObject({ version: 3 });
  expect(await rowsOf(store)).toEqual([...ROWS, [3n, 'c'], [4n, 'd']]);
});

test('gives up after a hundred attempts in which other writers commit first', async () => {
  const { store, io } = await tableOf();
  let version = 1;
  const create: WritableStore['create'] = async () => {
    await store.write(commitPath(++version), Buffer.from('{"commitInfo":{"txnId":"other"}}'));
    return false;
  };
  await expect(append([[3n, 'c']])({ ...io, store: { ...store, create } })).rejects.toThrow(
    expect.objectContaining({
      name: 'TableError',
      message: 'expected to commit within 100 attempts, got: another writer committed version 101',
    }),
  );
  expect(io.slept.slice(0, 9)).toEqual([10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
});

const PROTOCOL = { minReaderVersion: 1, minWriterVersion: 2 };
const COLUMN = { name: 'id', type: 'long', nullable: true, metadata: {} };

function tableWith({ protocol = PROTOCOL as object, configuration = {}, column = COLUMN as object }) {
  const schemaString = JSON.stringify({ type: 'struct', fields: [column] });
  const metaData = { id: 'm', schemaString, partitionColumns: [], configuration };
  return writerIo(memoryObjects(commits([{ protocol }, { metaData }])));
}

const FEATURES =
  'allowColumnDefaults, appendOnly, changeDataFeed, checkConstraints, columnMapping, deletionVectors, generatedColumns, identityColumns, ' +
  'invariants, timestampNtz, typeWidening, typeWidening-preview, v2Checkpoint, vacuumProtocolCheck';

test.each([
  [{ protocol: { minReaderVersion: 1, minWriterVersion: 8 } }, 'expected a minWriterVersion up to 7, got: 8'],
  [
    {
      protocol: {
        minReaderVersion: 3,
        minWriterVersion: 7,
        writerFeatures: ['appendOnly', 'rowTracking', 'holograms'],
        readerFeatures: [],
      },
    },
    `expected writer features among ${FEATURES}, got: rowTracking, holograms`,
  ],
  [
    { configuration: { 'delta.constraints.positive': 'id > 0' } },
    'expected no constraint in a table to write to, got: delta.constraints.positive',
  ],
  [{ column: { ...COLUMN, metadata: { 'delta.invariants': '{}' } } }, "column 'id': expected no delta.invariants in a table to write to"],
  [
    {
      column: {
        name: 's',
        nullable: true,
        metadata: {},
        type: { type: 'struct', fields: [{ ...COLUMN, metadata: { CURRENT_DEFAULT: '1' } }] },
      },
    },
    "column 's.id': expected no CURRENT_DEFAULT in a table to write to",
  ],
  [
    { column: { ...COLUMN, metadata: { 'delta.generationExpression': 'x' } } },
    "column 'id': expected no delta.generationExpression in a table to write to",
  ],
  [
    { column: { ...COLUMN, metadata: { 'delta.identity.start': 1 } } },
    "column 'id': expected no delta.identity.start in a table to write to",
  ],
  [
    {
      configuration: { 'delta.columnMapping.mode': 'name' },
      column: { ...COLUMN, metadata: { 'delta.columnMapping.physicalName': 'c', 'delta.columnMapping.id': 1 } },
    },
    'delta.columnMapping.mode: expected none in a table to write to, got: name',
  ],
])('fails on a table that needs an unsupported feature: %j', async (table, message) => {
  const io = tableWith(table);
  await expect(append([[1n]])(io)).rejects.toThrow(expect.objectContaining({ name: 'TableError', message }));
  expect((await readSnapshot(io.store)).version).toBe(0);
});

test('writes to a table whose features are not in use', async () => {
  const protocol = {
    minReaderVersion: 3,
    minWriterVersion: 7,
    readerFeatures: ['deletionVectors', 'columnMapping', 'v2Checkpoint'],
    writerFeatures: ['deletionVectors', 'columnMapping', 'v2Checkpoint', 'checkConstraints', 'identityColumns'],
  };
  const io = tableWith({ protocol });
  expect(await append([[1n]])(io)).toMatchObject({ version: 1 });
  expect(await upsert([[1n], [2n]])(io)).toMatchObject({ version: 2, added: 1 });
});

test.each(['delta.appendOnly', 'delta.enableChangeDataFeed'])('a table with %s accepts new rows, and refuses changes', async (property) => {
  const { store, io } = await tableOf(ROWS, { [property]: 'true' });
  const message = `${property}: expected false in a table whose rows change, got: true`;
  await expect(remove(1n)(io)).rejects.toThrow(expect.objectContaining({ name: 'TableError', message }));
  await expect(upsert([[1n, 'x']])(io)).rejects.toThrow(expect.objectContaining({ name: 'TableError', message }));
  expect(
    await upsert([
      [1n, 'a'],
      [3n, 'c'],
    ])(io),
  ).toMatchObject({ added: 1, unchanged: 1 });
  expect(await rowsOf(store)).toEqual([...ROWS, [3n, 'c']]);
});
