import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { OnlineTable } from '../../../lambda/online/online-table';
import { dynamoDbError, type FakeServer, fakeServer, itemsFor, keysOf, type Reaction } from '../../helpers/fake-dynamodb';
import { createOnlineTable, onlineTable, startDynalite, storeClient, type TestStore } from '../../helpers/store';

describe('on dynalite', () => {
  let store: TestStore;
  let client: DynamoDBClient;
  let tables = 0;
  let table: OnlineTable;
  beforeAll(async () => {
    store = await startDynalite();
    client = storeClient(store);
  });
  beforeEach(async () => {
    table = onlineTable(store, `table_${tables++}`);
    await createOnlineTable(client, table.name);
  });
  afterAll(async () => {
    client.destroy();
    await store.close();
  });

  const itemOf = (key: string, n = 1) => ({ _key: { S: key }, n: { N: String(n) } });
  const isN = (n: number) => ({ expression: '#n = :n', names: { '#n': 'n' }, values: { ':n': { N: String(n) } } });

  test('an item is written, and deleted, only if the condition holds', async () => {
    expect(await table.put(itemOf('a', 1))).toBe('written');
    expect(await table.put(itemOf('a', 2), isN(7))).toBe('refused');
    expect(await table.put(itemOf('a', 2), isN(1))).toBe('written');
    expect(await table.remove('a', isN(1))).toBe('refused');
    expect(await table.get(['a'])).toEqual(new Map([['a', itemOf('a', 2)]]));
    expect(await table.remove('a', isN(2))).toBe('written');
    expect(await table.get(['a'])).toEqual(new Map());
  });

  test('gets items of any number of keys, projected', async () => {
    const keys = Array.from({ length: 230 }, (_, i) => `k${i}`);
    for (const key of keys.filter((_, i) => i % 10 !== 0)) await table.put({ ...itemOf(key), m: { S: key } });
    const found = await table.get(keys, ['m']);
    expect(found.size).toBe(207);
    expect(found.get('k229')).toEqual({ _key: { S: 'k229' }, m: { S: 'k229' } });
    expect(found.has('k10')).toBe(false);
  });

  test('scans every item once, from where a page ended', async () => {
    const keys = Array.from({ length: 12 }, (_, i) => `k${i}`);
    for (const key of keys) await table.put({ ...itemOf(key), text: { S: 'x'.repeat(300_000) } });
    const seen: unknown[] = [];
    let pages = 0;
    for (let last: string | undefined; pages === 0 || last !== undefined; pages++) {
      const page = await table.scan(['n'], last);
      seen.push(...page.items);
      last = page.last;
    }
    expect(pages).toBeGreaterThan(1);
    expect(seen).toHaveLength(12);
    expect(seen).toEqual(expect.arrayContaining(keys.map((key) => itemOf(key))));
  });
});

describe('on a DynamoDB with failures', () => {
  let server: FakeServer;
  afterEach(() => server.close());

  async function tableThat(react: Parameters<typeof fakeServer>[0]) {
    server = await fakeServer(react);
    const pauses: number[] = [];
    const sleep = (milliseconds: number) => {
      pauses.push(milliseconds);
      return Promise.resolve();
    };
    return { table: onlineTable({ endpoint: server.url }, 't', { sleep }), pauses };
  }

  test('unprocessed keys are read again until there are none', async () => {
    const { table, pauses } = await tableThat((request, n) => itemsFor(request, (key) => n < 3 && key !== `k${n}`));
    expect([...(await table.get(['k0', 'k1', 'k2', 'k3', 'k4'])).keys()]).toEqual(['k0', 'k1', 'k2', 'k3', 'k4']);
    expect(server.requests.map((request) => keysOf(request).t)).toEqual([
      ['k0', 'k1', 'k2', 'k3', 'k4'],
      ['k1', 'k2', 'k3', 'k4'],
      ['k2', 'k3', 'k4'],
      ['k3', 'k4'],
    ]);
    expect(pauses).toEqual([100, 100, 100]);
  });

  test.each<[string, string, (n: number) => Reaction]>([
    ['keys that stay unprocessed', 'dynamodb:BatchGetItem: keys stay unprocessed', () => ({ body: { Responses: {}, UnprocessedKeys: { t: { Keys: [{ _key: { S: 'a' } }] } } } })], // prettier-ignore
    ['throttling', 'dynamodb:BatchGetItem: ThrottlingException: slow down', () => dynamoDbError('ThrottlingException', 'slow down')],
    ['answers without responses', 'dynamodb:BatchGetItem: UnreadableAnswer: expected Responses, got: none', () => ({ body: {} })],
  ])('fails on %s to the end', async (_, message, react) => {
    const { table, pauses } = await tableThat((_, n) => react(n));
    await expect(table.get(['a'])).rejects.toMatchObject({ name: 'OnlineStoreFailure', message });
    expect(pauses).toHaveLength(7);
  });
});
