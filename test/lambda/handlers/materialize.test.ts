import { join } from 'node:path';
import { type MaterializeEvent, type MaterializeHost, materialize } from '../../../lambda/handlers/materialize';
import { createJsonCall, jsonCallerSettings } from '../../../lambda/aws/json-call';
import { wakeUpMessages } from '../../../lambda/aws/wake-up-messages';
import { BINDINGS_VARIABLE, type TableSpec } from '../../../lib/contract/endpoint-spec';
import { type FakeServer, fakeServer, type Reaction } from '../../helpers/fake-dynamodb';
import { FeatureDelta } from '../../helpers/feature-delta';
import { temporaryFolder } from '../../helpers/files';
import { documentOf, rowsOfItems } from '../../helpers/materialization';
import { memoryDynamoDb, type MemoryItems } from '../../helpers/memory-dynamodb';
import { memoryObjects, MODIFIED } from '../../helpers/memory-objects';
import { CHECKOUT } from '../../helpers/parts';
import { isSignedWith } from '../../helpers/signature';

const TABLE: TableSpec = {
  name: 'houses',
  primaryKey: [{ name: 'id', type: 'string' }],
  features: [{ name: 'size', type: 'integer' }],
};
const NOW = MODIFIED + 90_000;
const MINUTES = 60_000;
const WAKE_UP: MaterializeEvent = { Records: [{ receiptHandle: 'the-handle' }] };
const TWO_WAKE_UPS: MaterializeEvent = { Records: [{ receiptHandle: 'the-handle' }, { receiptHandle: 'another-handle' }] };

/** A materialization function over stores in memory. */
async function newFunction({
  env = {},
  materializer = materialize,
}: { env?: MaterializeHost['env']; materializer?: typeof materialize } = {}) {
  const delta = await new FeatureDelta(memoryObjects(), TABLE).create();
  const items: MemoryItems = new Map();
  const lines: string[] = [];
  const sent: string[][] = [];
  const retried: unknown[][] = [];
  const opened: string[][] = [];
  let now = NOW;
  const host: MaterializeHost = {
    env: {
      [BINDINGS_VARIABLE]: JSON.stringify({ tables: { houses: 'physical-table' }, buckets: { houses: 'physical-bucket' } }),
      AWS_LAMBDA_FUNCTION_NAME: 'the-function',
      ...env,
    },
    now: () => now,
    write: (line) => lines.push(line),
    openOffline: (...place) => {
      opened.push(place);
      return delta.store;
    },
    call: memoryDynamoDb(items),
    messages: { send: async (...message) => void sent.push(message), retry: async (...message) => void retried.push(message) },
  };
  const folder = temporaryFolder({ 'table.json': JSON.stringify({ ...documentOf(TABLE), offlineStore: { prefix: 'features/houses' } }) });
  return {
    delta,
    handler: materializer(folder, host),
    opened,
    sent,
    retried,
    messages: host.messages as { -readonly [name in keyof MaterializeHost['messages']]: MaterializeHost['messages'][name] },
    rows: () => rowsOfItems(TABLE, items.values()),
    logged: () => lines.splice(0).map((line) => JSON.parse(line) as Record<string, unknown>),
    pass: (milliseconds: number) => (now += milliseconds),
  };
}

const context = (minutes = 15) => ({ getRemainingTimeInMillis: () => minutes * MINUTES });

