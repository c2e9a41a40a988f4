import { startDynalite, type TestStore } from '../../helpers/store';
import { HOUSES, type TableApp, tableApp } from '../../helpers/table-app';

const CLICKS = {
  name: 'clicks',
  primaryKey: [{ name: 'user', type: 'long' }, { name: 'day', type: 'date' }],
  features: [{ name: 'clicks', type: 'integer', nullable: true }],
} as const; // prettier-ignore

let store: TestStore;
let app: TableApp;
beforeAll(async () => {
  store = await startDynalite();
  app = await tableApp(store, HOUSES);
  await app.load(
    'id,updated_at,rooms,price',
    'b,2024-01-01T00:00:00Z,3,',
    'a,2024-01-02T00:00:00.5Z,9007199254740993,0.5',
    'a,2024-01-01T00:00:00Z,1,',
  );
  await app.load('id,updated_at,rooms', 'c,2024-01-01T00:00:00Z,4', 'a,2024-01-03T00:00:00Z,2');
});
afterAll(() => store.close());

const lines = async (...args: string[]): Promise<string[]> => (await app.run('query', ...args)).stdout.split('\n');

test('prints the latest row of each key', async () => {
  expect(await lines()).toEqual([
    'id  updated_at            rooms  price',
    'a   2024-01-03T00:00:00Z      2',
    'b   2024-01-01T00:00:00Z      3',
    'c   2024-01-01T00:00:00Z      4',
  ]);
});

test('prints the row of a key at a version or a time', async () => {
  expect(await lines('--key', 'id=a', '--format', 'jsonl')).toEqual([
    '{"id":"a","updated_at":"2024-01-03T00:00:00Z","rooms":2,"price":null}',
  ]);
  const before = ['id,updated_at,rooms,price', 'a,2024-01-02T00:00:00.5Z,9007199254740993,0.5'];
  expect(await lines('-k', 'id=a', '--version', '1', '-f', 'csv')).toEqual(before);
  expect(await lines('-k', 'id=c', '--at', '2099-01-01T00:00:00+01:00', '-f', 'csv')).toHaveLength(2);
});

test('says that there is no row, or no such version', async () => {
  expect(await app.run('query', '--key', 'id=z')).toEqual({ stdout: '', stderr: 'no rows', exitCode: 0 });
  expect(await app.run('query', '--version', '0')).toEqual({ stdout: '', stderr: 'no rows', exitCode: 0 });
  expect(await app.run('query', '--version', '7')).toEqual({ stdout: '', stderr: 'expected a version from 0 to 2, got: 7', exitCode: 1 });
  expect(await app.run('query', '--at', '2020-01-01T00:00:00Z')).toEqual({
    stdout: '',
    stderr: 'expected a time at which the table existed, got: 2020-01-01T00:00:00.000Z; the first commit in the log is version 0',
    exitCode: 1,
  });
});

test('prints rows up to the limit, and says that there are more', async () => {
  const { stdout, stderr } = await app.run('query', '--limit', '2', '--format', 'csv');
  expect(stdout.split('\n').slice(1).map((line) => line[0])).toEqual(['a', 'b']); // prettier-ignore
  expect(stderr).toBe('there are more keys; print more with --limit');
  expect((await app.run('query', '--limit', '3')).stderr).toBe('');
});

test('prints rows of the online store, with their versions', async () => {
  expect((await lines('--online', '--format', 'csv')).sort()).toEqual([
    'a,2024-01-03T00:00:00Z,2,,2',
    'b,2024-01-01T00:00:00Z,3,,1',
    'c,2024-01-01T00:00:00Z,4,,2',
    'id,updated_at,rooms,price,_v',
  ]);
  expect(await lines('--online', '--key', 'id=b', '--format', 'jsonl')).toEqual([
    '{"id":"b","updated_at":"2024-01-01T00:00:00Z","rooms":3,"price":null,"_v":1}',
  ]);
  expect(await lines('--online', '--limit', '1')).toHaveLength(2);
  await app.run('materialize');
  expect(await lines('--online')).toHaveLength(4);
});

test('takes a key of several columns', async () => {
  const clicks = await tableApp(store, CLICKS);
  await clicks.load('user,day,clicks', '9223372036854775807,2024-02-29,1', '9223372036854775807,2024-03-01,2');
  const key = ['--key', 'day=2024-02-29', '--key', 'user=9223372036854775807'];
  expect((await clicks.run('query', ...key)).stdout).toBe(
    '               user  day         clicks\n9223372036854775807  2024-02-29       1',
  );
  expect((await clicks.run('query', '--online', ...key)).stdout).toMatch(/\n9223372036854775807 {2}2024-02-29 {7}1 {3}1$/);
});

test.each([
  [['--key', 'day=2024-02-29'], "--key: expected 'user' and 'day' of clicks, got: day"],
  [['--key', 'user=1', '--key', 'clicks=1'], "--key: expected 'user' and 'day' of clicks, got: user, clicks"],
  [['--key', 'user=1.5', '--key', 'day=2024-02-29'], `--key: column 'user': expected a whole number from -2^63 to 2^63-1, got: "1.5"`],
  [['--key', 'user=1', '--key', 'day=2024-02-30'], `--key: column 'day': expected a date as YYYY-MM-DD, got: "2024-02-30"`],
])('fails on %j', async (key, stderr) => {
  const clicks = await tableApp(store, CLICKS);
  expect(await clicks.run('query', ...key)).toEqual({ stdout: '', stderr, exitCode: 1 });
});

test('fails if nothing was written yet', async () => {
  const empty = await tableApp(store, CLICKS);
  const stderr = `expected a Delta Lake table in ${empty.folder}, got: none; \`tables load\` creates it`;
  expect(await empty.run('query')).toEqual({ stdout: '', stderr, exitCode: 1 });
  expect(await empty.run('history')).toEqual({ stdout: '', stderr, exitCode: 1 });
  expect(await empty.run('query', '--online')).toEqual({ stdout: '', stderr: 'no rows', exitCode: 0 });
});
