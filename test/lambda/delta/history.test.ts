import { appendRows } from '../../../lambda/delta/append-rows';
import { createTable } from '../../../lambda/delta/create-table';
import { readHistory, versionAt } from '../../../lambda/delta/history';
import { type ObjectStore } from '../../../lambda/stores/object-store';
import { schemaOf, slices, writerIo } from '../../helpers/delta-writer';
import { commits, memoryObjects } from '../../helpers/memory-objects';

const PROTOCOL = { protocol: { minReaderVersion: 1, minWriterVersion: 2 } };
const SCHEMA = JSON.stringify({ type: 'struct', fields: [{ name: 'id', type: 'long', nullable: true, metadata: {} }] });

function metaData(configuration: Record<string, string> = {}) {
  return { metaData: { id: 'm', schemaString: SCHEMA, partitionColumns: [], configuration } };
}

/** A store whose commits were written at the given times. */
function writtenAt(store: ObjectStore, times: number[]): ObjectStore {
  const list: ObjectStore['list'] = async (folder, from) =>
    (await store.list(folder, from)).map((file) => ({ ...file, modified: times[Number.parseInt(file.name, 10)]! }));
  return { ...store, list };
}

test('the history has the newest commits first, as their writers describe them', async () => {
  const store = memoryObjects();
  const io = writerIo(store);
  await createTable(io, { schema: schemaOf({ id: 'long' }) });
  await appendRows(io, { rows: slices([[1n], [2n]]) });
  const others = { ...commits([], [], [{ commitInfo: { operation: 'WRITE', operationMetrics: { num_added_rows: 3 } } }], []) };
  for (const [path, content] of Object.entries(others).slice(2)) await store.write(path, Buffer.from(content));
  const history = await readHistory(writtenAt(store, [5, 7, 6, 100]), 3);
  const unknown = { operation: undefined, operationMetrics: {}, isBlindAppend: undefined, engineInfo: undefined };
  expect(history).toEqual([
    { ...unknown, version: 3, timestamp: 100 },
    { ...unknown, version: 2, timestamp: 8, operation: 'WRITE', operationMetrics: { num_added_rows: '3' } },
    {
      version: 1,
      timestamp: 7,
      operation: 'WRITE',
      operationMetrics: { numFiles: '1', numOutputRows: '2', numOutputBytes: expect.stringMatching(/^\d+$/) },
      isBlindAppend: true,
      engineInfo: 'cdk-ml-serving/0.1.0',
    },
  ]);
});

test('the version at a time is the last one written by then, even if the clock went back', async () => {
  const store = writtenAt(memoryObjects(commits([PROTOCOL, metaData()], [], [], [])), [1_000, 5_000, 4_000, 6_000]);
  const versions = await Promise.all([1_000, 4_999, 5_000, 5_001, 5_999, 6_000, 9_999].map((time) => versionAt(store, time)));
  expect(versions).toEqual([0, 0, 1, 2, 2, 3, 3]);
  await expect(versionAt(store, 999)).rejects.toThrow(
    expect.objectContaining({
      name: 'TableError',
      message: 'expected a time at which the table existed, got: 1970-01-01T00:00:00.999Z; the first commit in the log is version 0',
    }),
  );
});

test('a commit contains its time from the version on that the table records', async () => {
  const configuration = {
    'delta.enableInCommitTimestamps': 'true',
    'delta.inCommitTimestampEnablementVersion': '2',
    'delta.inCommitTimestampEnablementTimestamp': '7000',
  };
  const at = (inCommitTimestamp: number) => ({ commitInfo: { inCommitTimestamp } });
  const log = commits([PROTOCOL, metaData()], [], [at(7_000), metaData(configuration)], [at(8_000)], [at(9_000)]);
  const store = writtenAt(memoryObjects(log), [1_000, 2_000, 1, 1, 1]);
  const versions = await Promise.all([1_000, 6_999, 7_000, 7_999, 8_000, 9_999].map((time) => versionAt(store, time)));
  expect(versions).toEqual([0, 1, 2, 2, 3, 4]);
  expect((await readHistory(store, 9)).map(({ timestamp }) => timestamp)).toEqual([9_000, 8_000, 7_000, 2_000, 1_000]);
});

test('every commit contains its time if the table records no first version', async () => {
  const log = commits(
    [{ commitInfo: { inCommitTimestamp: 10 } }, PROTOCOL, metaData({ 'delta.enableInCommitTimestamps': 'true' })],
    [{ commitInfo: { inCommitTimestamp: 20 } }],
  );
  const store = writtenAt(memoryObjects(log), [1_000, 2_000]);
  expect(await Promise.all([10, 19, 20].map((time) => versionAt(store, time)))).toEqual([0, 0, 1]);
});
