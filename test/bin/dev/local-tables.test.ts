import conditionParser from 'dynalite/db/conditionParser';
import { LocalTables } from '../../../bin/dev/local-tables';
import type { LocalTable } from '../../../bin/dev/plan';

const table = (name: string, ...keys: string[]): LocalTable => ({
  name,
  stack: 'S',
  definition: {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: keys.map((key, i) => ({ AttributeName: key, KeyType: i === 0 ? 'HASH' : 'RANGE' })),
    AttributeDefinitions: keys.map((key) => ({ AttributeName: key, AttributeType: 'S' })),
  },
});

const put = (endpoint: string, tableName: string, item: object): Promise<Response> =>
  fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.PutItem',
      'x-amz-date': '20260101T000000Z',
      authorization: 'AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=x',
    },
    body: JSON.stringify({ TableName: tableName, Item: item }),
  });

let tables: LocalTables;
beforeEach(async () => (tables = await LocalTables.start()));
afterEach(() => tables.stop());

test('keep their rows when they are provided again, and lose them with other keys', async () => {
  await tables.provide([table('first', 'a'), table('second', 'a')]);
  for (const name of ['first', 'second']) expect((await put(tables.endpoint, name, { a: { S: '1' }, b: { S: '2' } })).status).toBe(200);

  await tables.provide([table('first', 'a'), table('second', 'a', 'b')]);
  expect(await tables.anyItem('first')).toEqual({ a: { S: '1' }, b: { S: '2' } });
  expect(await tables.anyItem('second')).toBeUndefined();
});

test('have no row where there are only marks of deleted rows and the state of materialization', async () => {
  await tables.provide([table('rows', '_key')]);
  await put(tables.endpoint, 'rows', { _key: { S: '%materialization' }, state: { S: '{}' } });
  await put(tables.endpoint, 'rows', { _key: { S: 'a' }, _deleted: { BOOL: true } });
  expect(await tables.anyItem('rows')).toBeUndefined();
  await put(tables.endpoint, 'rows', { _key: { S: 'b' } });
  expect(await tables.anyItem('rows')).toEqual({ _key: { S: 'b' } });
});

test('fail with what the database says of a definition', async () => {
  await expect(tables.provide([table('x', 'a')])).rejects.toThrow(
    'the embedded DynamoDB refuses CreateTable: TableName must be at least 3 characters long and at most 255 characters long',
  );
});

describe('a condition that comes with every row', () => {
  const CONDITION = {
    expression: 'attribute_not_exists(#key) OR #ts < :ts OR (#ts = :ts AND #v <= :v)',
    names: { '#key': '_key', '#ts': '_ts', '#v': '_v' },
  };
  const write = (row: string, ts: number, v: number) =>
    tables
      .onlineStore('rows')
      .put(
        { _key: { S: row }, _ts: { N: String(ts) }, _v: { N: String(v) } },
        { ...CONDITION, values: { ':ts': { N: String(ts) }, ':v': { N: String(v) } } },
      );
  beforeEach(() => tables.provide([table('rows', '_key')]));

  test('is checked with the values of each row', async () => {
    expect(await write('a', 5, 1)).toBe('written');
    expect(await write('b', 1, 1)).toBe('written');
    expect(await write('a', 4, 1)).toBe('refused');
    expect(await write('a', 5, 0)).toBe('refused');
    expect(await write('a', 5, 2)).toBe('written');
    expect(await write('a', 6, 0)).toBe('written');
    expect(await write('b', 1, 1)).toBe('written');
  });

  test('is parsed once', async () => {
    const parse = jest.spyOn(conditionParser, 'parse');
    const others = await LocalTables.start();
    for (let row = 0; row < 20; row++) expect(await write(`row ${row}`, row, 1)).toBe('written');
    expect(parse).toHaveBeenCalledTimes(1);
    parse.mockRestore();
    await others.stop();
  });

  test('fails with a name or value that it does not use, each time', async () => {
    await write('a', 1, 1);
    const unused = () =>
      tables
        .onlineStore('rows')
        .put({ _key: { S: 'a' } }, { ...CONDITION, values: { ':ts': { N: '1' }, ':v': { N: '1' }, ':x': { N: '1' } } });
    const message = 'dynamodb:PutItem: ValidationException: Value provided in ExpressionAttributeValues unused in expressions: keys: {:x}';
    await expect(unused()).rejects.toThrow(message);
    await expect(unused()).rejects.toThrow(message);
  });
});
