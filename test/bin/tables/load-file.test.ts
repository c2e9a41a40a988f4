import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadFile, type LoadOptions } from '../../../bin/tables/load-file';
import { reportText } from '../../../bin/tables/report-text';
import { type JsonCall } from '../../../lambda/aws/json-call';
import { AwsError } from '../../../lambda/aws/signed-call';
import { UserError } from '../../../bin/terminal/user-error';
import type { ColumnSpec } from '../../../lib/contract/data-types';
import type { TableSpec } from '../../../lib/contract/endpoint-spec';
import { DELTA_TABLES, readTable } from '../../helpers/delta';
import { temporaryFile } from '../../helpers/files';
import { createOnlineTable, onlineTable, startDynalite, storeClient, storedItem, type TestStore } from '../../helpers/store';

const integer = (name: string, more: Partial<ColumnSpec> = {}): ColumnSpec => ({ name, type: 'integer', ...more });

const HOUSES: TableSpec = {
  name: 'house_features',
  primaryKey: [{ name: 'id', type: 'string' }],
  timestampKey: { name: 'updated_at', type: 'timestamp' },
  features: [integer('year_built'), integer('garage_cars', { defaultValue: 0 }), { name: 'neighborhood', type: 'string', nullable: true }],
};

let store: TestStore;
let client: DynamoDBClient;
const SECRET = '01234567-89ab-cdef-0123-456789abcdef';
let tables = 0;
beforeAll(async () => {
  store = await startDynalite();
  client = storeClient(store);
});
afterAll(async () => {
  client.destroy();
  await store.close();
});

async function newTable(table = HOUSES) {
  const tableName = `table_${tables++}`;
  await createOnlineTable(client, tableName);
  return {
    load: (file: string, more: Partial<LoadOptions> = {}) =>
      loadFile({ table, online: onlineTable(store, tableName), file, now: Date.now, secret: SECRET, ...more }),
    stored: (key: string) => storedItem(client, tableName, key),
  };
}

test('loads houses of Ames, and loads them again without a change', async () => {
  const { load, stored } = await newTable();
  const lines = readFileSync(join(__dirname, '../../fixtures/house_features.csv'), 'utf8').split('\n');
  const file = temporaryFile('house_features.csv', lines.slice(0, 201).join('\n'));
  const shares: number[] = [];
  const undeclared = ['overall_qual', 'overall_cond', 'gr_liv_area', 'total_bsmt_sf', 'full_bath', 'lot_area'];
  const report = {
    table: 'house_features',
    name: 'house_features.csv',
    unit: 'line',
    online: { written: 200, older: 0, outdated: 0, unchanged: 0 },
    rejected: [],
    notOnline: [],
    undeclared,
  };
  expect(await load(file, { progress: (share) => shares.push(share) })).toEqual(report);
  expect(await load(file)).toEqual(report);
  expect(shares.at(-1)).toBe(1);
  expect(await stored('0526301100')).toEqual({
    _key: { S: '0526301100' },
    _ts: { N: '1272797100000317' },
    _v: { N: '0' },
    year_built: { N: '1960' },
    garage_cars: { N: '2' },
    neighborhood: { S: 'NAmes' },
  });
});

test('loads a Delta Lake table of another writer, with the values of its partitions', async () => {
  const folder = join(DELTA_TABLES, 'house_features_deltars');
  const { load, stored } = await newTable({
    ...HOUSES,
    features: [{ name: 'gr_liv_area', type: 'long' }, { name: 'yr_sold', type: 'integer' }, { name: 'condition_score', type: 'double' }],
  }); // prettier-ignore
  const { columns, rows } = await readTable(folder);
  const [id, area, year] = ['id', 'gr_liv_area', 'yr_sold'].map((name) => columns.indexOf(name));
  expect(await load(folder)).toMatchObject({
    name: 'house_features_deltars',
    unit: 'row',
    online: { written: rows.length, older: 0 },
    rejected: [],
  });
  for (const row of [rows[0]!, rows.at(-1)!]) {
    expect(await stored(String(row[id!]))).toMatchObject({ gr_liv_area: { N: String(row[area!]) }, yr_sold: { N: String(row[year!]) } });
  }
});

