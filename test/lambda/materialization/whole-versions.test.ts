import { readSnapshot } from '../../../lambda/delta/snapshot';
import { createOnlineWriter } from '../../../lambda/online/writer';
import type { TableSpec } from '../../../lib/contract/endpoint-spec';
import { FeatureDelta } from '../../helpers/feature-delta';
import { dayOf as day, materializedTable, newMaterializedTable as newTable, SIZES } from '../../helpers/materialization';
import { commitPath, memoryObjects, MODIFIED } from '../../helpers/memory-objects';

const UNTIMED: TableSpec = { ...SIZES, timestampKey: undefined };

describe('a snapshot', () => {
  test('writes all rows and deletes the others; unchanged rows cost no write', async () => {
    const { delta, run, rows, items } = await newTable(SIZES, { mode: 'snapshot' });
    await delta.append(['a', day(1), 1], ['b', day(1), 2], ['c', day(1), 3]);
    expect(await run()).toMatchObject({ to: 1, rowsWritten: 3 });
    const before = [...items].filter(([key]) => key !== '%materialization');
    expect(await run()).toMatchObject({ to: 1, rowsWritten: 0, rowsUnchanged: 3, rowsDeleted: 0 });
    expect([...items].filter(([key]) => key !== '%materialization')).toEqual(before);
    await delta.delete(['b']);
    await delta.upsert(['a', day(1), 9]);
    expect(await run()).toMatchObject({ to: 3, rowsWritten: 1, rowsUnchanged: 1, rowsDeleted: 1 });
    expect(rows()).toEqual({ a: [day(1), 9], c: [day(1), 3] });
  });

  test('writes the previous row of a key whose latest row was removed', async () => {
    const { delta, run, rows } = await newTable(SIZES, { mode: 'snapshot' });
    await delta.append(['a', day(1), 1], ['a', day(2), 2]);
    await run();
    await delta.delete(['a', day(2)]);
    expect(await run()).toMatchObject({ rowsWritten: 1, rowsDeleted: 0 });
    expect(rows()).toEqual({ a: [day(1), 1] });
  });

  test.each<[string, TableSpec, unknown[][], unknown[]]>([
    ['of two rows with one key and event time', SIZES, [['a', day(1), 1], ['a', day(1), 2]], [day(1), 1]], // prettier-ignore
    ['of two rows with one key, without a timestamp key,', UNTIMED, [['a', 1], ['a', 2]], [1]], // prettier-ignore
  ])('%s brings the one before back where the later is gone', async (_, table, [first, second], left) => {
    const { delta, run, rows, store } = await newTable(table, { mode: 'snapshot' });
    await delta.append(first!);
    await delta.append(second!);
    await run();
    // as a delete by another writer that tells the two apart by their features
    const { path } = (await readSnapshot(store)).files.find(({ version }) => version === 2)!;
    await store.write(commitPath(3), Buffer.from(`${JSON.stringify({ remove: { path, dataChange: true, deletionTimestamp: 0 } })}\n`));
    expect(await run()).toMatchObject({ to: 3, rowsWritten: 1, rowsDeleted: 0 });
    expect(rows()).toEqual({ a: left });
    expect(await run()).toMatchObject({ rowsWritten: 0, rowsUnchanged: 1 });
  });

  test('without a timestamp key', async () => {
    const { delta, run, rows } = await newTable(UNTIMED, { mode: 'snapshot' });
    await delta.append(['a', 1], ['b', 2]);
    await run();
    await delta.delete(['b']);
    await delta.append(['c', 3]);
    expect(await run()).toMatchObject({ rowsWritten: 1, rowsUnchanged: 1, rowsDeleted: 1 });
    expect(rows()).toEqual({ a: [1], c: [3] });
  });

  test('leaves rows that were loaded without the offline store, and later ones of the same keys', async () => {
    const { delta, run, rows, online } = await newTable(SIZES, { mode: 'snapshot' });
    await delta.append(['a', day(1), 1], ['b', day(1), 1]);
    await run();
    const write = createOnlineWriter({ table: SIZES, online, version: 0, force: false, now: () => Date.UTC(2024, 5, 1) });
    await write({ key: 'b', eventTime: day(2), features: [7] });
    await write({ key: 'z', eventTime: day(2), features: [8] });
    expect(await run()).toMatchObject({ rowsWritten: 0, rowsOlder: 1, rowsUnchanged: 1, rowsDeleted: 0 });
    expect(rows()).toEqual({ a: [day(1), 1], b: [day(2), 7], z: [day(2), 8] });
  });
});

