import type { TableSpec } from '../../../lib/contract/endpoint-spec';
import { dayOf as day, newMaterializedTable as newTable, SIZES } from '../../helpers/materialization';

const UNTIMED: TableSpec = { ...SIZES, timestampKey: undefined };

describe('changes are written', () => {
  test('appended rows: the latest of each key, late rows included', async () => {
    const { delta, run, rows } = await newTable();
    await delta.append(['a', day(1), 1], ['b', day(5), 2], ['a', day(2), 3]);
    expect(await run()).toMatchObject({ from: undefined, to: 1, rowsWritten: 2, rowsOlder: 1, rowsRejected: 0, isUnfinished: false });
    await delta.append(['a', day(3), 4], ['b', day(4), 5]);
    expect(await run()).toMatchObject({ from: 1, to: 2, rowsWritten: 1, rowsOlder: 1 });
    expect(rows()).toEqual({ a: [day(3), 4], b: [day(5), 2] });
  });

  test('only the latest row of each key of a history is written', async () => {
    const { delta, run, rows } = await newTable();
    for (const n of [3, 1, 2]) await delta.append(['a', day(n), n], ['b', day(10 - n), n]);
    expect(await run()).toMatchObject({ to: 3, rowsWritten: 2, rowsOlder: 4 });
    expect(rows()).toEqual({ a: [day(3), 3], b: [day(9), 1] });
  });

  test('rows are not written twice', async () => {
    const { delta, run, items } = await newTable();
    await delta.append(['a', day(1), 1]);
    await run();
    const before = new Map(items);
    expect(await run()).toMatchObject({ from: 1, to: 1, rowsWritten: 0, rowsUnchanged: 0 });
    expect(items).toEqual(before);
  });

  test('a row that replaces another', async () => {
    const { delta, run, rows } = await newTable();
    await delta.append(['a', day(1), 1], ['b', day(1), 2]);
    await run();
    await delta.upsert(['a', day(1), 7]);
    expect(await run()).toMatchObject({ rowsWritten: 1, rowsUnchanged: 1, rowsDeleted: 0 });
    expect(rows()).toEqual({ a: [day(1), 7], b: [day(1), 2] });
  });

  test('a deleted key is deleted, and an older event does not restore it', async () => {
    const { delta, run, rows, items } = await newTable();
    await delta.append(['a', day(5), 1], ['b', day(1), 2]);
    await run();
    await delta.delete(['a']);
    expect(await run()).toMatchObject({ rowsDeleted: 1 });
    expect(rows()).toEqual({ b: [day(1), 2] });
    expect(items.get('a')).toEqual({
      _key: { S: 'a' },
      _ts: { N: String(day(5)) },
      _v: { N: '2' },
      _deleted: { BOOL: true },
      _ttl: { N: String(Date.UTC(2024, 6, 1, 12) / 1000) },
    });
    await delta.append(['a', day(4), 3]);
    expect(await run()).toMatchObject({ rowsWritten: 0, rowsOlder: 1 });
    await delta.append(['a', day(6), 4]);
    expect(await run()).toMatchObject({ rowsWritten: 1 });
    expect(rows()).toEqual({ a: [day(6), 4], b: [day(1), 2] });
  });

  test('when the latest row of a key is deleted, the previous one is written', async () => {
    const { delta, run, rows, items } = await newTable();
    await delta.append(['a', day(1), 1]);
    await delta.append(['a', day(3), 3], ['a', day(2), 2]);
    await run();
    await delta.delete(['a', day(3)]);
    expect(await run()).toMatchObject({ rowsWritten: 1, rowsDeleted: 0 });
    expect(rows()).toEqual({ a: [day(2), 2] });
    expect(items.get('a')).toMatchObject({ _ts: { N: String(day(2)) } });
  });

  test('without a timestamp key the later version wins', async () => {
    const { delta, run, rows } = await newTable(UNTIMED);
    await delta.append(['a', 1], ['b', 1], ['c', 1]);
    await run();
    await delta.upsert(['a', 2]);
    expect(await run()).toMatchObject({ rowsWritten: 1, rowsUnchanged: 2 });
    await delta.delete(['b']);
    expect(await run()).toMatchObject({ rowsWritten: 0, rowsUnchanged: 2, rowsDeleted: 1 });
    expect(rows()).toEqual({ a: [2], c: [1] });
    await delta.append(['b', 3]);
    await run();
    expect(rows()).toEqual({ a: [2], b: [3], c: [1] });
  });
});
