import { appendRows } from '../../../lambda/delta/append-rows';
import { createTable } from '../../../lambda/delta/create-table';
import { deleteRows } from '../../../lambda/delta/delete-rows';
import { type WritableStore } from '../../../lambda/stores/object-store';
import { readSnapshot } from '../../../lambda/delta/snapshot';
import { upsertRows } from '../../../lambda/delta/upsert-rows';
import { type TableWriterIo } from '../../../lambda/delta/writer-io';
import { rowsOf, schemaOf, slices, writerIo } from '../../helpers/delta-writer';
import { generator } from '../../helpers/generator';
import { memoryObjects } from '../../helpers/memory-objects';
import { type Death, mortalStore } from '../../helpers/mortal-store';

const SEEDS = [1, 2, 3, 4, 5];
const CITIES = ['a', 'b/c', 'ü'];
const transaction = { appId: 'loads', version: 1n };

/** A write, and its number of puts. */
interface Operation {
  readonly name: string;
  readonly puts: number;
  /** The version of the table before. */
  readonly version: number | undefined;
  readonly write: (io: TableWriterIo, rows: unknown[][]) => Promise<unknown>;
}

const create = (io: TableWriterIo) =>
  createTable(io, { schema: schemaOf({ 'id!': 'long', value: 'double', city: 'string' }), partitionColumns: ['city'] });
const append = (io: TableWriterIo, rows: unknown[][]) => appendRows(io, { rows: slices(rows), transaction });
const upsert = (io: TableWriterIo, rows: unknown[][]) => upsertRows(io, { key: ['id'], rows: () => slices(rows), transaction });
const remove = (io: TableWriterIo, rows: unknown[][]) =>
  deleteRows(io, { key: ['id'], keys: () => slices(rows.map(([id]) => [id])), transaction });

const OPERATIONS: Operation[] = [
  { name: 'create', puts: 1, version: undefined, write: create },
  { name: 'append', puts: 4, version: 1, write: append },
  { name: 'upsert', puts: 4, version: 1, write: upsert },
  { name: 'delete', puts: 4, version: 1, write: remove },
  { name: 'append with a checkpoint', puts: 6, version: 9, write: append },
  { name: 'upsert with a checkpoint', puts: 6, version: 9, write: upsert },
];

const POINTS = OPERATIONS.flatMap((operation) =>
  Array.from({ length: operation.puts }, (_, put) => put).flatMap((put) =>
    (['before', 'after'] as const).map((when) => ({ operation, death: { put, when }, point: `${operation.name}: ${when} put ${put + 1}` })),
  ),
);

/** Rows of which every other one has an id that the table already has. */
function rowsFor(seed: number): unknown[][] {
  const { int } = generator(seed);
  return Array.from({ length: 12 }, (_, i) => [BigInt(i % 2 === 0 ? i : 100 + i), int(1_000) / 8, CITIES[i % 3]]);
}

async function tableOf({ version }: Operation, seed: number): Promise<WritableStore> {
  const store = memoryObjects();
  if (version === undefined) return store;
  const io = writerIo(store);
  const { int } = generator(seed + 100);
  await create(io);
  const rows = Array.from({ length: 12 }, (_, i) => [BigInt(i), int(1_000) / 8 + 1_000, CITIES[i % 3]]);
  await appendRows(io, { rows: slices(rows) });
  for (let i = 2; i <= version; i++) await appendRows(io, { rows: slices([[BigInt(i * 1_000), i, 'a']]) });
  return store;
}

/** The rows of a table, or undefined if the table does not exist. */
async function readClean(store: WritableStore): Promise<unknown[][] | undefined> {
  return (await store.list('_delta_log')).length === 0 ? undefined : rowsOf(store);
}

async function writeAndDie({ write }: Operation, store: WritableStore, rows: unknown[][], death?: Death): Promise<string[]> {
  const mortal = mortalStore(store, death);
  const died = await write(writerIo(mortal), rows).then(
    (outcome) => (outcome as { checkpointFailure?: Error }).checkpointFailure?.name ?? 'no',
    (error: Error) => error.name,
  );
  expect(died).toBe(death === undefined ? 'no' : 'WriterDied');
  return mortal.puts;
}

test('a writer can die at forty points or more', () => {
  expect(POINTS.length).toBeGreaterThanOrEqual(40);
});

test.each(OPERATIONS)('$name takes $puts puts', async (operation) => {
  expect(await writeAndDie(operation, await tableOf(operation, 1), rowsFor(1))).toHaveLength(operation.puts);
});

test.each(POINTS)(
  '$point: the table is as it was or as it should be, and the next run completes the work once',
  async ({ operation, death }) => {
    for (const seed of SEEDS) {
      const rows = rowsFor(seed);
      const store = await tableOf(operation, seed);
      const before = await readClean(store);
      const whole = await tableOf(operation, seed);
      await operation.write(writerIo(whole), rows);
      const after = await readClean(whole);

      await writeAndDie(operation, store, rows, death);
      const found = await readClean(store);
      expect([before, after]).toContainEqual(found);

      await operation.write(writerIo(store), rows);
      expect(await readClean(store)).toEqual(after);
      expect((await readSnapshot(store)).version).toBe((await readSnapshot(whole)).version);
    }
  },
);