describe('all rows are compared', () => {
  /** A table of three versions, of which the first two are online; the third rewrites a file and deletes a key. */
  async function withThirdVersion() {
    const made = await newTable();
    await made.delta.append(['a', day(1), 1], ['b', day(1), 2], ['c', day(1), 3]);
    await made.delta.append(['d', day(1), 4]);
    await made.run();
    await made.delta.delete(['b']);
    return made;
  }
  const AFTER = { a: [day(1), 1], c: [day(1), 3], d: [day(1), 4] };

  test('after a vacuum deleted the removed files', async () => {
    const { run, rows, store } = await withThirdVersion();
    const present = new Set((await readSnapshot(store)).files.map(({ path }) => path));
    for (const path of store.paths())
      if (path.endsWith('.parquet') && !path.startsWith('_delta_log') && !present.has(path)) store.remove(path);
    expect(await run()).toMatchObject({ from: 2, to: 3, rowsWritten: 0, rowsDeleted: 1, stopped: undefined });
    expect(rows()).toEqual(AFTER);
  });

  test('when the log no longer has the online version', async () => {
    const { delta, run, rows, store } = await withThirdVersion();
    for (let n = 4; n <= 12; n++) await delta.append([`k${n}`, day(1), n]);
    expect(store.paths()).toContain('_delta_log/00000000000000000010.checkpoint.parquet');
    for (let version = 0; version < 10; version++) store.remove(commitPath(version));
    expect(await run()).toMatchObject({ from: 2, to: 12, rowsWritten: 9, rowsUnchanged: 3, rowsDeleted: 1, stopped: undefined });
    expect(rows()).toEqual({ ...AFTER, ...Object.fromEntries([4, 5, 6, 7, 8, 9, 10, 11, 12].map((n) => [`k${n}`, [day(1), n]])) });
  });

  test('when the online store has rows and no state', async () => {
    const { run, rows, items } = await withThirdVersion();
    items.delete('%materialization');
    expect(await run()).toMatchObject({ from: undefined, to: 3, rowsWritten: 0, rowsUnchanged: 3, rowsDeleted: 1 });
    expect(rows()).toEqual(AFTER);
  });

  test('when the columns of the feature table have changed', async () => {
    const { store, delta, items, run } = await newTable();
    await delta.append(['a', day(1), 1]);
    await run();
    const lasting = { ...SIZES, timeToLiveSeconds: 365 * 86_400 };
    const again = materializedTable(store, lasting, { items });
    expect(await again.run()).toMatchObject({ from: 1, to: 1, rowsWritten: 1 });
    expect(items.get('a')).toMatchObject({ _ttl: { N: String(day(366) / 1_000_000n) } });
    expect(await again.run()).toMatchObject({ rowsWritten: 0, rowsUnchanged: 0 });
  });
});

