import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { appendRows } from '../../../lambda/delta/append-rows';
import { startDynalite, type TestStore } from '../../helpers/store';
import { HOUSES, type TableApp, tableApp } from '../../helpers/table-app';

let store: TestStore;
let app: TableApp;
beforeAll(async () => (store = await startDynalite()));
beforeEach(async () => (app = await tableApp(store, HOUSES, { mode: 'continuous', tombstoneSeconds: 3600 })));
afterAll(() => store.close());

/** A commit of another writer: houses of one time. */
async function append(...ids: (string | null)[]): Promise<void> {
  const columns = [ids, ids.map(() => 1704067200000000n), ids.map((_, i) => BigInt(i)), ids.map(() => null)];
  const slice = { rowCount: ids.length, columns };
  await appendRows(app.io, { rows: (async function* () { yield await Promise.resolve(slice); })() }); // prettier-ignore
}
const onlineIds = async (): Promise<string[]> => {
  const { stdout } = await app.run('query', '--online', '--format', 'csv');
  return stdout.split('\n').slice(1).map((line) => line.split(',')[0]!).sort(); // prettier-ignore
};

test('writes new commits online', async () => {
  expect(await app.run('materialize')).toMatchObject({ stdout: 'houses: no version is online', exitCode: 0 });
  await app.load('id,updated_at,rooms', 'a,2024-01-01T00:00:00Z,1');
  await app.run('materialize');
  await append('b', 'c');
  expect(await app.run('materialize')).toEqual({ stdout: 'houses: version 2 is online, 2 rows written', stderr: '', exitCode: 0 });
  expect(await app.run('materialize')).toEqual({ stdout: 'houses: version 2 is online', stderr: '', exitCode: 0 });
  expect(await onlineIds()).toEqual(['a', 'b', 'c']);
});

test('lists rejected rows, and writes the others', async () => {
  await app.load('id,updated_at,rooms', 'a,2024-01-01T00:00:00Z,1');
  await append('b', '', 'c');
  const { stdout, exitCode } = await app.run('materialize');
  expect(stdout.replace(/part-\S+/, '<file>')).toBe(
    ['houses: version 2 is online, 2 rows written, 1 rejected', `  <file> row 2, column 'id': expected a value, got: ""`].join('\n'),
  );
  expect(exitCode).toBe(1);
  expect(await onlineIds()).toEqual(['a', 'b', 'c']);
});

test('rolls back to an older version with --force, and pins it until the next run', async () => {
  await app.load('id,updated_at,rooms', 'a,2024-01-01T00:00:00Z,1');
  await append('b');
  await app.run('materialize');
  expect(await app.run('materialize', '--version', '1')).toEqual({
    stdout: '',
    stderr: 'version: expected 2, which is online, or a later one, got: 1; an older version needs `force`',
    exitCode: 1,
  });
  expect(await app.run('materialize', '--version', '1', '--force')).toMatchObject({
    stdout: 'houses: version 1 is online, 1 deleted\n  it is pinned: later versions wait until `tables materialize houses` is run',
    exitCode: 0,
  });
  expect(await onlineIds()).toEqual(['a']);
  expect((await app.run('describe')).stdout).toContain('pinned by hand: later versions wait until `tables materialize houses` is run');
  expect(await app.run('materialize')).toMatchObject({ stdout: 'houses: version 2 is online, 1 row written' });
});

test('fails to skip a version that did not stop it', async () => {
  await app.load('id,updated_at,rooms', 'a,2024-01-01T00:00:00Z,1');
  expect(await app.run('materialize', '--skip', '1')).toEqual({
    stdout: '',
    stderr: 'skip: expected the version that stopped the materialization (none), got: 1',
    exitCode: 1,
  });
});

test('says how to skip a version with a damaged file, which then works; with --force it is not skipped', async () => {
  await app.load('id,updated_at,rooms', 'a,2024-01-01T00:00:00Z,1');
  const before = readdirSync(app.folder);
  await append('b');
  const [added] = readdirSync(app.folder).filter((name) => !before.includes(name)) as [string];
  writeFileSync(join(app.folder, added), 'PAR1');
  await append('c');
  const { stdout, exitCode } = await app.run('materialize');
  expect({ stdout: stdout.replace(/of \d+/, 'of <n>'), exitCode }).toEqual({
    stdout: [
      'houses: version 1 is online',
      `  version 2 cannot be materialized: ${added}: expected a data file of <n> bytes, got: 4 bytes`,
      '  `tables materialize houses --skip 2` skips it',
    ].join('\n'),
    exitCode: 1,
  });
  expect((await app.run('materialize', '--version', '3', '--force')).stdout).not.toContain('--skip');
  expect(await app.run('materialize', '--skip', '2')).toEqual({
    stdout: 'houses: version 3 is online, 1 row written',
    stderr: '',
    exitCode: 0,
  });
  expect(await onlineIds()).toEqual(['a', 'c']);
});
