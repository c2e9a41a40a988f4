import { readSnapshot } from '../../../lambda/delta/snapshot';
import type { TableSpec } from '../../../lib/contract/endpoint-spec';
import { dayOf as day, newMaterializedTable, SIZES } from '../../helpers/materialization';
import { commitPath } from '../../helpers/memory-objects';

const NOW = Date.parse('2024-06-01T12:00:00Z');

/** A table in which `damage` takes the data files away that a version added. */
async function newTable(table?: TableSpec, options?: Parameters<typeof newMaterializedTable>[1]) {
  const made = await newMaterializedTable(table, options);
  const { store } = made;
  const filesOf = async (version: number) => (await readSnapshot(store, version)).files.filter((file) => file.version === version);
  return {
    ...made,
    damage: async (version: number) => {
      const files = await filesOf(version);
      const bytes = new Map(await Promise.all(files.map(async ({ path }) => [path, (await store.read(path))!] as const)));
      files.forEach(({ path }) => store.remove(path));
      return {
        path: files[0]!.path,
        size: files[0]!.size,
        repair: () => bytes.forEach((content, path) => void store.write(path, content)),
      };
    },
    change: async (version: number, edit: (text: string) => string) => {
      const path = commitPath(version);
      await store.write(path, Buffer.from(edit(Buffer.from((await store.read(path))!).toString())));
    },
  };
}

const missing = ({ path, size }: { path: string; size: number }) => `${path}: expected a data file of ${size} bytes, got: no file`;

describe('a data file that cannot be read', () => {
  test('stops its version: the versions before are online, and no row of it or of later versions', async () => {
    const { delta, run, rows, damage } = await newTable();
    for (const n of [1, 2, 3, 4, 5]) await delta.append([`k${n}`, day(n), n], ['a', day(n), n]);
    const damaged = await damage(3);
    const stopped = { version: 3, reason: missing(damaged), isSkippable: true, since: NOW };
    expect(await run()).toMatchObject({ from: undefined, to: 2, isUnfinished: false, stopped });
    expect(rows()).toEqual({ k1: [day(1), 1], k2: [day(2), 2], a: [day(2), 2] });
    expect(await run(undefined, { now: () => NOW + 1 })).toMatchObject({ from: 2, to: 2, rowsWritten: 0, stopped });
  });

  test('is read again after its repair', async () => {
    const { delta, run, rows, damage } = await newTable();
    await delta.append(['a', day(1), 1]);
    const damaged = await damage(1);
    await delta.append(['b', day(1), 1]);
    expect(await run()).toMatchObject({ to: 0, stopped: { version: 1 } });
    damaged.repair();
    expect(await run()).toMatchObject({ to: 2, stopped: undefined });
    expect(rows()).toEqual({ a: [day(1), 1], b: [day(1), 1] });
  });

  test('stops at the first of two damaged versions', async () => {
    const { delta, run, damage } = await newTable();
    for (const n of [1, 2, 3, 4, 5, 6]) await delta.append(['a', day(n), n]);
    await damage(5);
    const damaged = await damage(2);
    expect(await run()).toMatchObject({ to: 1, stopped: { version: 2, reason: missing(damaged) } });
  });

  test('does not stop a later version without it', async () => {
    const { delta, run, rows, damage } = await newTable();
    await delta.append(['a', day(1), 1]);
    await delta.append(['b', day(1), 2]);
    await delta.delete(['b']);
    await damage(2);
    expect(await run()).toMatchObject({ to: 3, stopped: undefined });
    expect(rows()).toEqual({ a: [day(1), 1] });
  });

  test("stops a version that needs an old file to find a key's previous row; then only that file is skipped", async () => {
    const { delta, run, rows, damage } = await newTable();
    await delta.append(['a', day(1), 1]);
    await delta.append(['b', day(1), 2]);
    await run();
    const damaged = await damage(1);
    await delta.append(['c', day(1), 3]);
    expect(await run()).toMatchObject({ to: 3, rowsWritten: 1, stopped: undefined });
    await delta.delete(['b']);
    expect(await run()).toMatchObject({ to: 3, stopped: { version: 4, reason: missing(damaged) } });
    expect(await run({ skip: 4 })).toMatchObject({ to: 4, rowsDeleted: 1, stopped: undefined });
    expect(Object.keys(rows())).toEqual(['a', 'c']);
  });
});

