import { createOnlineWriter } from '../../../lambda/online/writer';
import type { TableSpec } from '../../../lib/contract/endpoint-spec';
import { dynamoDbError, type FakeServer, fakeServer, type Reaction } from '../../helpers/fake-dynamodb';
import { onlineTable } from '../../helpers/store';

const TABLE: TableSpec = { name: 't', primaryKey: [{ name: 'id', type: 'string' }], features: [{ name: 'f', type: 'string' }] };
const ROW = { key: 'a', features: ['1'] };

let server: FakeServer;
afterEach(() => server.close());

/** A writer to a server that reacts so, and the pauses that it makes. */
async function writerTo(react: (n: number) => Reaction) {
  server = await fakeServer((_, n) => react(n));
  const pauses: number[] = [];
  const sleep = (milliseconds: number) => {
    pauses.push(milliseconds);
    return Promise.resolve();
  };
  const online = onlineTable({ endpoint: server.url }, 't', { sleep });
  return { write: createOnlineWriter({ table: TABLE, online, version: 0, force: false, now: () => 0 }), pauses };
}

test.each<[string, Reaction]>([
  ['ThrottlingException', dynamoDbError('ThrottlingException', 'slow down')],
  ['ProvisionedThroughputExceededException', dynamoDbError('ProvisionedThroughputExceededException', 'slow down')],
  ['RequestLimitExceeded', dynamoDbError('RequestLimitExceeded', 'slow down')],
  ['InternalServerError', dynamoDbError('InternalServerError', 'oops', 500)],
  ['a network that fails', 'cut'],
])('%s: the row is written again after a pause', async (_, reaction) => {
  const { write, pauses } = await writerTo((n) => (n < 2 ? reaction : { body: {} }));
  expect(await write(ROW)).toEqual({ kind: 'written' });
  expect(pauses).toEqual([100, 200]);
});

test('the row is written again at once on a closed connection', async () => {
  const { write, pauses } = await writerTo((n) => (n === 1 ? 'cut' : { body: {} }));
  expect(await write(ROW)).toEqual({ kind: 'written' });
  expect(await write(ROW)).toEqual({ kind: 'written' });
  expect(server.requests).toHaveLength(3);
  expect(pauses).toEqual([]);
});

test('the row is written again when no answer comes in time', async () => {
  const { write, pauses } = await writerTo((n) => (n === 0 ? 'hang' : { body: {} }));
  expect(await write(ROW)).toEqual({ kind: 'written' });
  expect(pauses).toEqual([100]);
});

test('a row that stays throttled is reported', async () => {
  const { write, pauses } = await writerTo(() => dynamoDbError('ThrottlingException', 'slow down'));
  expect(await write(ROW)).toEqual({
    kind: 'failed',
    error: expect.objectContaining({ name: 'OnlineStoreFailure', message: 'dynamodb:PutItem: ThrottlingException: slow down' }),
  });
  expect(pauses).toEqual([100, 200, 400, 800, 1600, 3200, 5000]);
});

test('a row far beyond 400 KB is rejected without being sent', async () => {
  const { write } = await writerTo(() => ({ body: {} }));
  expect(await write({ key: 'a', features: ['x'.repeat(3_000_000)] })).toEqual({
    kind: 'rejected',
    expected: 'a row of at most 400 KB',
    got: 'a larger one',
  });
  expect(server.requests).toEqual([]);
});

test.each(['AccessDeniedException', 'ValidationException'])('fails on %s', async (code) => {
  const { write, pauses } = await writerTo(() => dynamoDbError(code, 'no'));
  await expect(write(ROW)).rejects.toMatchObject({ name: 'AwsError', code, message: `dynamodb:PutItem: ${code}: no` });
  expect(pauses).toEqual([]);
});
