import { appendRows } from '../../../lambda/delta/append-rows';
import { createTable } from '../../../lambda/delta/create-table';
import { deleteRows } from '../../../lambda/delta/delete-rows';
import { filesOverTime } from '../../../lambda/lookups/files-over-time';
import type { ObjectStore } from '../../../lambda/stores/object-store';
import { offlineLookups, type VisibleFile } from '../../../lambda/lookups/offline-lookups';
import { readSnapshot } from '../../../lambda/delta/snapshot';
import { upsertRows } from '../../../lambda/delta/upsert-rows';
import type { LookedUpFeaturePlan } from '../../../lambda/lookups/lookup-plan';
import type { TableSpec } from '../../../lib/contract/endpoint-spec';
import { schemaOf, slices, writerIo } from '../../helpers/delta-writer';
import { commits, commitPath, memoryObjects } from '../../helpers/memory-objects';

const HOUSES: TableSpec = {
  name: 'houses',
  primaryKey: [{ name: 'id', type: 'string' }],
  timestampKey: { name: 'at', type: 'timestamp' },
  features: [{ name: 'size', type: 'long' }],
};
const KEY = ['id', 'at'];
const SECOND = 1_000_000n;

/** A table whose clock is set to a second by each commit. */
async function housesTable() {
  const store = memoryObjects();
  let now = 0;
  const io = writerIo(store, () => now);
  await createTable(io, { schema: schemaOf({ 'id!': 'string', 'at!': 'timestamp', size: 'long' }) });
  type Row = [id: string, second: number, size: bigint];
  const rowsOf = (rows: readonly Row[]) => slices(rows.map(([id, second, size]) => [id, BigInt(second) * SECOND, size]));
  const at = (second: number) => void (now = second * 1000);
  return {
    store,
    sizes: (id: string, ...seconds: number[]) => sizesIn(store, id, seconds),
    append: (second: number, ...rows: Row[]) => (at(second), appendRows(io, { rows: rowsOf(rows) })),
    upsert: (second: number, ...rows: Row[]) => (at(second), upsertRows(io, { key: KEY, rows: () => rowsOf(rows) })),
    remove: (second: number, id: string) => (at(second), deleteRows(io, { key: ['id'], keys: () => slices([[id]]) })),
  };
}

/** The sizes of a house that lookups at these seconds find. */
async function sizesIn(store: ObjectStore, id: string, seconds: readonly number[]): Promise<unknown[]> {
  const snapshot = await readSnapshot(store);
  const tables = new Map([['houses', { store, snapshot, files: await filesOverTime(store, snapshot) }]]);
  const table = { spec: HOUSES, tableName: 'houses', attributes: [], eventTimeOf: () => NaN, features: ['size'] };
  const times = seconds.map((second) => BigInt(second) * SECOND);
  const [found] = await offlineLookups(tables).read([{ table, keys: seconds.map(() => id), times }], Infinity);
  return found!.map((row) => row?.feature({ place: 0 } as LookedUpFeaturePlan));
}

test('a row is found from the later of its event and its commit', async () => {
  const { append, sizes } = await housesTable();
  await append(20, ['a', 10, 1n], ['a', 30, 2n]);
  expect(await sizes('a', 9, 10, 19, 20, 29, 30, 31)).toEqual([undefined, undefined, undefined, 1n, 1n, 2n, 2n]);
});

test('a late row does not hide a later row that was committed before', async () => {
  const { append, sizes } = await housesTable();
  await append(20, ['a', 15, 1n]);
  await append(30, ['a', 12, 2n]);
  expect(await sizes('a', 20, 30)).toEqual([1n, 1n]);
});

test('a row copied by a rewrite is found from its first commit on', async () => {
  const { append, upsert, sizes } = await housesTable();
  await append(20, ['a', 10, 1n], ['b', 10, 5n]);
  await upsert(40, ['b', 10, 6n]);
  expect(await sizes('a', 19, 20, 39, 40)).toEqual([undefined, 1n, 1n, 1n]);
});

test('a corrected row has its old values until the correction', async () => {
  const { append, upsert, sizes } = await housesTable();
  await append(20, ['a', 10, 1n]);
  await upsert(40, ['a', 10, 2n]);
  expect(await sizes('a', 19, 20, 39, 40)).toEqual([undefined, 1n, 1n, 2n]);
});

test('a deleted row is found until its deletion', async () => {
  const { append, remove, sizes } = await housesTable();
  await append(20, ['a', 10, 1n], ['b', 10, 5n]);
  await remove(40, 'a');
  expect([await sizes('a', 20, 39, 40), await sizes('b', 39, 40)]).toEqual([
    [1n, 1n, undefined],
    [5n, 5n],
  ]);
});

test('rows of a deleted file are found from the rewrite on that copied them', async () => {
  const { store, append, upsert } = await housesTable();
  await append(20, ['a', 10, 1n], ['b', 10, 5n]);
  const [file] = (await readSnapshot(store)).files;
  await upsert(40, ['b', 10, 6n]);
  const gone = { ...store, size: async (path: string) => (path === file!.path ? undefined : store.size(path)) };
  expect(await sizesIn(gone, 'a', [20, 39, 40])).toEqual([undefined, undefined, 1n]);
});

async function periods(...of: Parameters<typeof filesOverTime>): Promise<[string, bigint | undefined, bigint | undefined][]> {
  return (await filesOverTime(...of)).map(({ file, from, before }: VisibleFile) => [file.path, from, before]);
}

const PROTOCOL = { protocol: { minReaderVersion: 1, minWriterVersion: 2 } };
const METADATA = {
  metaData: {
    id: 'm',
    schemaString: JSON.stringify({ type: 'struct', fields: [{ name: 'id', type: 'string', nullable: true, metadata: {} }] }),
    partitionColumns: [],
    configuration: {},
  },
};
const add = (path: string, modificationTime = 1) => ({ add: { path, partitionValues: {}, size: 1, modificationTime, dataChange: true } });
const info = (timestamp: unknown, more = {}) => ({ commitInfo: { timestamp, ...more } });

async function periodsOf(files: Record<string, string>) {
  const store = memoryObjects(files);
  return periods(store, await readSnapshot(store));
}

test("the time of a commit is its inCommitTimestamp, or its timestamp, or its file's time, and never earlier than the previous commit's", async () => {
  const log = commits(
    [info(5), PROTOCOL, METADATA, add('a')],
    [info(7, { inCommitTimestamp: 9 }), add('b')],
    [info(8), add('c')],
    [add('d')],
  );
  expect(await periodsOf(log)).toEqual([
    ['a', 5_000n, undefined],
    ['b', 9_000n, undefined],
    ['c', 9_000n, undefined],
    ['d', 1_700_000_000_000_000n, undefined],
  ]);
});

test('files from before a cleaned-up log are found from their writing on', async () => {
  const log = commits(
    [info(5), PROTOCOL, METADATA, add('a', 4), add('b', 6)],
    [info(50), PROTOCOL],
    [info(70), { remove: { path: 'a' } }, add('c')],
  );
  const checkpoint = [PROTOCOL, METADATA, add('a', 4), add('b', 6)].map((line) => JSON.stringify(line)).join('\n');
  const kept = Object.fromEntries(Object.entries(log).filter(([path]) => path !== commitPath(0)));
  const cleaned = { ...kept, '_delta_log/00000000000000000001.checkpoint.00000000-0000-4000-8000-000000000000.json': checkpoint, a: ' ' };
  expect(await periodsOf(cleaned)).toEqual([
    ['a', 4_000n, 70_000n],
    ['b', 6_000n, undefined],
    ['c', 70_000n, undefined],
  ]);
});