test('a message materializes new commits, and logs one line with metrics', async () => {
  const { delta, handler, opened, rows, logged, sent } = await newFunction();
  await delta.append(['a', 1], ['b', 2], ['', 3]);
  await handler(WAKE_UP, context());
  expect(opened).toEqual([['physical-bucket', 'features/houses']]);
  expect(rows()).toEqual({ a: [1], b: [2] });
  expect(sent).toEqual([]);
  const [rejected, line, ...others] = logged();
  expect(rejected).toEqual({ rejected: { file: expect.any(String), row: 2, column: 'id', expected: 'a value', got: '""' } });
  expect(line).toEqual({
    _aws: {
      Timestamp: NOW,
      CloudWatchMetrics: [
        {
          Namespace: 'CdkMlServing',
          Dimensions: [['FunctionName']],
          Metrics: [
            { Name: 'Freshness', Unit: 'Seconds' },
            { Name: 'RowsMaterialized', Unit: 'Count' },
            { Name: 'RowsRejected', Unit: 'Count' },
            { Name: 'MaterializationFailures', Unit: 'Count' },
          ],
        },
      ],
    },
    FunctionName: 'the-function',
    Freshness: 90,
    RowsMaterialized: 2,
    RowsRejected: 1,
    MaterializationFailures: 0,
    feature_table: 'houses',
    to_version: 1,
    rows_written: 2,
    rows_older: 0,
    rows_unchanged: 0,
    rows_outdated: 0,
    rows_deleted: 0,
    unfinished: false,
    pinned: false,
  });
  expect(others).toEqual([]);
});

test('several messages are one run', async () => {
  const { delta, handler, logged } = await newFunction();
  await delta.append(['a', 1]);
  expect(await handler(TWO_WAKE_UPS, context())).toMatchObject({ to: 1, rowsWritten: 1 });
  expect(logged()).toHaveLength(1);
});

test('a version that cannot be read is counted and named, and the message is deleted', async () => {
  const { delta, handler, logged } = await newFunction();
  await delta.append(['a', 1]);
  const [file] = delta.store.paths().filter((path) => path.endsWith('.parquet'));
  await delta.store.write(file!, Buffer.from('no Parquet'));
  await handler(WAKE_UP, context());
  expect(logged()).toEqual([
    expect.objectContaining({
      MaterializationFailures: 1,
      Freshness: 90,
      to_version: 0,
      stopped_at_version: 1,
      reason: expect.stringMatching(/^part-.*\.parquet: expected a data file of \d+ bytes, got: 10 bytes$/),
    }),
  ]);
});

test('without a table there is no freshness metric', async () => {
  const { handler, logged, delta } = await newFunction();
  delta.store.list = () => Promise.resolve([]);
  await handler(WAKE_UP, context());
  const [line] = logged();
  expect(line).not.toHaveProperty('Freshness');
  expect(JSON.stringify(line)).not.toContain('Freshness');
});

test('it sends itself a message when it runs out of time', async () => {
  const { delta, handler, sent, rows } = await newFunction();
  await delta.append(['a', 1]);
  await handler(WAKE_UP, context(0));
  expect(rows()).toEqual({});
  expect(sent).toEqual([['materialization', `{"at":${NOW}}`]]);
  await handler(WAKE_UP, context());
  expect(rows()).toEqual({ a: [1] });
  expect(sent).toHaveLength(1);
});

describe('a run that fails', () => {
  async function failing() {
    const made = await newFunction();
    await made.delta.append(['a', 1]);
    made.delta.store.list = () => Promise.reject(new Error('S3 is gone'));
    return made;
  }

  test('is repeated after a minute, not after the time that a run may take', async () => {
    const { handler, retried } = await failing();
    await expect(handler(WAKE_UP, context())).rejects.toThrow('S3 is gone');
    expect(retried).toEqual([['the-handle', 60]]);
  });

  test('is repeated for all of its messages', async () => {
    const { handler, retried } = await failing();
    await expect(handler(TWO_WAKE_UPS, context())).rejects.toThrow('S3 is gone');
    expect(retried).toEqual([
      ['the-handle', 60],
      ['another-handle', 60],
    ]);
  });

  test('by hand is not repeated', async () => {
    const { handler, retried } = await failing();
    await expect(handler({}, context())).rejects.toThrow('S3 is gone');
    expect(retried).toEqual([]);
  });

  test('reports its own error, even if the queue fails, too', async () => {
    const { handler, messages, logged } = await failing();
    messages.retry = () => Promise.reject(new Error('SQS is gone too'));
    await expect(handler(WAKE_UP, context())).rejects.toThrow('S3 is gone');
    expect(logged()).toEqual([{ retried_late: 'Error: SQS is gone too' }]);
  });
});

