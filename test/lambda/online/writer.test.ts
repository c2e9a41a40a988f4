import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createOnlineWriter } from '../../../lambda/online/writer';
import type { TableSpec } from '../../../lib/spec/endpoint-spec';
import { dynamoDbError, type FakeServer, fakeServer, type Reaction } from '../../helpers/fake-dynamodb';

const TABLE: TableSpec = { name: 't', primaryKey: [{ name: 'id', type: 'string' }], features: [{ name: 'f', type: 'integer' }] };
const ROW = { key: 'a', features: [1] };

let server: FakeServer;
let client: DynamoDBClient;
afterEach(async () => {
  client.destroy();
  await server.close();
});

/** A writer to a server that reacts so, and the pauses that it makes. */
async function writerTo(react: (n: number) => Reaction) {
  server = await fakeServer((_, n) => react(n));
  client = new DynamoDBClient({
    region: 'eu-west-1',
    endpoint: server.url,
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    maxAttempts: 1,
  });
  const pauses: number[] = [];
  const sleep = (milliseconds: number) => {
    pauses.push(milliseconds);
    return Promise.resolve();
  };
  const write = createOnlineWriter({
    table: TABLE,
    tableName: 't',
    version: 0,
    force: false,
    client,
    now: () => 0,
    random: () => 0.5,
    sleep,
  });
  return { write, pauses };
}

test.each<[string, Reaction]>([
  ['ThrottlingException', dynamoDbError('ThrottlingException', 'slow down')],
  ['ProvisionedThroughputExceededException', dynamoDbError('ProvisionedThroughputExceededException', 'slow down')],
  ['RequestLimitExceeded', dynamoDbError('RequestLimitExceeded', 'slow down')],
  ['InternalServerError', dynamoDbError('InternalServerError', 'oops', 500)],
])('%s: the row is written again after a pause', async (_, reaction) => {
  const { write, pauses } = await writerTo((n) => (n < 2 ? reaction : { body: {} }));
  expect(await write(ROW)).toEqual({ kind: 'written' });
  expect(pauses).toEqual([100, 200]);
});

test.each([
  { name: 'TimeoutError', code: 'ECONNRESET' },
  { name: 'Error', code: 'ECONNREFUSED' },
  { name: 'TimeoutError', code: undefined },
])('a network that fails: the row is written again after a pause (%j)', async (failure) => {
  const { write, pauses } = await writerTo(() => ({ body: {} }));
  jest.spyOn(client, 'send').mockImplementationOnce(() => Promise.reject(Object.assign(new Error('socket hang up'), failure)) as never);
  expect(await write(ROW)).toEqual({ kind: 'written' });
  expect(pauses).toEqual([100]);
});

test('a row that is throttled to the end is reported', async () => {
  const { write, pauses } = await writerTo(() => dynamoDbError('ThrottlingException', 'slow down'));
  expect(await write(ROW)).toEqual({
    kind: 'failed',
    error: expect.objectContaining({ name: 'ThrottlingException', message: 'slow down' }),
  });
  expect(pauses).toEqual([100, 200, 400, 800, 1600, 3200, 5000]);
});

test.each(['AccessDeniedException', 'ValidationException'])('fails on %s', async (code) => {
  const { write, pauses } = await writerTo(() => dynamoDbError(code, 'no'));
  await expect(write(ROW)).rejects.toMatchObject({ name: code, message: 'no' });
  expect(pauses).toEqual([]);
});