/** A Parquet file of another writer, and a copy of it that lacks bytes. */
function parquetFile(name: string, length?: number): string {
  const folder = join(DELTA_TABLES, 'types_deltars');
  const [part] = readdirSync(folder).filter((file) => file.endsWith('.parquet'));
  return temporaryFile(name, readFileSync(join(folder, part!)).subarray(0, length));
}

const TYPES: TableSpec = {
  name: 'types',
  primaryKey: [{ name: 'id', type: 'integer' }],
  features: [
    { name: 'long', type: 'long', nullable: true },
    { name: 'double', type: 'double', nullable: true },
    { name: 'binary', type: 'binary', nullable: true },
    { name: 'longs', type: { element: 'long', shape: [null] }, nullable: true },
  ],
};

test('loads a Parquet file: its values are exact, and a row that does not fit is rejected by its number', async () => {
  const { load, stored } = await newTable(TYPES);
  const report = await load(parquetFile('types.parquet'));
  expect(reportText({ ...report, undeclared: [] })).toBe(
    [
      'types: 8 rows written, 1 rejected',
      "  types.parquet row 5  column 'longs': expected array<long>[?], got: null inside a list",
      'correct these rows and load the same file again; rows already written stay as they are',
    ].join('\n'),
  );
  expect(await stored('3')).toMatchObject({
    long: { N: '9223372036854775807' },
    double: { S: '1.7976931348623157e+308' },
    binary: { B: Uint8Array.from([0, 1, 254, 255]) },
  });
  expect(await stored('1')).toEqual({ _key: { S: '1' }, _ts: { N: '0' }, _v: { N: '0' } });
});

test('a Parquet file has the numbers of a CSV file: whole values of any type are integers, others are rejected by row', async () => {
  const columnData = [
    { name: 'id', data: ['a', 'b', 'c', 'd', 'e', 'f'] },
    { name: 'rooms', data: [3, 2.5, NaN, -7, 2 ** 31, Infinity], type: 'DOUBLE' as const },
    { name: 'price', data: [1n, 2n, 3n, 4n, 5n, 6n], type: 'INT64' as const },
    { name: 'seen', data: [5, null, 0.5, 2 ** 60, 1, 1], type: 'DOUBLE' as const },
  ];
  const { load, stored } = await newTable({
    name: 'houses',
    primaryKey: [{ name: 'id', type: 'string' }],
    features: [integer('rooms'), { name: 'price', type: 'float' }, { name: 'seen', type: 'long' }],
  });
  const report = await load(temporaryFile('rows.parquet', Buffer.from(parquetWriteBuffer({ columnData }))));
  const whole = 'expected a whole number from -2147483648 to 2147483647';
  expect(reportText(report)).toBe(
    [
      'houses: 2 rows written, 4 rejected',
      `  rows.parquet row 2  column 'rooms': ${whole}, got: 2.5`,
      `  rows.parquet row 3  column 'rooms': ${whole}, got: "NaN"; column 'seen': expected a whole number from -2^63 to 2^63-1, got: 0.5`,
      `  rows.parquet row 5  column 'rooms': ${whole}, got: 2147483648`,
      `  rows.parquet row 6  column 'rooms': ${whole}, got: "Infinity"`,
      'correct these rows and load the same file again; rows already written stay as they are',
    ].join('\n'),
  );
  expect(await stored('a')).toMatchObject({ rooms: { N: '3' }, price: { N: '1' }, seen: { N: '5' } });
  expect(await stored('d')).toMatchObject({ rooms: { N: '-7' }, seen: { N: '1152921504606846976' } });
});