describe('a data file that takes too long to read', () => {
  const MINUTES = 60_000;

  /** A table with a good version, one whose file does not come to an end, and a good one. */
  async function newHangingTable() {
    const made = await newTable();
    const { delta, store } = made;
    for (const n of [1, 2, 3]) await delta.append([`k${n}`, day(n), n]);
    const { path } = (await readSnapshot(store, 2)).files.find((file) => file.version === 2)!;
    const { readRange } = store;
    let reached: () => void = () => undefined;
    let reads = 0;
    store.readRange = (name, start, end) => {
      if (name !== path) return readRange.call(store, name, start, end);
      reads++;
      reached();
      return new Promise(() => undefined);
    };
    const wakeUp = (minute: number) => {
      const now = NOW + minute * MINUTES;
      return made.run({ wakeUp: true }, { now: () => now, deadline: now + 13 * MINUTES });
    };
    return {
      ...made,
      path,
      reads: () => reads,
      wakeUp,
      /** Starts a run, which dies at the file. */
      async die(minute: number) {
        const hangs = new Promise<void>((resolve) => (reached = resolve));
        void wakeUp(minute);
        await hangs;
      },
      repair: () => void (store.readRange = readRange),
    };
  }

  test('stops its version when two runs have died of it, and is not read again', async () => {
    const { wakeUp, die, rows, path, reads, run } = await newHangingTable();
    await die(0);
    await die(20);
    const reason = `${path}: expected to read it within 10 minutes, got: two runs that did not end`;
    const stopped = { version: 2, reason, isSkippable: true };
    expect(await wakeUp(40)).toMatchObject({ to: 1, stopped });
    expect(await wakeUp(60)).toMatchObject({ to: 1, stopped });
    expect(reads()).toBe(2);
    expect(rows()).toEqual({ k1: [day(1), 1] });
    expect(await run({ skip: 2 })).toMatchObject({ to: 3, stopped: undefined });
    expect(rows()).toEqual({ k1: [day(1), 1], k3: [day(3), 3] });
  });

  test('is read again when a materialization is requested by hand', async () => {
    const { wakeUp, die, repair, run, rows } = await newHangingTable();
    await die(0);
    await die(20);
    expect(await wakeUp(40)).toMatchObject({ to: 1 });
    repair();
    expect(await run()).toMatchObject({ to: 3, stopped: undefined });
    expect(Object.keys(rows())).toEqual(['k1', 'k2', 'k3']);
  });

  test('stops nothing if the next run can read it', async () => {
    const { wakeUp, die, repair } = await newHangingTable();
    await die(0);
    repair();
    expect(await wakeUp(20)).toMatchObject({ to: 3, stopped: undefined });
  });

  test('is not blamed for the death of a run that is still alive, or that failed for another reason', async () => {
    const { wakeUp, die, repair, store } = await newHangingTable();
    await die(0);
    await die(10);
    repair();
    const { read } = store;
    store.read = () => Promise.reject(new Error('S3 is gone'));
    await expect(wakeUp(40)).rejects.toThrow('S3 is gone');
    store.read = read;
    expect(await wakeUp(60)).toMatchObject({ to: 3, stopped: undefined });
  });

  test('stops its version after ten minutes', async () => {
    const { delta, store, run } = await newTable();
    await delta.append(['a', day(1), 1]);
    let now = NOW;
    const { readRange } = store;
    store.readRange = (...range) => {
      now += 11 * MINUTES;
      return readRange.apply(store, range);
    };
    const { path } = (await readSnapshot(store)).files[0]!;
    expect(await run({ wakeUp: true }, { now: () => now, deadline: NOW + 100 * MINUTES })).toMatchObject({
      stopped: { version: 1, reason: `${path}: expected to read it within 10 minutes, got: more` },
    });
  });

  test('does not stop many files, which several runs read', async () => {
    const { delta, store, run, rows } = await newTable();
    for (const n of [1, 2, 3]) await delta.append([`k${n}`, day(n), n]);
    const { readRange } = store;
    const names = new Set<string>();
    store.readRange = (name, ...range) => {
      names.add(name);
      return readRange.call(store, name, ...range);
    };
    // the deadline passes at the second file
    const next = () => {
      names.clear();
      return run({ wakeUp: true }, { now: () => NOW + (names.size < 2 ? 0 : 2), deadline: NOW + 1 });
    };
    expect(await next()).toMatchObject({ to: undefined, rowsWritten: 0, isUnfinished: true });
    await delta.append(['k4', day(4), 4]);
    expect(await next()).toMatchObject({ to: undefined, rowsWritten: 0, isUnfinished: true });
    let runs = 2;
    for (let report = await next(); report.isUnfinished; report = await next()) expect(++runs).toBeLessThan(12);
    expect(Object.keys(rows())).toEqual(['k1', 'k2', 'k3', 'k4']);
  });
});

