import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadFile, type LoadOptions } from '../../../bin/tables/load-file';
import { reportText } from '../../../bin/tables/report-text';
import { addColumns } from '../../../lambda/delta/add-columns';
import { appendRows } from '../../../lambda/delta/append-rows';
import { FolderStore } from '../../../lambda/stores/folder-store';
import { tableWriterIo } from '../../../lambda/delta/writer-io';
import type { TableSpec } from '../../../lib/contract/endpoint-spec';
import { readTable } from '../../helpers/delta';
import { temporaryFile, temporaryFolder } from '../../helpers/files';
import { createOnlineTable, onlineTable, startDynalite, storeClient, storedItem, type TestStore } from '../../helpers/store';

const HOUSES: TableSpec = {
  name: 'houses',
  primaryKey: [{ name: 'id', type: 'string' }],
  timestampKey: { name: 'updated_at', type: 'timestamp' },
  features: [{ name: 'rooms', type: 'long' }, { name: 'price', type: 'double', nullable: true }],
}; // prettier-ignore

let store: TestStore;
let client: DynamoDBClient;
let tables = 0;
beforeAll(async () => {
  store = await startDynalite();
  client = storeClient(store);
});
afterAll(async () => {
  client.destroy();
  await store.close();
});

async function newTable(table: TableSpec = HOUSES) {
  const tableName = `table_${tables++}`;
  await createOnlineTable(client, tableName);
  const folder = join(temporaryFolder(), 'houses');
  const offline = tableWriterIo(new FolderStore(folder));
  const options = { table, offline, online: onlineTable(store, tableName), now: Date.now, secret: '01234567-89ab-cdef-0123-456789abcdef' };
  return {
    folder,
    offline,
    load: async (file: string, more: Partial<LoadOptions> = {}) => reportText(await loadFile({ ...options, file, ...more })),
    rows: async () => (await readTable(folder, undefined, ['id', 'updated_at'])).rows,
    files: () => readdirSync(folder, { recursive: true }).sort(),
    stored: (key: string) => storedItem(client, tableName, key),
  };
}
const csv = (name: string, ...lines: string[]) => temporaryFile(name, ['id,updated_at,rooms,price', ...lines].join('\n'));

test('the first load creates the Delta Lake table, and writes all rows in one commit', async () => {
  const { folder, load, rows, stored } = await newTable();
  const file = csv(
    'a.csv',
    'a,2024-01-01T00:00:00Z,9007199254740993,0.5',
    'a,2024-01-02T00:00:00.000001Z,2,NaN',
    'b,2024-01-01T00:00:00Z,,',
  );
  expect(await load(file)).toBe('houses: 3 rows written; version 1');
  expect(await rows()).toEqual([
    ['a', '2024-01-01T00:00:00.000000Z', '9007199254740993', 0.5],
    ['a', '2024-01-02T00:00:00.000001Z', 2, null],
    ['b', '2024-01-01T00:00:00.000000Z', null, null],
  ]);
  expect(await readTable(folder, 0)).toMatchObject({ columns: ['id', 'updated_at', 'rooms', 'price'], rows: [] });
  expect(await stored('a')).toEqual({ _key: { S: 'a' }, _ts: { N: '1704153600000001' }, _v: { N: '1' }, rooms: { N: '2' } });
  expect(await stored('b')).toEqual({ _key: { S: 'b' }, _ts: { N: '1704067200000000' }, _v: { N: '1' } });
});

test('loading the same file again changes nothing, offline or online', async () => {
  const { load, files, stored } = await newTable();
  const file = csv('a.csv', 'a,2024-01-01T00:00:00Z,1,0.5', 'b,2024-01-01T00:00:00Z,2,');
  await load(file);
  const before = [files(), await stored('a'), await stored('b')];
  expect(await load(file)).toBe('houses: 0 rows written, 2 unchanged; version 1');
  expect([files(), await stored('a'), await stored('b')]).toEqual(before);
});

