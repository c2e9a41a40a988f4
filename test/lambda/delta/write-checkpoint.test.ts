import { appendRows } from '../../../lambda/delta/append-rows';
import { createTable } from '../../../lambda/delta/create-table';
import { deleteRows } from '../../../lambda/delta/delete-rows';
import { readWholeLog, readSnapshot } from '../../../lambda/delta/snapshot';
import { field, rowsOf, schemaOf, slices, writerIo } from '../../helpers/delta-writer';
import { commitPath, memoryObjects } from '../../helpers/memory-objects';
import { addColumns } from '../../../lambda/delta/add-columns';

const DAY = 86_400_000;
const checkpointPath = (version: number) => commitPath(version).replace('.json', '.checkpoint.parquet');

/** A table at a version: each commit appends a row, except that the third from last deletes the first row. */
async function tableOf(version: number, configuration: Record<string, string> = {}) {
  const store = memoryObjects();
  const time = { now: 1_700_000_000_000 };
  const io = writerIo(store, () => time.now);
  await createTable(io, { schema: schemaOf({ id: 'long', city: 'string' }), partitionColumns: ['city'], name: 'rows', configuration });
  const append = (id: number) =>
    appendRows(io, { rows: slices([[BigInt(id), `${id}`]]), transaction: { appId: `app ${id % 2}`, version: 2n ** 60n + BigInt(id) } });
  for (let id = 1; id < version; id++) await append(id);
  await deleteRows(io, { key: ['id'], keys: () => slices([[1n]]) });
  return { store, io, time, append };
}

test('after ten commits there is a checkpoint, and the table is the same without the earlier log', async () => {
  const { store } = await tableOf(10);
  const before = await readSnapshot(store);
  expect(JSON.parse(Buffer.from((await store.read('_delta_log/_last_checkpoint'))!).toString())).toEqual({
    version: 10,
    size: 13,
    sizeInBytes: await store.size(checkpointPath(10)),
    numOfAddFiles: 8,
  });
  const files = await Promise.all(store.paths().map(async (path) => [path, (await store.read(path))!] as const));
  const alone = memoryObjects(Object.fromEntries(files.filter(([path]) => !path.endsWith('.json'))));
  const after = await readSnapshot(alone);
  expect({ ...after, files: after.files.map((file) => ({ ...file, version: 0, dataChange: true })) }).toEqual({
    ...before,
    files: before.files.map((file) => ({ ...file, version: 0, dataChange: true })),
  });
  expect(await rowsOf(alone)).toEqual(await rowsOf(store));
  expect(after.transactions.get('app 1')).toBe(2n ** 60n + 9n);
});

test("an append after a checkpoint keeps the checkpoint's metadata", async () => {
  const { store, io } = await tableOf(10, { 'delta.appendOnly': 'false' });
  await addColumns(io, [field('more', 'double')]);
  const { metadata, schema } = await readSnapshot(store);
  expect(metadata).toMatchObject({ name: 'rows', createdTime: 1_700_000_000_000, configuration: { 'delta.appendOnly': 'false' } });
  expect(schema.fields.map(({ name }) => name)).toEqual(['id', 'city', 'more']);
});

test('checkpoints list a removed file for a week', async () => {
  const { store, time, append } = await tableOf(10);
  const removed = async (version: number) => (await readWholeLog(store, version)).removed.map(({ partitionValues }) => partitionValues);
  time.now += 6 * DAY;
  for (let id = 11; id <= 20; id++) await append(id);
  expect(await removed(20)).toEqual([{ city: '1' }]);
  time.now += 2 * DAY;
  for (let id = 21; id <= 30; id++) await append(id);
  expect(await removed(30)).toEqual([]);
});

test.each([
  ['delta.checkpointInterval', '4', [4, 8]],
  ['delta.checkpoint.writeStatsAsStruct', 'true', []],
  ['delta.checkpoint.writeStatsAsJson', 'false', []],
])('follows %s = %s', async (property, value, versions) => {
  const { store } = await tableOf(11, { [property]: value });
  expect(store.paths().filter((path) => path.endsWith('.checkpoint.parquet'))).toEqual(versions.map(checkpointPath));
});

test('a commit succeeds if its checkpoint cannot be written, and reports the error', async () => {
  const { store, io } = await tableOf(9);
  const failure = new Error('disk full');
  const write = (path: string, bytes: Uint8Array) => (path.includes('checkpoint') ? Promise.reject(failure) : store.write(path, bytes));
  const outcome = await appendRows({ ...io, store: { ...store, write } }, { rows: slices([[77n, 'x']]) });
  expect(outcome).toMatchObject({ version: 10, added: 1, checkpointFailure: failure });
  expect(await rowsOf(store)).toContainEqual([77n, 'x']);
});

test.each([
  ['for as long as the table says', { 'delta.setTransactionRetentionDuration': 'interval 5 days' }, ['app 0', 'app 1']],
  ['for ever where it says nothing', {}, ['app 0', 'app 1', 'once']],
])('checkpoints list transactions %s', async (_, configuration, kept) => {
  const { store, io, time, append } = await tableOf(10, configuration);
  await appendRows(io, { rows: slices([[11n, 'once']]), transaction: { appId: 'once', version: 1n } });
  time.now += 6 * DAY;
  for (let id = 12; id <= 20; id++) await append(id);
  expect((await readWholeLog(store, 20)).transactions.map(({ appId }) => appId).sort()).toEqual(kept);
});