describe('a log or a schema that cannot be read', () => {
  test.each<[string, (text: string) => string, string]>([
    ['a torn commit', (text) => text.slice(0, -20), '_delta_log/00000000000000000002.json: line 2: expected a JSON object'],
    [
      'a newer protocol',
      (text) => `${text}{"protocol":{"minReaderVersion":9,"minWriterVersion":9}}\n`,
      'expected a minReaderVersion up to 3, got: 9',
    ],
  ])('%s stops its version', async (_, edit, reason) => {
    const { delta, run, rows, change } = await newTable();
    await delta.append(['a', day(1), 1]);
    await delta.append(['a', day(2), 2]);
    await change(2, edit);
    expect(await run()).toMatchObject({ to: 1, stopped: { version: 2, reason: expect.stringContaining(reason), isSkippable: false } });
    expect(rows()).toEqual({ a: [day(1), 1] });
  });

  test('a column of another type stops its version', async () => {
    const { delta, run, rows, change } = await newTable();
    await delta.append(['a', day(1), 1]);
    await delta.append(['a', day(2), 2]);
    const schema = '{\\"name\\":\\"size\\",\\"type\\":\\"string\\",\\"nullable\\":true,\\"metadata\\":{}}';
    const fields = ['id', 'at'].map((name) => `{\\"name\\":\\"${name}\\",\\"type\\":\\"${name === 'id' ? 'string' : 'timestamp'}\\",\\"nullable\\":true,\\"metadata\\":{}}`); // prettier-ignore
    const metaData = `{"metaData":{"id":"x","schemaString":"{\\"type\\":\\"struct\\",\\"fields\\":[${[...fields, schema].join(',')}]}","partitionColumns":[],"configuration":{},"format":{"provider":"parquet","options":{}}}}`;
    await change(2, (text) => `${text}${metaData}\n`);
    expect(await run()).toMatchObject({
      to: 1,
      stopped: { version: 2, reason: "column 'size': expected integer, got: string", isSkippable: true },
    });
    expect(rows()).toEqual({ a: [day(1), 1] });
  });

  test('a gap in the log stops at the missing version', async () => {
    const { delta, run, store } = await newTable();
    await delta.append(['a', day(1), 1]);
    await delta.append(['a', day(2), 2]);
    await delta.append(['a', day(3), 3]);
    await run({ version: 1 });
    store.remove(commitPath(2));
    expect(await run()).toMatchObject({
      from: 1,
      to: 1,
      stopped: { version: 2, reason: expect.stringMatching(/^expected commit 2 or /), isSkippable: false },
    });
  });
});