test('rows that the store already has keep their version', async () => {
  const { load, stored } = await newTable();
  const file = csv('a.csv', 'a,2024-01-01T00:00:00Z,1,0.5');
  await load(file);
  await load(csv('b.csv', 'b,2024-01-01T00:00:00Z,2,'));
  expect(await load(file)).toBe('houses: 0 rows written, 1 unchanged; version 2');
  expect(await stored('a')).toMatchObject({ _v: { N: '1' } });
});

test('a corrected file writes new and changed rows, with the version of that commit', async () => {
  const { load, rows, stored } = await newTable();
  await load(csv('a.csv', 'a,2024-01-01T00:00:00Z,1,0.5', 'b,2024-01-01T00:00:00Z,2,'));
  const corrected = csv('a.csv', 'a,2024-01-01T00:00:00Z,1,0.5', 'b,2024-01-01T00:00:00Z,3,', 'c,2024-01-01T00:00:00Z,4,');
  expect(await load(corrected)).toBe('houses: 2 rows written, 1 unchanged; version 2');
  expect(await rows()).toHaveLength(3);
  expect([await stored('b'), await stored('c')]).toMatchObject([
    { rooms: { N: '3' }, _v: { N: '2' } },
    { rooms: { N: '4' }, _v: { N: '2' } },
  ]);
});

test('a load that stopped before its rows were online is completed by the next', async () => {
  const { load, stored } = await newTable();
  const file = csv('a.csv', 'a,2024-01-01T00:00:00Z,1,0.5');
  expect(await load(file, { online: undefined })).toBe('houses: 1 row written; version 1');
  expect(await stored('a')).toBeUndefined();
  expect(await load(file)).toBe('houses: 0 rows written, 1 unchanged; version 1');
  expect(await stored('a')).toMatchObject({ rooms: { N: '1' }, _v: { N: '1' } });
});

test('a late row is added offline, and does not replace the newer row online', async () => {
  const { load, rows, stored } = await newTable();
  await load(csv('a.csv', 'a,2024-01-02T00:00:00Z,2,'));
  const late = csv('b.csv', 'a,2024-01-01T00:00:00Z,1,', 'b,2024-01-01T00:00:00Z,1,');
  expect(await load(late)).toBe('houses: 2 rows written; version 2\n  online: 1 row written, 1 older than the stored row');
  expect((await rows()).map(([id, , rooms]) => [id, rooms])).toEqual([['a', 1], ['a', 2], ['b', 1]]); // prettier-ignore
  expect(await stored('a')).toMatchObject({ rooms: { N: '2' }, _v: { N: '1' } });
});

test('rows that do not fit are listed and not written, the others are written', async () => {
  const { load, rows, stored } = await newTable();
  const now = () => Date.parse('2024-06-01T00:00:00Z');
  const file = csv(
    'a.csv',
    'a,2024-01-01T00:00:00Z,1,',
    'b,2024-01-01T00:00:00Z,1.5,',
    'c,2024-06-01T01:00:01Z,1,',
    'a,2024-01-01T00:00:00Z,2,',
    'a,2024-01-01T00:00:00.000001Z,3,',
    'd,2024-06-01T01:00:00Z,1,',
  );
  expect(await load(file, { now })).toBe(
    [
      'houses: 3 rows written, 3 rejected; version 1',
      `  a.csv:3  column 'rooms': expected a whole number from -2^63 to 2^63-1, got: "1.5"`,
      "  a.csv:4  column 'updated_at': expected a time at most one hour ahead of the clock, got: 60 minutes ahead of it",
      '  a.csv:5  expected one row for each key and event time, got: the same as in line 2',
      'correct these rows and load the same file again; rows already written stay as they are',
    ].join('\n'),
  );
  expect((await rows()).map(([id, , rooms]) => [id, rooms])).toEqual([['a', 1], ['a', 3], ['d', 1]]); // prettier-ignore
  expect([await stored('b'), await stored('c')]).toEqual([undefined, undefined]);
});

