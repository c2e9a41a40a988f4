import { readRequests, type RequestsQuery } from '../../../bin/logs/read-requests';
import { ingestLines } from '../../../lambda/inference/ingest-lines';
import { readSnapshot, type Snapshot } from '../../../lambda/delta/snapshot';
import { writerIo } from '../../helpers/delta-writer';
import { memoryObjects } from '../../helpers/memory-objects';

const START = Date.UTC(2024, 5, 1, 22);
const HOUR = 3_600_000;

/** A request of so many hours after the start. */
function lineOf(hours: number, more: { status?: number; entity?: string } = {}): string {
  const { status = 200, entity = 'model_A' } = more;
  return JSON.stringify({
    _aws: { Timestamp: START + hours * HOUR },
    Latency: 1,
    request_id: `at-${hours}`,
    endpoint: 'prices',
    spec_hash: 'hash',
    status,
    rows: 1,
    cold_start: false,
    steps: {},
    inference: {
      sampling_fraction: 1,
      request: '{}',
      response: '{}',
      entities: [entity],
      reasons: ['all'],
      assigned: { all: [0, 0], rows: 1 },
    },
  });
}

/** A table that got these lines, one list after another, in a file each for a day. */
async function tableOf(...objects: string[][]) {
  const store = memoryObjects();
  for (const lines of objects) await ingestLines(writerIo(store), 'prices', lines);
  const read = new Set<string>();
  const watched = { ...store, readRange: (...args: Parameters<typeof store.readRange>) => (read.add(args[0]), store.readRange(...args)) };
  const snapshot = await readSnapshot(store);
  const ask = async (query: Partial<RequestsQuery>, seen: Snapshot = snapshot): Promise<string[]> => {
    read.clear();
    const rows = await readRequests(watched, seen, { limit: 20, ...query });
    return rows.map((row) => String(row.databricks_request_id));
  };
  return { ask, read, snapshot };
}

// the third is late, and so in a file behind others
const OBJECTS = [
  [lineOf(0), lineOf(1, { status: 400 })],
  [lineOf(3), lineOf(4, { entity: 'model_B' })],
  [lineOf(0.5, { entity: 'model_B' })],
  [lineOf(5), lineOf(26)],
];

test('the latest are the last, whichever file has them', async () => {
  const { ask } = await tableOf(...OBJECTS);
  expect(await ask({})).toEqual(['at-0', 'at-0.5', 'at-1', 'at-3', 'at-4', 'at-5', 'at-26']);
  expect(await ask({ limit: 3 })).toEqual(['at-4', 'at-5', 'at-26']);
  expect(await ask({ errors: true })).toEqual(['at-1']);
  expect(await ask({ entity: 'model_B' })).toEqual(['at-0.5', 'at-4']);
  expect(await ask({ entity: 'model_B', limit: 1 })).toEqual(['at-4']);
  expect(await ask({ since: START + 4 * HOUR })).toEqual(['at-4', 'at-5', 'at-26']);
  expect(await ask({ since: START + 30 * HOUR })).toEqual([]);
});

test('files that have none of them are not read', async () => {
  const { ask, read, snapshot } = await tableOf(...OBJECTS);
  expect(snapshot.files).toHaveLength(5);
  const files = async (query: Partial<RequestsQuery>) => (await ask(query), read.size);
  expect(await files({})).toBe(5);
  expect(await files({ limit: 1 })).toBe(1);
  expect(await files({ limit: 2 })).toBe(2);
  expect(await files({ since: START + 4 * HOUR })).toBe(3);
  expect(await files({ errors: true, limit: 1 })).toBe(4);
});

test('statistics are not needed', async () => {
  const { ask, snapshot } = await tableOf(...OBJECTS);
  for (const stats of [undefined, '{}', 'null']) {
    const files = snapshot.files.map((file) => ({ ...file, stats }));
    expect(await ask({ limit: 3, since: START }, { ...snapshot, files })).toEqual(['at-4', 'at-5', 'at-26']);
  }
});
