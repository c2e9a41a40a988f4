import { LatestAt } from '../../../lambda/lookups/latest-at';
import { generator } from '../../helpers/generator';

interface Row {
  readonly order: number;
  readonly from: bigint;
  readonly before: bigint | undefined;
}

function latestAt(times: readonly bigint[], rows: readonly Row[]): LatestAt<Row> {
  const latest = new LatestAt<Row>(times, (row, than) => row.order > than.order);
  for (const row of rows) latest.add(row, row.from, row.before);
  return latest;
}

test.each(Array.from({ length: 50 }, (_, seed) => seed))(
  'is the last of all rows that are there, whatever they come after: seed %d',
  (seed) => {
    const random = generator(seed);
    const times = [...new Set(Array.from({ length: 1 + random.int(20) }, () => random.int(40)))].sort((a, b) => a - b).map(BigInt);
    const rows = Array.from({ length: random.int(60) }, (_, order): Row => {
      const from = random.int(45);
      return { order, from: BigInt(from), before: random.int(2) === 0 ? undefined : BigInt(from + random.int(10)) };
    }).sort(() => random.int(3) - 1);
    const latest = latestAt(times, rows);
    for (const time of times) {
      const there = rows.filter(({ from, before }) => from <= time && (before === undefined || time < before));
      expect(latest.at(time)?.order ?? -1).toBe(Math.max(-1, ...there.map(({ order }) => order)));
    }
  },
);

test('a row is found from its first time on, and not at its end', () => {
  const latest = latestAt([1n, 2n, 3n], [{ order: 0, from: 2n, before: 3n }]);
  expect([1n, 2n, 3n].map((time) => latest.at(time)?.order)).toEqual([undefined, 0, undefined]);
});
