import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { TableSpec } from '../../../lib/contract/endpoint-spec';
import { deleteFile } from '../../../bin/tables/delete-file';
import { loadFile } from '../../../bin/tables/load-file';
import { deleteText } from '../../../bin/tables/delete';
import { readTable } from '../../helpers/delta';
import { temporaryFile } from '../../helpers/files';
import { startDynalite, storeClient, storedItem, type TestStore } from '../../helpers/store';
import { HOUSES, type TableApp, tableApp } from '../../helpers/table-app';

let store: TestStore;
let client: DynamoDBClient;
let app: TableApp;
beforeAll(async () => {
  store = await startDynalite();
  client = storeClient(store);
});
beforeEach(async () => {
  app = await tableApp(store, HOUSES, { mode: 'continuous', tombstoneSeconds: 3600 });
  await app.load(
    'id,updated_at,rooms',
    'a,2024-01-01T00:00:00Z,1',
    'a,2024-01-02T00:00:00Z,2',
    'b,2024-01-01T00:00:00Z,3',
    'c,2024-01-01T00:00:00Z,4',
  );
});
afterAll(async () => {
  client.destroy();
  await store.close();
});

const keys = (...lines: string[]): string => temporaryFile('keys.csv', lines.join('\n'));
const stored = (key: string) => storedItem(client, app.online.name, key);

test('deletes all rows of the keys offline and online, and leaves tombstones that keep older rows away', async () => {
  const before = Date.now() / 1000;
  expect(await app.run('delete', keys('id,note', 'a,x', 'c,x'))).toEqual({
    stdout: 'houses: 3 rows deleted; version 2\n  online: 2 keys deleted',
    stderr: '',
    exitCode: 0,
  });
  expect((await readTable(app.folder)).rows.map(([id]) => id)).toEqual(['b']);
  const { _ttl, ...mark } = (await stored('a'))!;
  expect(mark).toEqual({ _key: { S: 'a' }, _ts: { N: '1704153600000000' }, _v: { N: '2' }, _deleted: { BOOL: true } });
  expect(Number(_ttl!.N) - before).toBeGreaterThan(3590);
  expect(Number(_ttl!.N) - before).toBeLessThan(3660);
  expect((await app.run('query', '--online', '--format', 'csv')).stdout).toBe('id,updated_at,rooms,price,_v\nb,2024-01-01T00:00:00Z,3,,1');

  const late = 'houses: 1 row written; version 3\n  online: 0 rows written, 1 older than the stored row';
  expect(await app.load('id,updated_at,rooms', 'a,2024-01-01T12:00:00Z,9')).toMatchObject({ stdout: late });
  expect(await app.load('id,updated_at,rooms', 'a,2024-01-02T00:00:00Z,2')).toMatchObject({ stdout: 'houses: 1 row written; version 4' });
  expect(await stored('a')).toMatchObject({ rooms: { N: '2' }, _v: { N: '4' } });
});

test('leaves the online store as materialization of that commit would', async () => {
  await app.run('delete', keys('id', 'a'));
  const mark = await stored('a');
  expect(await app.run('materialize')).toMatchObject({ exitCode: 0 });
  expect(await stored('a')).toEqual(mark);
  expect(await stored('b')).toMatchObject({ rooms: { N: '3' } });
});

test('without a timestamp key, the tombstone has the version that deleted the row', async () => {
  const latest = await tableApp(store, { ...HOUSES, timestampKey: undefined });
  await latest.load('id,rooms', 'a,1', 'b,2');
  expect(await latest.run('delete', keys('id', 'a'))).toMatchObject({
    stdout: 'houses: 1 row deleted; version 2\n  online: 1 key deleted',
  });
  const mark = await storedItem(client, latest.online.name, 'a');
  expect(mark).toMatchObject({ _ts: { N: '2' }, _v: { N: '2' }, _deleted: { BOOL: true } });
  await latest.run('materialize');
  expect(await storedItem(client, latest.online.name, 'a')).toEqual(mark);
});

test('counts keys that are not found, rejects rows without a valid key, and counts a repeated key once', async () => {
  expect(await app.run('delete', keys('id', 'a', 'z', '', '""', 'a'))).toEqual({
    stdout: [
      'houses: 2 rows deleted, 1 key not found, 1 rejected; version 2',
      '  online: 1 key deleted, 1 not found',
      '  keys.csv:5  column \'id\': expected a value, got: ""',
    ].join('\n'),
    stderr: '',
    exitCode: 1,
  });
});

test('deleting again makes no commit, and deletes rows that were still online', async () => {
  const file = keys('id', 'a', 'b');
  const options = {
    table: HOUSES,
    file,
    offline: app.io,
    online: app.online,
    tombstoneSeconds: 60,
    now: Date.now,
    secret: '01234567-89ab-cdef-0123-456789abcdef',
  };
  const failing = Object.assign(Object.create(app.online) as typeof app.online, {
    get: () => Promise.reject(new Error('the network is gone')),
  });
  await expect(deleteFile({ ...options, online: failing })).rejects.toThrow('the network is gone');
  expect(await stored('a')).toMatchObject({ rooms: { N: '2' } });
  expect(deleteText(await deleteFile(options))).toBe('houses: 0 rows deleted, 2 keys not found; version 2\n  online: 2 keys deleted');
  expect(deleteText(await deleteFile(options))).toBe(
    'houses: 0 rows deleted, 2 keys not found; version 2\n  online: 0 keys deleted, 2 not found',
  );
});

test('deletes from a table without an offline store', async () => {
  const table: TableSpec = { ...HOUSES, timestampKey: undefined };
  const { online } = await tableApp(store, table);
  const common = { table, online, now: Date.now, secret: '01234567-89ab-cdef-0123-456789abcdef' };
  await loadFile({ ...common, file: temporaryFile('a.csv', 'id,rooms\na,1\nb,2\n') });
  const report = await deleteFile({ ...common, file: keys('id', 'a', 'z'), tombstoneSeconds: 60 });
  expect(deleteText(report)).toBe('houses: 1 key deleted, 1 not found');
  expect(await storedItem(client, online.name, 'a')).toMatchObject({ _deleted: { BOOL: true } });
  expect(await storedItem(client, online.name, 'b')).toMatchObject({ rooms: { N: '2' } });
});

test('deletes online rows that were loaded before the table had an offline store', async () => {
  const { run, online } = await tableApp(store, HOUSES);
  const file = temporaryFile('a.csv', 'id,updated_at,rooms\na,2024-01-01T00:00:00Z,1\n');
  await loadFile({ table: HOUSES, online, file, now: Date.now, secret: '01234567-89ab-cdef-0123-456789abcdef' });
  expect(await run('delete', keys('id', 'a', 'b'))).toMatchObject({ stdout: 'houses: 1 key deleted, 1 not found', exitCode: 0 });
});

test('fails on a file without the key, and deletes nothing', async () => {
  expect(await app.run('delete', keys('name', 'a'))).toEqual({
    stdout: '',
    stderr:
      "keys.csv: expected a column 'id' for houses, because it is part of the primary key, got: none\nkeys.csv has the column 'name'\nnothing was written",
    exitCode: 1,
  });
  expect((await readTable(app.folder)).version).toBe(1);
});
