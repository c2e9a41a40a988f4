// Lookups in a DynamoDB table that somebody else fills, from the declaration to the answer.
import { CreateTableCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { Duration, type Stack } from 'aws-cdk-lib';
import { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { createOnlineReader } from '../../../lambda/online/dynamodb-reader';
import {
  Column,
  ElementType,
  EventTimeFormat,
  FeatureSpec,
  FeatureTable,
  type FeatureTableProps,
  OnlineStore,
  ServedEntity,
  ServingEndpoint,
} from '../../../lib';
import { functionFolder, testStack } from '../../helpers/app';
import { endpointOf, REQUEST_TIME, testHost, type TestEndpoint } from '../../helpers/http-api';
import { startDynalite, storeClient, storeEnvironment, type TestStore } from '../../helpers/store';

let store: TestStore;
let client: DynamoDBClient;

beforeAll(async () => {
  store = await startDynalite();
  client = storeClient(store);
  await createTable('visits', [
    ['pk', 'S'],
    ['sk', 'N'],
  ]);
  await createTable('pages', [['number', 'N']]);
  await createTable('users', [['id', 'S']]);
});

afterAll(async () => {
  client.destroy();
  await store.close();
});

async function createTable(TableName: string, key: ['pk' | 'sk' | 'number' | 'id', 'S' | 'N'][]): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: key.map(([AttributeName], i) => ({ AttributeName, KeyType: i === 0 ? 'HASH' : 'RANGE' })),
      AttributeDefinitions: key.map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
    }),
  );
}

async function put(TableName: string, Item: PutItemCommand['input']['Item']): Promise<void> {
  await client.send(new PutItemCommand({ TableName, Item }));
}

/** An endpoint that serves all features of a table. */
function endpoint(table: (stack: Stack) => FeatureTable, lookupKey: string[]): TestEndpoint {
  const stack = testStack();
  const features = new FeatureSpec({ lookups: [table(stack).lookup({ lookupKey })] });
  new ServingEndpoint(stack, 'features', { servedEntities: [ServedEntity.featureSpec('row', features)] });
  const bindings = { tables: { visits: 'visits', pages: 'pages', users: 'users' } };
  const reader = createOnlineReader({
    env: storeEnvironment(store),
    now: Date.now,
    random: Math.random,
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  });
  // its deadline is by the clock of the store, the age of rows by that of the requests
  return endpointOf(
    functionFolder(stack),
    testHost({
      reader: { read: (reads) => reader.read(reads, Date.now() + 5000) },
      env: { ML_SERVING_BINDINGS: JSON.stringify(bindings) },
    }),
  );
}

function visits(more: Partial<FeatureTableProps> = {}, eventTimeFormat = EventTimeFormat.SECONDS): (stack: Stack) => FeatureTable {
  return (stack) =>
    new FeatureTable(stack, 'visits', {
      primaryKey: [Column.string('user'), Column.integer('day')],
      timestampKey: Column.timestamp('at'),
      features: [
        Column.long('clicks', { nullable: true }),
        Column.string('page', { nullable: true }),
        Column.array('vector', ElementType.FLOAT, { shape: [2], nullable: true }),
      ],
      maxAge: Duration.hours(1),
      onlineStore: OnlineStore.existing(TableV2.fromTableName(stack, 'Existing', 'visits'), {
        attributes: { user: 'pk', day: 'sk', at: 'time', page: 'last.page' },
        eventTimeFormat,
      }),
      ...more,
    });
}

const seconds = (ago: number) => String(REQUEST_TIME / 1000 - ago);

test('a row is found by its partition key and its sort key, and its features by their attributes', async () => {
  await put('visits', {
    pk: { S: '100%|x' },
    sk: { N: '-7' },
    time: { N: seconds(10) },
    clicks: { N: '9007199254740993' },
    'last.page': { S: '/home' },
    vector: { L: [{ N: '1.5' }, { S: 'NaN' }] },
    page: { S: 'another attribute' },
  });
  const { post } = endpoint(visits(), ['user', 'day']);
  const records = [
    { user: '100%|x', day: -7 },
    { user: '100%|x', day: -8 },
    { user: '100%|x', day: -7 },
  ];
  const found = { ...records[0], clicks: '9007199254740993', page: '/home', vector: [1.5, 'NaN'] };
  const missing = { ...records[1], clicks: null, page: null, vector: null };
  expect((await post({ dataframe_records: records })).body).toEqual({
    outputs: [found, missing, found],
    feature_states: [{}, { clicks: 'NOT_FOUND', page: 'NOT_FOUND', vector: 'NOT_FOUND' }, {}],
  });
});

