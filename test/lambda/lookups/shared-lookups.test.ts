import { mergedLookups } from '../../../lambda/lookups/shared-lookups';
import type { FoundRow, LookupRead } from '../../../lambda/lookups/lookup-reader';
import type { LookedUpTablePlan } from '../../../lambda/lookups/lookup-plan';

const [HOUSES, STREETS] = ['houses', 'streets'].map((tableName) => ({ tableName }) as LookedUpTablePlan);
const read = (table: LookedUpTablePlan, keys: readonly string[], time: bigint): LookupRead => ({
  table,
  keys,
  times: keys.map(() => time),
});

test('each table is read once, and each read gets its own rows', async () => {
  const asked: unknown[] = [];
  const { read: readAll } = mergedLookups({
    read(reads) {
      asked.push(reads.map(({ table: { tableName }, keys, times }) => [tableName, keys, times]));
      const found = ({ table: { tableName }, keys, times }: LookupRead) =>
        keys.map((key, i) => (key === '-' ? undefined : (`${tableName} ${key} ${times[i]}` as unknown as FoundRow)));
      return Promise.resolve(reads.map(found));
    },
  });
  const reads = [read(HOUSES!, ['a', '-'], 1n), read(STREETS!, ['a'], 1n), read(HOUSES!, [], 2n), read(HOUSES!, ['b', 'a'], 3n)];
  expect(await readAll(reads, 0)).toEqual([['houses a 1', undefined], ['streets a 1'], [], ['houses b 3', 'houses a 3']]);
  expect(asked).toEqual([
    [
      ['houses', ['a', '-', 'b', 'a'], [1n, 1n, 3n, 3n]],
      ['streets', ['a'], [1n]],
    ],
  ]);
});