test('loads nothing of a Parquet file with columns of other types', async () => {
  const { load } = await newTable({
    ...TYPES,
    features: [
      { name: 'long', type: 'date' },
      { name: 'string', type: 'timestamp' },
      { name: 'struct', type: 'string' },
    ],
  });
  const call = jest.fn();
  await expect(load(parquetFile('types.parquet'), { online: tableThat(call) })).rejects.toThrow(
    new UserError(
      [
        "types.parquet: column 'long': expected date, got: long",
        "types.parquet: column 'string': expected timestamp, got: string",
        "types.parquet: column 'struct': expected string, got: struct<a: integer, b: struct<c: string, d: array<double>>>",
        'nothing was written',
      ].join('\n'),
    ),
  );
  expect(call).not.toHaveBeenCalled();
});

test('loads nothing of a Parquet file that was cut', async () => {
  const { load } = await newTable(TYPES);
  await expect(load(parquetFile('cut.parquet', 5000))).rejects.toMatchObject({
    name: 'UserError',
    message: 'cut.parquet: expected a whole Parquet file, got: parquet file invalid (footer != PAR1)\nnothing was written',
  });
});

test('says why each rejected row was not written', async () => {
  const { load, stored } = await newTable({ ...HOUSES, maxAgeSeconds: 10 * 365 * 86_400 });
  await load(temporaryFile('first.csv', 'id,updated_at,year_built\na,2024-01-02T00:00:00Z,1960\n'));
  const lines = [
    'id,year_built,updated_at,neighborhood,colour',
    'a,1961,2024-01-01T00:00:00Z,N,red', // older
    'b,19x4,2024-01-01T00:00:00Z,N,red',
    ',1960,2024-01-01T00:00:00Z,N,red',
    '"",1960,2024-01-01T00:00:00Z,N,red',
    'c,1960,,N,red',
    'd,1960,2024-01-01T00:00:00Z,,red',
    'd,1961,2024-01-01T00:00:00Z,N,red',
    'd,,2024-01-01T00:00:01Z,N,red',
    'e,1960,2199-01-01T00:00:00Z,N,red',
    'f,1960,2001-01-01T00:00:00Z,N,red', // outside the age
    'g,1960',
    `${'x'.repeat(2049)},1960,2024-01-01T00:00:00Z,N,red`,
  ];
  const report = await load(temporaryFile('houses.csv', lines.join('\n')));
  expect(await stored('d')).toEqual({ _key: { S: 'd' }, _ts: { N: '1704067201000000' }, _v: { N: '0' }, neighborhood: { S: 'N' } });
  expect(reportText(report).replace(/got: [\d,]+ minutes/, 'got: many minutes')).toBe(
    [
      "house_features: 2 rows written, 1 older than the stored row, 1 outside the table's age, 8 rejected",
      "  column 'colour' is not declared by the table and was skipped",
      `  houses.csv:3   column 'year_built': expected a whole number from -2147483648 to 2147483647, got: "19x4"`,
      "  houses.csv:4   column 'id': expected a value, got: null",
      `  houses.csv:5   column 'id': expected a value, got: ""`,
      "  houses.csv:6   column 'updated_at': expected a value, got: null",
      '  houses.csv:8   expected one row for each key and event time, got: the same as in line 7',
      "  houses.csv:10  column 'updated_at': expected a time at most one hour ahead of the clock, got: many minutes ahead of it",
      '  houses.csv:12  expected 5 cells, as in the header, got: 2',
      "  houses.csv:13  column 'id': expected a key of at most 2048 bytes, got: 2049 bytes",
      'correct these rows and load the same file again; rows already written stay as they are',
    ].join('\n'),
  );
});

