// Which data files an upsert or a delete reads and rewrites.
import { appendRows } from '../../../lambda/delta/append-rows';
import { createTable } from '../../../lambda/delta/create-table';
import { deleteRows } from '../../../lambda/delta/delete-rows';
import { type WritableStore } from '../../../lambda/stores/object-store';
import { type FieldType } from '../../../lambda/parquet/schema';
import { readSnapshot } from '../../../lambda/delta/snapshot';
import { upsertRows } from '../../../lambda/delta/upsert-rows';
import { rowsOf, schemaOf, slices, writerIo } from '../../helpers/delta-writer';
import { memoryObjects } from '../../helpers/memory-objects';

/** A table with a data file for each list of keys, and the indexes of the files that are read from now on. */
async function tableOf(type: FieldType, files: unknown[][], partitionColumns: string[] = []) {
  const store = memoryObjects();
  const io = writerIo(store);
  await createTable(io, { schema: schemaOf({ 'key!': type, value: 'double' }), partitionColumns });
  const paths: string[] = [];
  for (const keys of files) {
    await appendRows(io, { rows: slices(keys.map((key) => [key, 0])) });
    paths.push(store.paths().find((path) => path.endsWith('.parquet') && !paths.includes(path))!);
  }
  const read = new Set<number>();
  const readRange: WritableStore['readRange'] = (path, start, end) => {
    read.add(paths.indexOf(path));
    return store.readRange(path, start, end);
  };
  const left = async () => {
    const inTable = (await readSnapshot(store)).files.map(({ path }) => decodeURIComponent(path));
    return paths.flatMap((path, i) => (inTable.includes(path) ? [i] : []));
  };
  return { io: { ...io, store: { ...store, readRange } }, read, left };
}

const LONG = `${'x'.repeat(40)}`;

test.each<[string, FieldType, unknown[][], unknown[], number[]]>([
  ['long', 'long', [[1n, 2n], [2n ** 53n + 1n, 2n ** 60n], [-5n]], [2n ** 53n + 1n], [1]],
  [
    'long next to the bounds',
    'long',
    [
      [1n, 2n],
      [4n, 6n],
    ],
    [3n],
    [],
  ],
  [
    'integer',
    'integer',
    [
      [-1, 1],
      [2, 3],
    ],
    [1],
    [0],
  ],
  ['string', 'string', [['a', 'c'], ['d', '\uffff'], ['😀']], ['\uff5e'], [1]],
  ['string of another plane', 'string', [['a', 'c'], ['d', '\uffff'], ['😀']], ['😀'], [2]],
  ['string that is cut off in the statistics', 'string', [[`${LONG}1`], [`${LONG}3`], ['y']], [`${LONG}2`], [0, 1]],
  ['date', 'date', [['2024-01-01', '2024-01-31'], ['2024-02-01']], ['2024-01-15'], [0]],
  ['timestamp', 'timestamp', [[1_000n], [1_999n], [2_001n, 2_999n], [5_000n]], [2_500n], [1, 2]],
  ['boolean', 'boolean', [[true], [false]], [true], [0, 1]],
])('only files that may have the key are read: %s', async (_, type, files, keys, expected) => {
  const { io, read } = await tableOf(type, files);
  await upsertRows(io, { key: ['key'], rows: () => slices(keys.map((key) => [key, 1])) });
  expect([...read]).toEqual(expected);
});

test('without keys, no file is read', async () => {
  const { io, read } = await tableOf('boolean', [[true], [false]]);
  expect(await upsertRows(io, { key: ['key'], rows: () => slices([]) })).toMatchObject({ version: undefined });
  expect(await deleteRows(io, { key: ['key'], keys: () => slices([]) })).toMatchObject({ version: undefined });
  expect(read.size).toBe(0);
});

test('only partitions that may have the key are read', async () => {
  const { io, read } = await tableOf('date', [['2024-01-01'], ['2024-01-02'], ['2024-01-03']], ['key']);
  await deleteRows(io, { key: ['key'], keys: () => slices([['2024-01-02']]) });
  expect([...read]).toEqual([1]);
});

test('only files with one of the keys are rewritten', async () => {
  const { io, left } = await tableOf('long', [[0n, 9n], [3n, 5n], [1n, 7n], [20n]]);
  expect(
    await upsertRows(io, {
      key: ['key'],
      rows: () =>
        slices([
          [5n, 1],
          [9n, 0],
          [12n, 1],
        ]),
    }),
  ).toMatchObject({ added: 1, updated: 1, unchanged: 1 });
  expect(await left()).toEqual([0, 2, 3]);
  expect(await deleteRows(io, { key: ['key'], keys: () => slices([[7n], [8n]]) })).toMatchObject({ deleted: 1 });
  expect(await left()).toEqual([0, 3]);
  expect((await rowsOf(io.store)).map(([key]) => key)).toEqual([0n, 1n, 3n, 5n, 9n, 12n, 20n]);
});

test('a file without statistics is read', async () => {
  const { io, read } = await tableOf('long', [[1n], [2n]]);
  const snapshot = await readSnapshot(io.store);
  const without = snapshot.files.map(({ path, size }) =>
    JSON.stringify({ add: { path, partitionValues: {}, size, modificationTime: 0, dataChange: true } }),
  );
  await io.store.create('_delta_log/00000000000000000003.json', Buffer.from(without.join('\n')));
  await deleteRows(io, { key: ['key'], keys: () => slices([[9n]]) });
  expect([...read].sort()).toEqual([0, 1]);
});