test('a file with rejected rows only creates no table', async () => {
  const { folder, load } = await newTable();
  expect(await load(csv('a.csv', ',2024-01-01T00:00:00Z,1,'))).toMatch(/^houses: 0 rows written, 1 rejected\n/);
  expect(existsSync(folder)).toBe(false);
});

test('lists a row that was written offline, but is too large for the online store', async () => {
  const note = { name: 'note', type: 'string' } as const;
  const { load, rows, stored } = await newTable({ ...HOUSES, timestampKey: undefined, features: [note] });
  const file = temporaryFile('a.jsonl', `{"id":"a","note":"${'x'.repeat(410_000)}"}\n{"id":"b","note":"y"}\n`);
  expect(await load(file)).toBe(
    [
      'houses: 2 rows written; version 1',
      '  online: 1 row written',
      'written offline, but rejected by the online store',
      '  a.jsonl:1  expected a row of at most 400 KB, got: a larger one',
      'correct these rows and load the same file again; rows already written stay as they are',
    ].join('\n'),
  );
  expect(await rows()).toHaveLength(2);
  expect(await stored('b')).toMatchObject({ _ts: { N: '1' }, _v: { N: '1' }, note: { S: 'y' } });
});

test('new features of the feature table are added to the Delta Lake table', async () => {
  const { load, folder, rows } = await newTable();
  await load(csv('a.csv', 'a,2024-01-01T00:00:00Z,1,0.5'));
  const garage = { name: 'garage', type: 'boolean', nullable: true } as const;
  const file = temporaryFile('b.csv', 'id,updated_at,rooms,garage\nb,2024-01-01T00:00:00Z,1,true\n');
  expect(await load(file, { table: { ...HOUSES, features: [...HOUSES.features, garage] } })).toBe('houses: 1 row written; version 3');
  expect((await readTable(folder)).columns).toEqual(['id', 'updated_at', 'rooms', 'price', 'garage']);
  expect((await rows()).map((row) => row.at(-1))).toEqual([null, true]);
});

test('rows of another writer stay, with their undeclared columns', async () => {
  const { load, offline, rows } = await newTable();
  await load(csv('a.csv', 'a,2024-01-01T00:00:00Z,1,0.5'));
  await addColumns(offline, [{ name: 'seller', type: 'string', nullable: true, physicalName: 'seller', fieldId: undefined }]);
  const theirs = [['b'], [1704067200000000n], [2n], [null], ['S. Eller']];
  await appendRows(offline, { rows: (async function* () { yield await Promise.resolve({ rowCount: 1, columns: theirs }); })() }); // prettier-ignore
  expect(await load(csv('b.csv', 'c,2024-01-01T00:00:00Z,3,'))).toBe('houses: 1 row written; version 4');
  expect((await rows()).map((row) => [row[0], row.at(-1)])).toEqual([['a', null], ['b', 'S. Eller'], ['c', null]]); // prettier-ignore
});

test('fails on a CSV file with unmatched quotes, and writes none of its rows', async () => {
  const { folder, load, stored } = await newTable();
  const broken = csv('b.csv', 'a,2024-01-01T00:00:00Z,1,0.5', 'b,2024-01-01T00:00:00Z,1,"0.5');
  await expect(load(broken)).rejects.toMatchObject({
    name: 'UserError',
    message: 'b.csv:3: expected well-formed CSV, got: no closing quote of cell 4\nnothing was written',
  });
  expect(existsSync(folder)).toBe(false);
  expect(await stored('a')).toBeUndefined();
});

test('fails on a Delta Lake table of other types, and writes nothing', async () => {
  const { load, files } = await newTable();
  await load(csv('a.csv', 'a,2024-01-01T00:00:00Z,1,0.5'));
  const before = files();
  const features = [{ name: 'rooms', type: 'string' } as const, HOUSES.features[1]!];
  await expect(load(csv('b.csv', 'b,2024-01-01T00:00:00Z,1,0.5'), { table: { ...HOUSES, features } })).rejects.toMatchObject({
    name: 'UserError',
    message: "offline store: column 'rooms': expected string, got: long\nnothing was written",
  });
  expect(files()).toEqual(before);
});