test('a rejected row names all of its wrong columns, up to ten', async () => {
  const features = Array.from({ length: 12 }, (_, i) => integer(`f${i}`));
  const { load } = await newTable({ name: 't', primaryKey: [{ name: 'id', type: 'long' }], features });
  const header = ['id', ...features.map(({ name }) => name)].join(',');
  const file = temporaryFile('a.csv', [header, `x${',1'.repeat(11)},y`, `1${',z'.repeat(12)}`].join('\n'));
  const whole = 'expected a whole number from -2147483648 to 2147483647';
  const report = await load(file);
  expect(reportText(report).split('\n').slice(1, 3)).toEqual([
    `  a.csv:2  column 'id': expected a whole number from -2^63 to 2^63-1, got: "x"; column 'f11': ${whole}, got: "y"`,
    `  a.csv:3  ${features
      .slice(0, 10)
      .map(({ name }) => `column '${name}': ${whole}, got: "z"`)
      .join('; ')}`,
  ]);
  expect(report.rejected[0]).toEqual({
    line: 2,
    column: 'id',
    reason: `expected a whole number from -2^63 to 2^63-1, got: "x"; column 'f11': ${whole}, got: "y"`,
  });
});

test('loads JSON Lines: nulls may be left out, longs are exact', async () => {
  const { load, stored } = await newTable({
    name: 't',
    primaryKey: [{ name: 'user', type: 'long' }, { name: 'day', type: 'date' }],
    features: [{ name: 'clicks', type: 'long' }, { name: 'vector', type: { element: 'float', shape: [2] }, nullable: true }],
  }); // prettier-ignore
  const rows = [
    '{"user":9223372036854775807,"day":"2024-01-31","clicks":9007199254740993}',
    '{"user":1,"day":"2024-01-31","clicks":null,"vector":[1,0.5]}',
    '{"user":1,"day":"2024-01-31"}',
    '{"user":1,"day":"2024-02-31"}',
  ];
  expect(reportText(await load(temporaryFile('clicks.jsonl', rows.join('\n'))))).toBe(
    [
      't: 2 rows written, 2 rejected',
      '  clicks.jsonl:3  expected one row for each key, got: the same as in line 2',
      `  clicks.jsonl:4  column 'day': expected a date as YYYY-MM-DD, got: "2024-02-31"`,
      'correct these rows and load the same file again; rows already written stay as they are',
    ].join('\n'),
  );
  expect(await stored('9223372036854775807|2024-01-31')).toMatchObject({ _ts: { N: '0' }, clicks: { N: '9007199254740993' } });
  expect(Object.keys((await stored('1|2024-01-31'))!).sort()).toEqual(['_key', '_ts', '_v', 'vector']);
});

test('--force replaces newer rows', async () => {
  const { load, stored } = await newTable();
  await load(temporaryFile('a.csv', 'id,updated_at,year_built\na,2024-01-02T00:00:00Z,1960\n'));
  const older = temporaryFile('b.csv', 'id,updated_at,year_built\na,2024-01-01T00:00:00Z,1961\n');
  expect(await load(older)).toMatchObject({ online: { written: 0, older: 1 } });
  expect(await load(older, { force: true })).toMatchObject({ online: { written: 1, older: 0 } });
  expect((await stored('a'))!.year_built).toEqual({ N: '1961' });
});

test('the rows of a key are written in the order of the file', async () => {
  const { load, stored } = await newTable();
  const days = Array.from({ length: 28 }, (_, i) => `a,2024-01-${String(i + 1).padStart(2, '0')}T00:00:00Z,${1900 + i}`);
  expect(await load(temporaryFile('a.csv', ['id,updated_at,year_built', ...days].join('\n')))).toMatchObject({
    online: { written: 28, older: 0 },
  });
  expect((await stored('a'))!.year_built).toEqual({ N: '1927' });
});

/** A table of which every call ends so. */
function tableThat(call: jest.Mocked<JsonCall>) {
  return onlineTable(store, 't', { call });
}