describe('a version that is skipped by hand', () => {
  test('its files are not read, and later versions are materialized', async () => {
    const { delta, run, rows, damage } = await newTable();
    for (const n of [1, 2, 3]) await delta.append([`k${n}`, day(n), n]);
    await damage(2);
    await run();
    expect(await run({ skip: 2 })).toMatchObject({ from: 1, to: 3, rowsWritten: 1, stopped: undefined });
    expect(rows()).toEqual({ k1: [day(1), 1], k3: [day(3), 3] });
    await delta.delete(['k1']);
    expect(await run()).toMatchObject({ to: 4, rowsDeleted: 1, stopped: undefined });
    expect(rows()).toEqual({ k3: [day(3), 3] });
  });

  test('may be the first version', async () => {
    const { delta, run, rows, damage } = await newTable();
    await delta.append(['a', day(1), 1]);
    await damage(1);
    await delta.append(['b', day(2), 2]);
    await run();
    expect(await run({ skip: 1 })).toMatchObject({ from: 0, to: 2, stopped: undefined });
    expect(rows()).toEqual({ b: [day(2), 2] });
  });

  test('rows that it removed stay until its files are removed, then all rows are compared', async () => {
    const { delta, run, rows, damage, store } = await newTable();
    await delta.append(['a', day(1), 1], ['b', day(1), 2], ['c', day(1), 3]);
    await run();
    await delta.delete(['b']); // a file with a and c in the place of one with all three
    const damaged = await damage(2);
    await run();
    expect(await run({ skip: 2 })).toMatchObject({ from: 1, to: 2, rowsDeleted: 0 });
    expect(Object.keys(rows())).toEqual(['a', 'b', 'c']);
    await delta.append(['d', day(1), 4]);
    expect(await run()).toMatchObject({ to: 3, rowsWritten: 1, rowsDeleted: 0 });
    damaged.repair();
    await delta.upsert(['a', day(1), 7]);
    store.remove(damaged.path);
    expect(await run()).toMatchObject({ to: 4, rowsWritten: 1, rowsDeleted: 1, stopped: undefined });
    expect(rows()).toEqual({ a: [day(1), 7], c: [day(1), 3], d: [day(1), 4] });
  });

  test.each([
    [undefined, 'none'],
    [2, '2'],
  ])('fails when another version stopped it, or none', async (damaged, stopping) => {
    const { delta, run, damage } = await newTable();
    for (const n of [1, 2, 3]) await delta.append(['a', day(n), n]);
    if (damaged !== undefined) await damage(damaged);
    await run();
    await expect(run({ skip: 3 })).rejects.toMatchObject({
      name: 'Refusal',
      message: `skip: expected the version that stopped the materialization (${stopping}), got: 3`,
    });
  });

  test('fails when its log cannot be read', async () => {
    const { delta, run, change } = await newTable();
    await delta.append(['a', day(1), 1]);
    await change(1, (text) => `${text}{"protocol":{"minReaderVersion":9,"minWriterVersion":9}}\n`);
    await run();
    await expect(run({ skip: 1 })).rejects.toMatchObject({
      name: 'Refusal',
      message: 'skip: expected a version whose log can be read, got: expected a minReaderVersion up to 3, got: 9',
    });
  });
});

describe('a snapshot that cannot be read', () => {
  test('skips only the file if an older version added it', async () => {
    const { delta, run, rows, damage } = await newTable(SIZES, { mode: 'snapshot' });
    await delta.append(['a', day(1), 1]);
    await delta.append(['b', day(1), 2]);
    await run();
    const damaged = await damage(1);
    await delta.append(['c', day(1), 3]);
    expect(await run()).toMatchObject({ to: 2, stopped: { version: 3, reason: missing(damaged) } });
    expect(await run({ skip: 3 })).toMatchObject({ to: 3, rowsWritten: 1, rowsDeleted: 0, stopped: undefined });
    expect(Object.keys(rows())).toEqual(['a', 'b', 'c']);
  });
});
