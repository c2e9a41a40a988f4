import { dayOf as day, newMaterializedTable, SIZES } from '../../helpers/materialization';

/** Runs until all is done, each time for so many looks at the clock. */
async function runsOf({ run }: Awaited<ReturnType<typeof newMaterializedTable>>, looks: number) {
  const reports = [];
  do {
    let now = Date.UTC(2024, 5, 1);
    reports.push(await run({ wakeUp: true }, { deadline: now + looks, now: () => now++ }));
  } while (reports.at(-1)!.isUnfinished);
  return reports;
}

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

test('unfinished work continues, and no row is written twice', async () => {
  const table = await newMaterializedTable();
  for (let n = 1; n <= 30; n++) await table.delta.append([`k${n}`, day(n), n]);
  const reports = await runsOf(table, 12);
  expect(reports.length).toBeGreaterThan(3);
  expect(sum(reports.map(({ rowsWritten }) => rowsWritten))).toBe(30);
  expect(reports.slice(0, -1).every(({ to }) => to === undefined)).toBe(true);
  expect(reports.at(-1)).toMatchObject({ to: 30 });
  expect(Object.keys(table.rows())).toHaveLength(30);
});

test('the unfinished version is finished first, then the latest', async () => {
  const table = await newMaterializedTable();
  for (let n = 1; n <= 10; n++) await table.delta.append([`k${n}`, day(n), n]);
  let now = Date.UTC(2024, 5, 1);
  expect(await table.run({ wakeUp: true }, { deadline: now + 18, now: () => now++ })).toMatchObject({ isUnfinished: true });
  await table.delta.append(['k1', day(20), 20]);
  await table.delta.delete(['k2']);
  expect(await table.run({ version: 10 })).toMatchObject({ to: 10 });
  expect(table.rows()).toMatchObject({ k1: [day(1), 1], k2: [day(2), 2] });
  expect(await table.run()).toMatchObject({ from: 10, to: 12, rowsDeleted: 1 });
});

test('a snapshot is compared page by page', async () => {
  const table = await newMaterializedTable(SIZES, { mode: 'snapshot' });
  const rows = Array.from({ length: 500 }, (_, i) => [`k${i}`, day(1), i]);
  await table.delta.append(...rows);
  await table.run();
  await table.delta.delete(...rows.filter((_, i) => i % 2 === 0).map(([key]) => [key]));
  const reports = await runsOf(table, 4);
  expect(reports.length).toBeGreaterThan(3);
  expect(sum(reports.map(({ rowsDeleted }) => rowsDeleted))).toBe(250);
  expect(Object.keys(table.rows())).toHaveLength(250);
});

test('an abandoned version leaves none of its rows', async () => {
  const table = await newMaterializedTable();
  await table.delta.append(['a', day(1), 1]);
  await table.run();
  for (let n = 2; n <= 6; n++) await table.delta.append([`k${n}`, day(n), n]);
  let now = Date.UTC(2024, 5, 1);
  expect(await table.run({ wakeUp: true }, { deadline: now + 18, now: () => now++ })).toMatchObject({ isUnfinished: true });
  const begun = Object.keys(table.rows()).filter((key) => key !== 'a');
  expect(begun).not.toEqual([]);
  await table.delta.delete(...[2, 3, 4, 5, 6].map((n) => [`k${n}`]));
  expect(await table.run({ version: 7 })).toMatchObject({ to: 7, rowsDeleted: begun.length });
  expect(table.rows()).toEqual({ a: [day(1), 1] });
});