test('reports a row that DynamoDB does not take', async () => {
  const error = new AwsError('dynamodb:PutItem', 'ThrottlingException', 'slow down');
  const online = tableThat(jest.fn(() => Promise.resolve({ kind: 'throttled', error })));
  const { load } = await newTable();
  const report = await load(temporaryFile('a.csv', 'id,updated_at,year_built\na,2024-01-01T00:00:00Z,1960\n'), { online });
  expect(report.rejected).toEqual([
    { line: 2, reason: 'expected DynamoDB to take the row, got: dynamodb:PutItem: ThrottlingException: slow down' },
  ]);
});

test('fails when DynamoDB denies the write, and writes no further', async () => {
  const call = jest.fn(() => Promise.reject(new AwsError('dynamodb:PutItem', 'AccessDeniedException', 'not authorized')));
  const { load } = await newTable();
  const rows = Array.from({ length: 500 }, (_, i) => `k${i % 5},2024-01-01T00:00:00.${String(i).padStart(3, '0')}Z,1960\n`);
  const file = temporaryFile('a.csv', `id,updated_at,year_built\n${rows.join('')}`);
  await expect(load(file, { online: tableThat(call) })).rejects.toThrow('dynamodb:PutItem: AccessDeniedException: not authorized');
  expect(call.mock.calls.length).toBeLessThan(100);
});

describe('before the first write', () => {
  test.each([
    ['a.csv', 'garage_cars,neighborhood\n1,x\n'],
    ['a.jsonl', '{"garage_cars":1}\n{"neighborhood":"x"}\n'],
  ])('fails when columns are missing: %s', async (name, content) => {
    const { load } = await newTable();
    const call = jest.fn();
    await expect(load(temporaryFile(name, content), { online: tableThat(call) })).rejects.toThrow(
      new UserError(
        [
          `${name}: expected a column 'id' for house_features, because it is part of the primary key, got: none`,
          `${name}: expected a column 'updated_at' for house_features, because it is the timestamp key, got: none`,
          `${name}: expected a column 'year_built' for house_features, because it is not nullable and has no default, got: none`,
          `${name} has the columns 'garage_cars', 'neighborhood'`,
          'nothing was written',
        ].join('\n'),
      ),
    );
    expect(call).not.toHaveBeenCalled();
  });

  test.each([
    [
      'ID,Updated_At ,year_built\n',
      `a.csv has the columns 'ID', 'Updated_At ', 'year_built'; rename "ID" to "id"; rename "Updated_At " to "updated_at"`,
    ],
    ['id;updated_at;year_built\n', `a.csv has the column 'id;updated_at;year_built'; separate the columns by commas, not by ";"`],
    ['id\tupdated_at\n', `a.csv has the column 'id\tupdated_at'; separate the columns by commas, not by "\\t"`],
    [
      `${Array.from({ length: 30 }, (_, i) => `c${i}`).join(',')}\n`,
      `a.csv has the columns ${Array.from({ length: 20 }, (_, i) => `'c${i}'`).join(', ')} and 10 more`,
    ],
  ])('says which columns the file has: %j', async (header, line) => {
    const { load } = await newTable();
    await expect(load(temporaryFile('a.csv', header))).rejects.toThrow(
      expect.objectContaining({ name: 'UserError', message: expect.stringMatching(/got: none\n/) as string }),
    );
    const message = await load(temporaryFile('a.csv', header)).catch((error: Error) => error.message);
    expect(String(message).split('\n').slice(-2)).toEqual([line, 'nothing was written']);
  });

  test('fails if the file does not exist', async () => {
    const { load } = await newTable();
    await expect(load('/there/is/none.csv')).rejects.toThrow(
      new UserError('expected a file, got: /there/is/none.csv, which does not exist\nnothing was written'),
    );
  });
});

test('an empty file with a header has no rows', async () => {
  const { load } = await newTable();
  expect(reportText(await load(temporaryFile('a.csv', 'id,updated_at,year_built\n')))).toBe('house_features: 0 rows written');
});