describe('an older version, by force', () => {
  test('is online exactly, and stays until the latest is requested', async () => {
    const { delta, run, rows, items } = await newTable();
    await delta.append(['a', day(1), 1], ['b', day(1), 2], ['gone', day(1), 3]);
    await delta.append(['a', day(2), 4], ['new', day(2), 5]);
    await delta.upsert(['b', day(1), 6]);
    await delta.delete(['gone']);
    await run();
    expect(rows()).toEqual({ a: [day(2), 4], b: [day(1), 6], new: [day(2), 5] });

    expect(await run({ version: 1, force: true })).toMatchObject({ from: 4, to: 1, isPinned: true, rowsWritten: 3, rowsDeleted: 1 });
    expect(rows()).toEqual({ a: [day(1), 1], b: [day(1), 2], gone: [day(1), 3] });
    expect(items.has('new')).toBe(false);
    await delta.append(['later', day(3), 7]);
    expect(await run({ wakeUp: true })).toMatchObject({ to: 1, isPinned: true, rowsWritten: 0 });

    expect(await run()).toMatchObject({ from: 1, to: 5, isPinned: false });
    expect(rows()).toEqual({ a: [day(2), 4], b: [day(1), 6], new: [day(2), 5], later: [day(3), 7] });
    expect(await run({ wakeUp: true })).toMatchObject({ to: 5, isPinned: false });
  });

  test('replaces rows that were loaded without the offline store', async () => {
    const { delta, run, rows, online } = await newTable();
    await delta.append(['a', day(1), 1]);
    await run();
    const write = createOnlineWriter({ table: SIZES, online, version: 0, force: false, now: () => Date.UTC(2024, 5, 1) });
    await write({ key: 'a', eventTime: day(2), features: [7] });
    await write({ key: 'z', eventTime: day(2), features: [8] });
    expect(await run({ force: true })).toMatchObject({ from: 1, to: 1, isPinned: false, rowsWritten: 1, rowsDeleted: 1 });
    expect(rows()).toEqual({ a: [day(1), 1] });
  });

  test.each([
    [{ version: 1 }, 'version: expected 2, which is online, or a later one, got: 1; an older version needs `force`'],
    [{ version: 3 }, 'version: expected a number from 0 to 2, got: 3'],
    [{ version: 1.5, force: true }, 'version: expected a number from 0 to 2, got: 1.5'],
    [{ version: -1, force: true }, 'version: expected a number from 0 to 2, got: -1'],
  ])('fails on %j', async (options, message) => {
    const { delta, run } = await newTable();
    await delta.append(['a', day(1), 1]);
    await delta.append(['a', day(2), 1]);
    await run();
    await expect(run(options)).rejects.toMatchObject({ name: 'Refusal', message });
  });
});

describe('a new table in place of the online one', () => {
  async function replaced() {
    const { delta, run, items } = await newTable();
    await delta.append(['a', day(9), 1], ['b', day(9), 2]);
    await run();
    const other = await new FeatureDelta(memoryObjects({}, MODIFIED + 1), SIZES).create();
    await other.append(['a', day(1), 5], ['c', day(1), 6]);
    return { other, id: (await readSnapshot(delta.store)).metadata.id, ...materializedTable(other.store, SIZES, { items }) };
  }

  test('stops the materialization', async () => {
    const { other, id, run } = await replaced();
    const found = (await readSnapshot(other.store)).metadata.id;
    const reason = `expected the table ${id}, got: ${found} in its place; to replace the online rows, run \`cdk-ml-serving tables materialize sizes --force\``;
    expect(await run()).toMatchObject({ to: 1, stopped: { version: 1, reason, isSkippable: false } });
  });

  test('is written by force', async () => {
    const { other, run, rows } = await replaced();
    expect(await run({ force: true })).toMatchObject({ to: 1, rowsDeleted: 1, isPinned: false, stopped: undefined });
    expect(rows()).toEqual({ a: [day(1), 5], c: [day(1), 6] });
    await other.append(['d', day(1), 7]);
    expect(await run()).toMatchObject({ from: 1, to: 2, rowsWritten: 1 });
  });

  test('stops the materialization, too, if it has fewer versions', async () => {
    const { delta, run, items } = await newTable();
    for (const n of [1, 2, 3]) await delta.append(['a', day(n), n]);
    await run();
    const other = await new FeatureDelta(memoryObjects(), SIZES).create();
    expect(await materializedTable(other.store, SIZES, { items }).run()).toMatchObject({
      to: 3,
      stopped: {
        version: 0,
        reason:
          'expected version 3, which is online, or a later one, got: 0; to replace the online rows, run `cdk-ml-serving tables materialize sizes --force`',
        isSkippable: false,
      },
    });
  });
});
