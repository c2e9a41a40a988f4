import { appendRows } from '../../../lambda/delta/append-rows';
import { createTable } from '../../../lambda/delta/create-table';
import { type Slice } from '../../../lambda/parquet/file';
import { type FieldType } from '../../../lambda/parquet/schema';
import { readSnapshot } from '../../../lambda/delta/snapshot';
import { schemaOf, writerIo } from '../../helpers/delta-writer';
import { generator } from '../../helpers/generator';
import { memoryObjects } from '../../helpers/memory-objects';

const TYPES: Record<string, FieldType> = { 'id!': 'integer', text: 'string' };

/** The number of rows in each data file after an append. */
async function filesOf(
  rows: AsyncIterable<Slice>,
  types: Record<string, FieldType> = TYPES,
  partitionColumns: string[] = [],
): Promise<number[]> {
  const io = writerIo(memoryObjects());
  await createTable(io, { schema: schemaOf(types), partitionColumns });
  await appendRows(io, { rows });
  return (await readSnapshot(io.store)).files.map(({ stats }) => (JSON.parse(stats!) as { numRecords: number }).numRecords);
}

test('a file ends after a million rows, even within a slice', async () => {
  const count = 2_200_000;
  const one = async function* (): AsyncGenerator<Slice> {
    yield { rowCount: count, columns: [new Array<number>(count).fill(7), new Array<null>(count).fill(null)] };
  };
  expect(await filesOf(one())).toEqual([1_048_576, 1_048_576, 102_848]);
});

test('a file ends after thirty-two megabytes', async () => {
  const { int } = generator(1);
  // eight rows of a megabyte that does not compress
  const slice = { rowCount: 8, columns: [[1, 2, 3, 4, 5, 6, 7, 8], Array.from({ length: 8 }, () => text(int))] };
  const many = async function* (): AsyncGenerator<Slice> {
    for (let i = 0; i < 10; i++) yield slice;
  };
  expect(await filesOf(many())).toEqual([40, 40]);
});

/** A megabyte of text. */
function text(int: (bound: number) => number): string {
  return Buffer.from(Uint32Array.from({ length: 200_000 }, () => int(2 ** 32)).buffer)
    .toString('base64')
    .slice(0, 1_000_000);
}

test('if the partitions do not fit into memory, the largest files end first', async () => {
  const partitions = 900;
  const types = Object.fromEntries(['partition', ...Array.from({ length: 20 }, (_, i) => `c${i}`)].map((name) => [name, 'integer']));
  const numbers = Array.from({ length: partitions }, (_, i) => i);
  const twice = async function* (): AsyncGenerator<Slice> {
    for (let i = 0; i < 2; i++) yield { rowCount: partitions, columns: Array<number[]>(21).fill(numbers) };
  };
  const files = await filesOf(twice(), types, ['partition']);
  expect(files.length).toBeGreaterThan(partitions);
  expect(files.reduce((sum, count) => sum + count, 0)).toBe(2 * partitions);
});