test('a key that is a number is found however its writer wrote it', async () => {
  await put('pages', { number: { N: '1200.0' }, title: { S: 'Twelve hundred' } });
  await put('pages', { number: { N: '9007199254740993' }, title: { S: 'Beyond doubles' } });
  const pages = (stack: Stack) =>
    new FeatureTable(stack, 'pages', {
      primaryKey: [Column.long('number')],
      features: [Column.string('title', { nullable: true })],
      onlineStore: OnlineStore.existing(TableV2.fromTableName(stack, 'Existing', 'pages')),
    });
  const { post } = endpoint(pages, ['number']);
  const { body } = await post({ dataframe_records: [{ number: 1200 }, { number: '9007199254740993' }, { number: '9007199254740992' }] });
  expect(body.outputs).toMatchObject([{ title: 'Twelve hundred' }, { title: 'Beyond doubles' }, { title: null }]);
});

test('what this library marks its own rows by means nothing there', async () => {
  await put('users', { id: { S: 'ann' }, _deleted: { BOOL: false }, _ttl: { N: '1' }, name: { S: 'Ann' } });
  const users = (stack: Stack) =>
    new FeatureTable(stack, 'users', {
      primaryKey: [Column.string('id')],
      features: [Column.string('name'), Column.boolean('gone'), Column.integer('expires')],
      onlineStore: OnlineStore.existing(TableV2.fromTableName(stack, 'Existing', 'users'), {
        attributes: { gone: '_deleted', expires: '_ttl' },
      }),
    });
  expect((await endpoint(users, ['id']).post({ dataframe_records: [{ id: 'ann' }] })).body).toEqual({
    outputs: [{ id: 'ann', name: 'Ann', gone: false, expires: 1 }],
    feature_states: [{}],
  });
});

test('a value of another form is the fault of its writer: the log names the attribute, the answer says nothing', async () => {
  await put('visits', { pk: { S: 'form' }, sk: { N: '1' }, time: { N: seconds(1) }, 'last.page': { N: '7' } });
  const { post, host } = endpoint(visits(), ['user', 'day']);
  expect(await post({ dataframe_records: [{ user: 'form', day: 1 }] })).toMatchObject({
    status: 500,
    body: { error_code: 'INTERNAL_ERROR', message: expect.not.stringContaining('last.page') },
  });
  expect(host.lines.at(-1)).toMatchObject({
    reason: ["Error: attribute 'last.page': expected string, got: another value, of type N"],
  });
});

describe.each<[EventTimeFormat, (ago: number) => { N: string } | { S: string }]>([
  [EventTimeFormat.SECONDS, (ago) => ({ N: String((REQUEST_TIME - ago) / 1000) })],
  [EventTimeFormat.MILLISECONDS, (ago) => ({ N: String(REQUEST_TIME - ago) })],
  [EventTimeFormat.MICROSECONDS, (ago) => ({ N: `${REQUEST_TIME - ago}000` })],
  [EventTimeFormat.ISO_8601, (ago) => ({ S: new Date(REQUEST_TIME - ago + 7_200_000).toISOString().replace('Z', '+02:00') })],
])('an event time in %s', (format, time) => {
  const state = async (user: string) =>
    (
      (await endpoint(visits({}, format), ['user', 'day']).post({ dataframe_records: [{ user, day: 1 }] })).body.feature_states as {
        clicks?: string;
      }[]
    )[0]!.clicks;
  const store = (user: string, at: { N: string } | { S: string } | undefined) =>
    put('visits', { pk: { S: user }, sk: { N: '1' }, clicks: { N: '1' }, ...(at && { time: at }) });

  test('is within the age to the millisecond', async () => {
    await store(`${format} last`, time(3_600_000));
    expect(await state(`${format} last`)).toBeUndefined();
  });

  test('is outside of it a millisecond later', async () => {
    await store(`${format} late`, time(3_600_001));
    expect(await state(`${format} late`)).toBe('OUTSIDE_MAX_AGE');
  });

  test('that is not there, or in another form, is outside of it', async () => {
    await store(`${format} none`, undefined);
    await store(`${format} other`, format === EventTimeFormat.ISO_8601 ? { N: '1' } : { S: '2024-06-01T12:00:00Z' });
    expect([await state(`${format} none`), await state(`${format} other`)]).toEqual(['OUTSIDE_MAX_AGE', 'OUTSIDE_MAX_AGE']);
  });
});

test.each([
  [{ user: '', day: 1 }, `row 0, column 'user': expected a value, got: ""`],
  [{ user: 'é'.repeat(1025), day: 1 }, "row 0, column 'user': expected a key of at most 2048 bytes, got: 2050 bytes"],
])('fails on a key that DynamoDB takes for none', async (record, message) => {
  expect(await endpoint(visits(), ['user', 'day']).post({ dataframe_records: [record] })).toMatchObject({
    status: 400,
    body: { error_code: 'INVALID_PARAMETER_VALUE', message },
  });
});

test('fails on a sort key longer than DynamoDB takes', async () => {
  const byPage = visits({ primaryKey: [Column.integer('day'), Column.string('user')] });
  expect(await endpoint(byPage, ['day', 'user']).post({ dataframe_records: [{ day: 1, user: 'a'.repeat(1025) }] })).toMatchObject({
    status: 400,
    body: { message: "row 0, column 'user': expected a key of at most 1024 bytes, got: 1025 bytes" },
  });
});
