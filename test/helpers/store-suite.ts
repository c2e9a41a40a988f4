import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { attributeDecoder } from '../../lambda/online/attribute';
import { createOnlineReader } from '../../lambda/online/dynamodb-reader';
import { keyEncoder } from '../../lambda/online/key';
import type { OnlineReader } from '../../lambda/online/reader';
import { createOnlineWriter, type WriterOptions } from '../../lambda/online/writer';
import type { ColumnSpec } from '../../lib/contract/data-types';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { createOnlineTable, onlineTable, storeClient, storedItem, storeEnvironment, type TestStore } from './store';

const NOON = Date.parse('2024-06-01T12:00:00Z');
const micros = (iso: string) => BigInt(Date.parse(iso)) * 1000n;

const TABLE: TableSpec = {
  name: 'houses',
  primaryKey: [{ name: 'id', type: 'string' }],
  timestampKey: { name: 'updated_at', type: 'timestamp' },
  features: [
    { name: 'qual', type: 'integer' },
    { name: 'size', type: 'double' }, // a reserved word of DynamoDB
  ],
};

const EVERY_TYPE: readonly (ColumnSpec & { readonly value: unknown })[] = [
  { name: 'a boolean', type: 'boolean', value: false },
  { name: 'integer', type: 'integer', value: -2147483648 },
  { name: 'long', type: 'long', value: 9223372036854775807n },
  { name: 'float', type: 'float', value: Math.fround(0.1) },
  { name: 'float.least', type: 'float', value: Math.fround(1e-45) },
  { name: 'double', type: 'double', value: 1.7976931348623157e308 },
  { name: 'double-least', type: 'double', value: 5e-324 },
  { name: 'in range', type: 'double', value: 9.999999999999999e125 },
  { name: 'in range, small', type: 'double', value: 1e-130 },
  { name: 'digits', type: 'double', value: 0.30000000000000004 },
  { name: 'infinite', type: 'double', value: -Infinity },
  { name: 'minus zero', type: 'double', value: -0 },
  { name: 'string', type: 'string', value: 'Größe 😀 \u0000 "' },
  { name: 'empty string', type: 'string', value: '' },
  { name: 'binary', type: 'binary', value: Uint8Array.of(0, 255) },
  { name: 'empty binary', type: 'binary', value: new Uint8Array(0) },
  { name: 'date', type: 'date', value: '2024-02-29' },
  { name: 'timestamp', type: 'timestamp', value: 1272797100000317n },
  { name: 'vector', type: { element: 'float', shape: [3] }, value: [1, NaN, Math.fround(-0.1)] },
  { name: 'empty vector', type: { element: 'long', shape: [null] }, value: [] },
  { name: 'strings', type: { element: 'string', shape: [null] }, value: ['', 'a'] },
  { name: 'matrix', type: { element: 'double', shape: [2, 2] }, value: [[1, 2.5], [Infinity, -1e200]] }, // prettier-ignore
];

