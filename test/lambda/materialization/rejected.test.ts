import { dayOf as day, newMaterializedTable as newTable, SIZES } from '../../helpers/materialization';

const NOW = Date.UTC(2024, 0, 10);
const HOUR = 3_600_000;

test('rejected rows are counted and listed, and the others are written', async () => {
  const { delta, run, rows, log } = await newTable(SIZES, { now: NOW });
  await delta.append(['a', day(1), 1], ['', day(1), 2], ['b', day(20), 3], ['c', day(2), 4]);
  const file = expect.stringMatching(/^part-.*\.parquet$/) as string;
  const rejected = [
    { file, row: 1, column: 'id', expected: 'a value', got: '""' },
    { file, row: 2, column: 'at', expected: 'a time at most one hour ahead of the clock', got: '14,400 minutes ahead of it' },
  ];
  expect(await run()).toMatchObject({ to: 1, rowsWritten: 2, rowsRejected: 2, rejected, stopped: undefined });
  expect(log).toEqual(rejected.map((row) => ({ rejected: row })));
  expect(rows()).toEqual({ a: [day(1), 1], c: [day(2), 4] });
});

test('a hundred rejected rows are listed, all are counted', async () => {
  const { delta, run, log } = await newTable();
  await delta.append(...Array.from({ length: 150 }, (_, i) => ['', day(1), i]));
  const report = await run();
  expect(report).toMatchObject({ rowsRejected: 150 });
  expect(report.rejected.map(({ row }) => row)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  expect(log).toHaveLength(100);
});

test('a row ahead of the clock does not hide an earlier row', async () => {
  const { delta, run, rows } = await newTable(SIZES, { now: NOW });
  await delta.append(['a', day(1), 1], ['a', day(2), 2], ['a', day(20), 3]);
  expect(await run()).toMatchObject({ rowsWritten: 1, rowsOlder: 1, rowsRejected: 1 });
  expect(rows()).toEqual({ a: [day(2), 2] });
});

describe('a row with a list of another shape', () => {
  const VECTORS = { ...SIZES, features: [{ name: 'vector', type: { element: 'integer', shape: [2] } }] } as const;

  test('does not hide an earlier row', async () => {
    const { delta, run, rows } = await newTable(VECTORS);
    await delta.append(['a', day(1), [1, 2]], ['a', day(2), [1]], ['b', day(1), [3, 4]]);
    await delta.append(['a', day(3), [1, 2, 3]]);
    const rejected = [1, 0].map((row) => ({
      row,
      column: 'vector',
      expected: 'array<integer>[2]',
      got: `lists of shape [${row === 1 ? 1 : 3}]`,
    }));
    expect(await run()).toMatchObject({ to: 2, rowsWritten: 2, rowsRejected: 2, rejected });
    expect(rows()).toEqual({ a: [day(1), [1, 2]], b: [day(1), [3, 4]] });
  });

  test('does not return in place of a deleted row', async () => {
    const { delta, run, rows } = await newTable(VECTORS);
    await delta.append(['a', day(1), [1, 2]], ['a', day(2), [1]], ['a', day(3), [5, 6]]);
    await run();
    await delta.delete(['a', day(3)]);
    expect(await run()).toMatchObject({ rowsWritten: 1, rowsDeleted: 0 });
    expect(rows()).toEqual({ a: [day(1), [1, 2]] });
  });
});

test('a row that is too large leaves the stored row of its key', async () => {
  const { delta, run, rows } = await newTable({ ...SIZES, features: [{ name: 'text', type: 'string' }] });
  await delta.append(['a', day(1), 'x']);
  await run();
  await delta.append(['a', day(2), 'x'.repeat(3_000_000)], ['b', day(1), 'y']);
  const rejected = [expect.objectContaining({ row: 0, expected: 'a row of at most 400 KB', got: 'a larger one' })];
  expect(await run()).toMatchObject({ to: 2, rowsWritten: 1, rowsRejected: 1, rejected });
  expect(rows()).toEqual({ a: [day(1), 'x'], b: [day(1), 'y'] });
});

test('rows outside the age are counted, not written', async () => {
  const { delta, run, rows } = await newTable({ ...SIZES, maxAgeSeconds: 5 * 86_400 }, { now: NOW });
  await delta.append(['a', day(4), 1], ['b', day(5), 2]);
  expect(await run()).toMatchObject({ rowsWritten: 1, rowsOutdated: 1, rowsRejected: 0 });
  expect(rows()).toEqual({ b: [day(5), 2] });
});

describe('an event ahead of the clock', () => {
  const at = (hours: number) => BigInt(NOW + hours * HOUR) * 1000n;

  test('is written when its time has come, without a commit', async () => {
    const { delta, run, rows } = await newTable(SIZES, { now: NOW });
    await delta.append(['a', at(0), 1], ['a', at(2), 2], ['b', at(3), 3]);
    await run();
    expect(rows()).toEqual({ a: [at(0), 1] });
    expect(await run({ wakeUp: true }, { now: () => NOW + HOUR - 1 })).toMatchObject({ rowsWritten: 0, rowsRejected: 0 });
    expect(await run({ wakeUp: true }, { now: () => NOW + HOUR })).toMatchObject({ to: 1, rowsWritten: 1, rowsRejected: 1 });
    expect(rows()).toEqual({ a: [at(2), 2] });
    expect(await run({ wakeUp: true }, { now: () => NOW + 2 * HOUR })).toMatchObject({ to: 1, rowsWritten: 1, rowsUnchanged: 1 });
    expect(rows()).toEqual({ a: [at(2), 2], b: [at(3), 3] });
    expect(await run({ wakeUp: true }, { now: () => NOW + 99 * HOUR })).toMatchObject({ rowsWritten: 0, rowsUnchanged: 0 });
  });

  test('is written with later commits, and not if its file was removed', async () => {
    const { delta, run, rows } = await newTable(SIZES, { now: NOW });
    await delta.append(['a', at(2), 2]);
    await delta.append(['b', at(2), 3]);
    await run();
    await delta.delete(['b']);
    await delta.append(['c', at(0), 4]);
    expect(await run({ wakeUp: true }, { now: () => NOW + HOUR })).toMatchObject({ to: 4, rowsWritten: 2, rowsDeleted: 0 });
    expect(rows()).toEqual({ a: [at(2), 2], c: [at(0), 4] });
  });

  test('is not written if it was deleted before its time', async () => {
    const { delta, run, items } = await newTable(SIZES, { now: NOW });
    await delta.append(['a', at(2), 2]);
    await run();
    await delta.delete(['a']);
    expect(await run()).toMatchObject({ rowsDeleted: 0 });
    expect([...items.keys()]).toEqual(['%materialization']);
  });
});