test('by hand: another version, with a report', async () => {
  const { delta, handler, rows } = await newFunction();
  await delta.append(['a', 1]);
  await delta.upsert(['a', 2]);
  await handler(WAKE_UP, context());
  expect(await handler({ version: 1, force: true }, context())).toMatchObject({ from: 2, to: 1, isPinned: true, rowsWritten: 1 });
  await handler(WAKE_UP, context());
  expect(rows()).toEqual({ a: [1] });
  expect(await handler({}, context())).toMatchObject({ from: 1, to: 2, isPinned: false });
  expect(rows()).toEqual({ a: [2] });
});

test.each([{}, { tables: { houses: 't' } }, { tables: {}, buckets: { houses: 'b' } }])(
  'fails where names are missing: %j',
  async (bindings) => {
    await expect(newFunction({ env: { [BINDINGS_VARIABLE]: JSON.stringify({ tables: {}, ...bindings }) } })).rejects.toThrow(
      "ML_SERVING_BINDINGS: expected the table and the bucket of feature table 'houses', got: not both",
    );
  },
);

test('the deployed bundle does the same', async () => {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- it is made by the build
  const { materialize: materializer } = require(join(CHECKOUT, 'assets/materialize/materialize.js')) as { materialize: typeof materialize };
  const { delta, handler, rows } = await newFunction({ materializer });
  await delta.append(['a', 1]);
  expect(await handler(WAKE_UP, context())).toMatchObject({ featureTable: 'houses', to: 1, rowsWritten: 1, stopped: undefined });
  expect(rows()).toEqual({ a: [1] });
});

test('fails on a document of another version', () => {
  const folder = temporaryFolder({ 'table.json': JSON.stringify({ ...documentOf(TABLE), documentVersion: 2 }) });
  expect(() => materialize(folder, {} as MaterializeHost)).toThrow('table document: expected documentVersion 1, got: 2');
});

describe('a message', () => {
  const ENV = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-west-1' };
  let server: FakeServer;
  afterEach(() => server.close());

  async function messagesOf(reaction: Reaction) {
    server = await fakeServer(() => reaction);
    const call = createJsonCall(jsonCallerSettings({ ...ENV, AWS_ENDPOINT_URL: server.url }, 'sqs', Date.now), Date.now);
    const io = { random: () => 0.5, sleep: () => Promise.resolve() };
    return wakeUpMessages('https://sqs.eu-west-1.amazonaws.com/123456789012/q.fifo', call, io);
  }

  test('sent is signed, and has the group', async () => {
    const { send } = await messagesOf({ body: {} });
    await send('group', 'body');
    const [request] = server.requests;
    expect(request!.headers).toMatchObject({ 'x-amz-target': 'AmazonSQS.SendMessage', 'content-type': 'application/x-amz-json-1.0' });
    expect(JSON.parse(request!.body)).toEqual({
      QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/123456789012/q.fifo',
      MessageGroupId: 'group',
      MessageBody: 'body',
    });
    expect(isSignedWith('secret', request!)).toBe(true);
  });

  test('received becomes visible again after some seconds', async () => {
    const { retry } = await messagesOf({ body: {} });
    await retry('the-handle', 60);
    const [request] = server.requests;
    expect(request!.headers).toMatchObject({ 'x-amz-target': 'AmazonSQS.ChangeMessageVisibility' });
    expect(JSON.parse(request!.body)).toEqual({
      QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/123456789012/q.fifo',
      ReceiptHandle: 'the-handle',
      VisibilityTimeout: 60,
    });
    expect(isSignedWith('secret', request!)).toBe(true);
  });

  test('fail with the error of the queue', async () => {
    const { send } = await messagesOf({ status: 403, body: { __type: 'AccessDenied' } });
    await expect(send('group', 'body')).rejects.toThrow('sqs:SendMessage: AccessDenied: no message');
  });
});