/** What holds on every DynamoDB: writes are guarded, and what is written is what is read. */
export function storeSuite(start: () => Promise<TestStore>): void {
  let store: TestStore;
  let client: DynamoDBClient;
  let reader: OnlineReader;
  let tables = 0;

  beforeAll(async () => {
    store = await start();
    client = storeClient(store);
    const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
    reader = createOnlineReader({ env: storeEnvironment(store), now: Date.now, random: Math.random, sleep });
  }, 60_000);

  afterAll(async () => {
    client.destroy();
    await store.close();
  });

  /** A new table, and a writer to it. */
  async function newTable(options: Partial<WriterOptions> = {}) {
    const tableName = `table_${tables++}`;
    await createOnlineTable(client, tableName);
    const writerOf = (more: Partial<WriterOptions> = {}) =>
      createOnlineWriter({
        table: TABLE,
        online: onlineTable(store, tableName),
        version: 0,
        force: false,
        now: () => NOON,
        ...options,
        ...more,
      });
    return { tableName, writerOf, write: writerOf(), stored: (key: string) => storedItem(client, tableName, key) };
  }

  const row = (key: string, time: string, ...features: unknown[]) => ({ key, eventTime: micros(time), features });
  const WRITTEN = { kind: 'written' };
  const OLDER = { kind: 'older' };

  test('writes a row as an item', async () => {
    const { write, stored } = await newTable({ table: { ...TABLE, timeToLiveSeconds: 86_400 } });
    expect(await write({ key: 'a', eventTime: 1_717_200_000_000_317n, features: [7, 1.5] })).toEqual(WRITTEN);
    expect(await stored('a')).toEqual({
      _key: { S: 'a' },
      _ts: { N: '1717200000000317' },
      _v: { N: '0' },
      _ttl: { N: '1717286400' },
      qual: { N: '7' },
      size: { N: '1.5' },
    });
  });

  test('a later row replaces the stored one as a whole', async () => {
    const { write, stored } = await newTable();
    await write(row('a', '2024-01-01T00:00:00Z', 7, 1.5));
    expect(await write(row('a', '2024-01-02T00:00:00Z', null, 2.5))).toEqual(WRITTEN);
    expect(await stored('a')).toEqual({ _key: { S: 'a' }, _ts: { N: '1704153600000000' }, _v: { N: '0' }, size: { N: '2.5' } });
  });

  test('an earlier row is not written', async () => {
    const { write, stored } = await newTable();
    await write(row('a', '2024-01-02T00:00:00Z', 7, 1.5));
    expect(await write({ ...row('a', '2024-01-02T00:00:00Z', 8, 8), eventTime: micros('2024-01-02T00:00:00Z') - 1n })).toEqual(OLDER);
    expect((await stored('a'))!.qual).toEqual({ N: '7' });
  });

  test.each([
    [0, 0, 'the last write stays', WRITTEN],
    [0, 5, 'a Delta version beats a row without one', WRITTEN],
    [5, 0, 'a row without a Delta version does not beat one', OLDER],
    [5, 4, 'an earlier version does not beat a later', OLDER],
    [5, 6, 'a later version beats an earlier', WRITTEN],
    [5, 5, 'the same version may be written again', WRITTEN],
  ])('at equal times, versions %i and %i: %s', async (first, second, _, outcome) => {
    const { writerOf, stored } = await newTable();
    await writerOf({ version: first })(row('a', '2024-01-01T00:00:00Z', 1, 1));
    expect(await writerOf({ version: second })(row('a', '2024-01-01T00:00:00Z', 2, 2))).toEqual(outcome);
    expect((await stored('a'))!._v).toEqual({ N: String(outcome === WRITTEN ? second : first) });
  });

  test('without a timestamp key the version is the order', async () => {
    const { writerOf, stored } = await newTable({ table: { ...TABLE, timestampKey: undefined } });
    const unordered = { key: 'a', features: [1, 1] };
    expect(await writerOf({ version: 3 })(unordered)).toEqual(WRITTEN);
    expect(await writerOf({ version: 2 })(unordered)).toEqual(OLDER);
    expect(await writerOf({ version: 4 })(unordered)).toEqual(WRITTEN);
    expect(await stored('a')).toMatchObject({ _ts: { N: '4' }, _v: { N: '4' } });
  });

  test('force replaces a later row', async () => {
    const { write, writerOf, stored } = await newTable();
    await write(row('a', '2024-01-02T00:00:00Z', 7, 1.5));
    expect(await writerOf({ force: true })(row('a', '2024-01-01T00:00:00Z', 8, 1.5))).toEqual(WRITTEN);
    expect((await stored('a'))!.qual).toEqual({ N: '8' });
  });

  test('an item without a version is beaten by every version at its time', async () => {
    const { tableName, write, stored } = await newTable();
    await client.send(
      new PutItemCommand({ TableName: tableName, Item: { _key: { S: 'a' }, _ts: { N: String(micros('2024-01-01T00:00:00Z')) } } }),
    );
    expect(await write(row('a', '2024-01-01T00:00:00Z', 7, 1.5))).toEqual(WRITTEN);
    expect((await stored('a'))!.qual).toEqual({ N: '7' });
  });

  test.each([{ maxAgeSeconds: 3600 }, { timeToLiveSeconds: 3600 }, { maxAgeSeconds: 3600, timeToLiveSeconds: 7200 }])(
    'a row outside the age is not written: %j',
    async (age) => {
      const { write, stored } = await newTable({ table: { ...TABLE, ...age } });
      expect(await write(row('a', '2024-06-01T10:59:59Z', 7, 1.5))).toEqual({ kind: 'outdated' });
      expect(await stored('a')).toBeUndefined();
      expect(await write(row('a', '2024-06-01T11:00:00Z', 7, 1.5))).toEqual(WRITTEN);
    },
  );

  test('a row more than an hour ahead of the clock is rejected until then, with force too', async () => {
    const { write, writerOf, stored } = await newTable();
    const rejected = { kind: 'rejected', column: 'updated_at', expected: 'a time at most one hour ahead of the clock' };
    expect(await write(row('a', '2024-06-01T13:00:01Z', 7, 1.5))).toEqual({
      ...rejected,
      got: '60 minutes ahead of it',
      from: NOON + 1000,
    });
    expect(await writerOf({ force: true })(row('a', '2024-06-02T12:00:00Z', 7, 1.5))).toEqual({
      ...rejected,
      got: '1,440 minutes ahead of it',
      from: Date.parse('2024-06-02T11:00:00Z'),
    });
    expect(await stored('a')).toBeUndefined();
    expect(await write(row('a', '2024-06-01T13:00:00Z', 7, 1.5))).toEqual(WRITTEN);
  });

  test('a row beyond 400 KB is rejected', async () => {
    const { write } = await newTable({ table: { ...TABLE, features: [{ name: 'text', type: 'string' }] } });
    expect(await write(row('a', '2024-01-01T00:00:00Z', 'x'.repeat(410_000)))).toEqual({
      kind: 'rejected',
      expected: 'a row of at most 400 KB',
      got: 'a larger one',
    });
  });

  test('fails when there is no such table', async () => {
    const { writerOf } = await newTable();
    const online = onlineTable(store, 'elsewhere');
    await expect(writerOf({ online })(row('a', '2024-01-01T00:00:00Z', 7, 1.5))).rejects.toMatchObject({
      name: 'AwsError',
      code: 'ResourceNotFoundException',
    });
    await expect(reader.read([{ tableName: 'elsewhere', keys: ['a'], attributes: [] }], Date.now() + 20_000)).rejects.toThrow(
      /^dynamodb:BatchGetItem: ResourceNotFoundException: /,
    );
  });

  test('the reader finds what the writer wrote: every type', async () => {
    const features = EVERY_TYPE.map(({ name, type }) => ({ name, type }));
    const { tableName, write } = await newTable({ table: { ...TABLE, features } });
    expect(await write(row('a', '2024-01-01T00:00:00Z', ...EVERY_TYPE.map(({ value }) => value)))).toEqual(WRITTEN);
    const [[item]] = (await reader.read(
      [{ tableName, keys: ['a'], attributes: features.map(({ name }) => name) }],
      Date.now() + 20_000,
    )) as [[Record<string, never>]];
    const read = features.map((column) => attributeDecoder(column)(item[column.name]!));
    expect(read).toEqual(EVERY_TYPE.map(({ value }) => value));
    expect(Object.keys(item).sort()).toEqual(['_key', ...features.map(({ name }) => name)].sort());
  });

  test('the reader finds many rows of two tables, in the order asked for', async () => {
    const [houses, towns] = [await newTable(), await newTable()];
    const encode = keyEncoder([{ name: 'id', type: 'string' }]);
    const keys = Array.from({ length: 130 }, (_, i) => encode([`Größe ${i} | %`]));
    for (const { write } of [houses, towns]) {
      await Promise.all(keys.flatMap((key, i) => (i % 10 === 0 ? [] : [write(row(key, '2024-01-01T00:00:00Z', i, i))])));
    }
    const asked = [...keys].reverse();
    const reads = [houses, towns].map(({ tableName }) => ({ tableName, keys: asked, attributes: ['qual'] }));
    const expected = asked.map((key, i) => ((129 - i) % 10 === 0 ? undefined : { _key: { S: key }, qual: { N: String(129 - i) } }));
    expect(await reader.read(reads, Date.now() + 20_000)).toEqual([expected, expected]);
  });

  test('the reader finds more than the 16 MB that an answer holds', async () => {
    const { tableName, write } = await newTable({ table: { ...TABLE, features: [{ name: 'text', type: 'string' }] } });
    const keys = Array.from({ length: 60 }, (_, i) => `k${i}`);
    for (const key of keys) await write(row(key, '2024-01-01T00:00:00Z', key.padEnd(390_000, 'x')));
    const [items] = await reader.read([{ tableName, keys, attributes: ['text'] }], Date.now() + 20_000);
    expect(items!.map((item) => (item!.text as { S: string }).S.slice(0, 4).replaceAll('x', ''))).toEqual(keys);
  }, 60_000);
}
