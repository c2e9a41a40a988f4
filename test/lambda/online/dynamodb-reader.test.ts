import { BatchGetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { createOnlineReader } from '../../../lambda/online/dynamodb-reader';
import {
  dynamoDbError,
  type FakeServer,
  fakeServer,
  itemsFor,
  keysOf,
  type Reaction,
  type ReceivedRequest,
} from '../../helpers/fake-dynamodb';
import { isSignedWith } from '../../helpers/signature';

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI' };

const servers: FakeServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serverThat(react: (request: ReceivedRequest, n: number) => Reaction): Promise<FakeServer> {
  const server = await fakeServer(react);
  servers.push(server);
  return server;
}

/** A reader of a server, whose pauses take no time and are written down. */
function readerOf({ url }: FakeServer, io: Partial<Parameters<typeof createOnlineReader>[0]> = {}) {
  const pauses: number[] = [];
  const reader = createOnlineReader({
    env: { ...KEYS, AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: url },
    now: Date.now,
    random: () => 0.5,
    sleep: (milliseconds) => {
      pauses.push(milliseconds);
      return Promise.resolve();
    },
    ...io,
  });
  return { pauses, read: (reads: Parameters<typeof reader.read>[0], deadline = Date.now() + 60_000) => reader.read(reads, deadline) };
}

const readOf = (...keys: string[]) => [{ tableName: 't', keys, attributes: ['n'] }];
const itemOf = (key: string) => ({ _key: { S: key }, n: { N: String(key.length) } });
const refusal = (code: string, status: number, message: string) => expect.objectContaining({ name: 'Refusal', code, status, message });

const UNANSWERED = refusal('TEMPORARILY_UNAVAILABLE', 503, 'the online store does not answer, try again later');
const THROTTLED = refusal('REQUEST_LIMIT_EXCEEDED', 429, 'the online store is throttled, try again later');
const UNPROCESSED = refusal('TEMPORARILY_UNAVAILABLE', 503, 'the online store left keys unprocessed, try again later');
const LATE = refusal('DEADLINE_EXCEEDED', 504, 'the online store did not answer in time');

describe('requests', () => {
  test('all tables are read at once, each key once, and items are in the order of the keys', async () => {
    const server = await serverThat((request) => itemsFor(request));
    const { read } = readerOf(server);
    const reads = [
      { tableName: 'houses', keys: ['b', 'aaa', 'b'], attributes: ['n', '_ts', 'size'] },
      { tableName: 'towns', keys: ['x'], attributes: [] },
    ];
    expect(await read(reads)).toEqual([[itemOf('b'), itemOf('aaa'), itemOf('b')], [itemOf('x')]]);
    expect(server.requests.map(({ headers, body }) => [headers['x-amz-target'], headers['content-type'], JSON.parse(body)])).toEqual([
      [
        'DynamoDB_20120810.BatchGetItem',
        'application/x-amz-json-1.0',
        {
          RequestItems: {
            houses: {
              Keys: [{ _key: { S: 'b' } }, { _key: { S: 'aaa' } }],
              ProjectionExpression: '#0,#1,#2,#3',
              ExpressionAttributeNames: { '#0': '_key', '#1': 'n', '#2': '_ts', '#3': 'size' },
            },
            towns: { Keys: [{ _key: { S: 'x' } }], ProjectionExpression: '#0', ExpressionAttributeNames: { '#0': '_key' } },
          },
        },
      ],
    ]);
  });

  test('two reads of one table are one, with the attributes of both', async () => {
    const server = await serverThat((request) => itemsFor(request));
    const { read } = readerOf(server);
    const reads = [
      { tableName: 't', keys: ['a', 'b'], attributes: ['n', 'm'] },
      { tableName: 't', keys: ['b', 'cc'], attributes: ['m', 'o'] },
    ];
    expect(await read(reads)).toEqual([
      [itemOf('a'), itemOf('b')],
      [itemOf('b'), itemOf('cc')],
    ]);
    expect(keysOf(server.requests[0]!)).toEqual({ t: ['a', 'b', 'cc'] });
    expect(server.requests[0]!.body).toContain('{"#0":"_key","#1":"n","#2":"m","#3":"o"}');
  });

  test.each([
    [100, [100]],
    [101, [51, 50]],
    [1000, [100, 100, 100, 100, 100, 100, 100, 100, 100, 100]],
  ])('%i keys in calls of at most 100', async (count, sizes) => {
    const server = await serverThat((request) => itemsFor(request));
    const { read } = readerOf(server);
    const keys = Array.from({ length: count }, (_, i) => `k${i}`);
    expect(await read(readOf(...keys))).toEqual([keys.map(itemOf)]);
    expect(server.requests.map((request) => keysOf(request).t!.length).sort()).toEqual(sizes.sort());
  });

  test('calls run in parallel', async () => {
    const server = await serverThat(() => 'hang');
    const answer = expect(readerOf(server).read(readOf(...Array.from({ length: 300 }, (_, i) => `k${i}`)))).rejects.toThrow(UNANSWERED);
    while (server.requests.length < 3) await new Promise((resolve) => setImmediate(resolve));
    await server.close();
    await answer;
  });

  test('without a key no call is made', async () => {
    const server = await serverThat(() => 'cut');
    const { read } = readerOf(server);
    expect(await read([])).toEqual([]);
    expect(await read(readOf())).toEqual([[]]);
    expect(server.requests).toHaveLength(0);
  });

  test('a key without an item is undefined', async () => {
    const server = await serverThat(() => ({ body: { Responses: { t: [itemOf('a')] } } }));
    expect(await readerOf(server).read(readOf('a', 'b'))).toEqual([[itemOf('a'), undefined]]);
  });

  test('an answer without an item of any table finds nothing', async () => {
    const server = await serverThat(() => ({ body: { Responses: {} } }));
    expect(await readerOf(server).read(readOf('a'))).toEqual([[undefined]]);
  });
});

describe('connections and signatures', () => {
  test('connections stay open', async () => {
    const server = await serverThat((request) => itemsFor(request));
    const { read } = readerOf(server);
    for (let n = 0; n < 50; n++) await read(readOf(`k${n}`));
    expect(server.requests).toHaveLength(50);
    expect(server.sockets()).toBe(1);
  });

  test.each([
    ['AWS_ENDPOINT_URL_DYNAMODB before AWS_ENDPOINT_URL', { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }, 'AWS_ENDPOINT_URL_DYNAMODB', ''],
    ['AWS_ENDPOINT_URL', {}, 'AWS_ENDPOINT_URL', ''],
    ['an endpoint with a path', {}, 'AWS_ENDPOINT_URL', '/dynamodb/'],
  ])('honours %s', async (_, others, variable, path) => {
    const server = await serverThat((request) => itemsFor(request));
    const { read } = readerOf(server, { env: { ...KEYS, AWS_DEFAULT_REGION: 'eu-west-1', ...others, [variable]: server.url + path } });
    expect(await read(readOf('a'))).toEqual([[itemOf('a')]]);
    expect(server.requests[0]!.path).toBe(path === '' ? '/' : path);
    expect(isSignedWith(KEYS.AWS_SECRET_ACCESS_KEY, server.requests[0]!)).toBe(true);
  });

  test("asks AWS's endpoint of the region over HTTPS", async () => {
    const region = 'eu-west-1';
    const hostname = 'dynamodb-fips.eu-west-1.amazonaws.com';
    const asked = jest.spyOn(https, 'request').mockImplementation(((options: https.RequestOptions) => {
      throw new Error(`asked ${options.hostname} ${options.port} ${options.path}`);
    }) as never);
    const { read } = readerOf({ url: '' } as FakeServer, { env: { ...KEYS, AWS_REGION: region, AWS_USE_FIPS_ENDPOINT: 'true' } });
    await expect(read(readOf('a'))).rejects.toThrow(new Error(`asked ${hostname}  /`));
    asked.mockRestore();
  });

  test('fails on a certificate of an unknown authority', async () => {
    const folder = join(dirname(require.resolve('dynalite')), 'ssl');
    const server = https.createServer({
      key: readFileSync(join(folder, 'server-key.pem')),
      cert: readFileSync(join(folder, 'server-crt.pem')),
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(readerOf({ url } as FakeServer).read(readOf('a'))).rejects.toMatchObject({
      code: 'TEMPORARILY_UNAVAILABLE',
      cause: { name: 'SendFailure', message: expect.stringMatching(/certificate/) },
    });
    await new Promise((resolve) => server.close(resolve));
  });

  test('fails without a region', () => {
    expect(() => readerOf({ url: 'http://127.0.0.1:9' } as FakeServer, { env: KEYS })).toThrow(
      new Error('expected a region in AWS_REGION, got: none'),
    );
  });

  test("a request's signature is what the specification says, as the AWS SDK's is", async () => {
    const server = await serverThat((request) => itemsFor(request));
    await readerOf(server).read(readOf('Größe 1 | %', '😀'));
    const sdk = new DynamoDBClient({
      region: 'eu-west-1',
      endpoint: server.url,
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' },
    });
    await sdk.send(new BatchGetItemCommand({ RequestItems: { t: { Keys: [{ _key: { S: 'Größe' } }] } } }));
    sdk.destroy();
    const [ours, theirs] = server.requests;
    expect(isSignedWith('wJalrXUtnFEMI', theirs!)).toBe(true);
    expect(isSignedWith('wJalrXUtnFEMI', ours!)).toBe(true);
    expect(isSignedWith('another', ours!)).toBe(false);
    expect(isSignedWith('wJalrXUtnFEMI', { ...ours!, body: ours!.body.replace('1', '2') })).toBe(false);
    expect(ours!.headers.authorization).toMatch(/Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/dynamodb\/aws4_request,/);
  });

  test('a session token is sent and signed', async () => {
    const server = await serverThat((request) => itemsFor(request));
    const { read } = readerOf(server, {
      env: { ...KEYS, AWS_SESSION_TOKEN: 'the token', AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: server.url },
    });
    await read(readOf('a'));
    const [{ headers }] = server.requests as [ReceivedRequest];
    expect(headers['x-amz-security-token']).toBe('the token');
    expect(headers.authorization).toContain('x-amz-security-token');
    expect(isSignedWith(KEYS.AWS_SECRET_ACCESS_KEY, server.requests[0]!)).toBe(true);
  });
});

describe('passing failures', () => {
  test('only unprocessed keys are read again', async () => {
    const server = await serverThat((request, n) => itemsFor(request, (key) => n === 0 && key !== 'a'));
    const { read, pauses } = readerOf(server);
    expect(await read(readOf('a', 'bb', 'ccc'))).toEqual([[itemOf('a'), itemOf('bb'), itemOf('ccc')]]);
    expect(server.requests.map(keysOf)).toEqual([{ t: ['a', 'bb', 'ccc'] }, { t: ['bb', 'ccc'] }]);
    expect(pauses).toEqual([25]);
  });

  test('answers with a few items each are no failure', async () => {
    const keys = Array.from({ length: 60 }, (_, i) => `k${i}`);
    const server = await serverThat((request) => {
      const [first] = keysOf(request).t!;
      return itemsFor(request, (key) => key !== first);
    });
    const { read, pauses } = readerOf(server);
    expect(await read(readOf(...keys))).toEqual([keys.map(itemOf)]);
    expect(new Set(pauses)).toEqual(new Set([25]));
  });

  test.each<[string, Reaction]>([
    ['ProvisionedThroughputExceededException', dynamoDbError('ProvisionedThroughputExceededException', 'slow down')],
    ['ThrottlingException', dynamoDbError('ThrottlingException', 'slow down')],
    ['RequestLimitExceeded', dynamoDbError('RequestLimitExceeded', 'slow down')],
    ['InternalServerError', dynamoDbError('InternalServerError', 'oops', 500)],
    ['an error page', { status: 503, body: '<html>' }],
    ['an empty error', { status: 502, body: '' }],
    ['an answer cut in two', { body: '{"Responses":{}}', headers: { 'x-amz-crc32': '1' } }],
    ['an answer that is no JSON', { body: '<html>welcome to this network</html>' }],
    ['an empty answer', { body: '' }],
    ['an answer that is no object', { body: 'null' }],
    ['an answer without responses', { body: {} }],
    ['a cut connection', 'cut'],
  ])('%s is retried after a pause', async (_, reaction) => {
    const server = await serverThat((request, n) => (n === 0 ? reaction : itemsFor(request)));
    const { read, pauses } = readerOf(server);
    expect(await read(readOf('a'))).toEqual([[itemOf('a')]]);
    expect(pauses).toEqual([25]);
  });

  test('pauses are random, below a limit that doubles', async () => {
    const server = await serverThat(() => dynamoDbError('ThrottlingException', 'slow down'));
    const { read, pauses } = readerOf(server, { random: () => 0.999999 });
    await expect(read(readOf('a'))).rejects.toThrow(THROTTLED);
    expect(pauses.map(Math.round)).toEqual([50, 100, 200, 400, 800, 1000, 1000]);
  });

  test('a connection that the server had closed is replaced without a pause', async () => {
    const server = await serverThat((request, n) => (n === 1 ? 'cut' : itemsFor(request)));
    const { read, pauses } = readerOf(server);
    await read(readOf('a'));
    expect(await read(readOf('b'))).toEqual([[itemOf('b')]]);
    expect(pauses).toEqual([]);
    expect(server.sockets()).toBe(2);
  });

  test('an answer with the right checksum is accepted', async () => {
    const body = JSON.stringify({ Responses: { t: [itemOf('a')] } });
    const server = await serverThat(() => ({ body, headers: { 'x-amz-crc32': String(crc32(body)) } }));
    expect(await readerOf(server).read(readOf('a'))).toEqual([[itemOf('a')]]);
    expect(server.requests).toHaveLength(1);
  });

  test('a silent connection is replaced', async () => {
    const server = await serverThat((request, n) => (n === 0 ? 'hang' : itemsFor(request)));
    const { read } = readerOf(server);
    jest.useFakeTimers({
      doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'Date', 'performance', 'setInterval', 'clearInterval', 'hrtime'],
    });
    try {
      const answer = read(readOf('a'));
      while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
      jest.advanceTimersByTime(2000);
      jest.useRealTimers();
      expect(await answer).toEqual([[itemOf('a')]]);
      expect(server.sockets()).toBe(2);
    } finally {
      jest.useRealTimers();
    }
  });

  test.each(['InvalidSignatureException', 'RequestTimeTooSkewed'])('a wrong clock (%s) is set by the answer', async (code) => {
    const aDay = 86_400_000;
    const server = await serverThat((request) => {
      const signed = String(request.headers['x-amz-date']);
      const right = signed.startsWith(new Date().toISOString().slice(0, 10).replaceAll('-', ''));
      return right ? itemsFor(request) : dynamoDbError(code, 'Signature expired', 400, { date: new Date().toUTCString() });
    });
    const { read, pauses } = readerOf(server, { now: () => Date.now() - aDay });
    expect(await read(readOf('a'))).toEqual([[itemOf('a')]]);
    expect(await read(readOf('b'))).toEqual([[itemOf('b')]]);
    expect(server.requests).toHaveLength(3);
    expect(pauses).toEqual([]);
  });
});

describe('lasting failures', () => {
  test('fails as throttled', async () => {
    const server = await serverThat(() => dynamoDbError('ProvisionedThroughputExceededException', 'slow down'));
    await expect(readerOf(server).read(readOf('a'))).rejects.toThrow(THROTTLED);
    expect(server.requests).toHaveLength(8);
  });

  test('fails as unavailable when keys stay unprocessed', async () => {
    const server = await serverThat((request) => itemsFor(request, (key) => key === 'b'));
    await expect(readerOf(server).read(readOf('a', 'b'))).rejects.toThrow(UNPROCESSED);
    expect(server.requests).toHaveLength(8 + 1);
  });

  test.each([
    ['{"Respon', 'expected a JSON object, got: 8 other bytes'],
    ['{}', 'expected Responses, got: none'],
  ])('fails as unavailable on an unreadable answer, %s', async (body, message) => {
    const server = await serverThat(() => ({ body }));
    await expect(readerOf(server).read(readOf('a'))).rejects.toMatchObject({
      code: 'TEMPORARILY_UNAVAILABLE',
      message: 'the online store does not answer, try again later',
      cause: { name: 'AwsError', message: `dynamodb:BatchGetItem: UnreadableAnswer: ${message}` },
    });
  });

  test.each<[string, Reaction]>([
    ['DynamoDB fails', dynamoDbError('InternalServerError', 'secret internals', 500)],
    ['connections are cut', 'cut'],
  ])('fails as unavailable when %s', async (_, reaction) => {
    const server = await serverThat(() => reaction);
    await expect(readerOf(server).read(readOf('a'))).rejects.toThrow(UNANSWERED);
  });

  test('fails as unavailable when nobody listens', async () => {
    const server = await serverThat(() => 'cut');
    await server.close();
    await expect(readerOf(server).read(readOf('a'))).rejects.toThrow(UNANSWERED);
  });

  test('keeps the cause for the log', async () => {
    const server = await serverThat(() => dynamoDbError('ThrottlingException', 'slow down'));
    await expect(readerOf(server).read(readOf('a'))).rejects.toMatchObject({
      cause: new Error('dynamodb:BatchGetItem: ThrottlingException: slow down'),
    });
  });

  test('fails at the deadline while DynamoDB does not answer', async () => {
    const server = await serverThat(() => 'hang');
    await expect(readerOf(server).read(readOf('a'), Date.now() + 50)).rejects.toThrow(LATE);
  });

  test('fails at a deadline that has passed', async () => {
    const server = await serverThat(() => 'hang');
    await expect(readerOf(server).read(readOf('a'), Date.now() - 1)).rejects.toThrow(LATE);
  });

  test('does not pause beyond the deadline', async () => {
    const server = await serverThat(() => dynamoDbError('ThrottlingException', 'slow down'));
    const { read, pauses } = readerOf(server, { random: () => 0.9, now: () => 1_000_000 });
    await expect(read(readOf('a'), 1_000_000 + 100)).rejects.toThrow(THROTTLED);
    expect(pauses).toEqual([45, 90]);
  });

  test.each([
    ['AccessDeniedException', 'User: arn:aws:sts::1:role is not authorized to perform: dynamodb:BatchGetItem'],
    ['ResourceNotFoundException', 'Requested resource not found'],
    ['ValidationException', 'The provided key element does not match the schema'],
    ['InvalidSignatureException', 'The request signature we calculated does not match'],
    ['UnrecognizedClientException', 'The security token included in the request is invalid.'],
  ])('fails at once on %s, with the action for the log', async (code, message) => {
    const server = await serverThat(() => dynamoDbError(code, message, 400, { date: new Date().toUTCString() }));
    await expect(readerOf(server).read(readOf('a'))).rejects.toThrow(new Error(`dynamodb:BatchGetItem: ${code}: ${message}`));
    expect(server.requests).toHaveLength(1);
  });

  test('fails at once on a refusal that is not from DynamoDB', async () => {
    const server = await serverThat(() => ({ status: 403, body: 'proxy says no' }));
    await expect(readerOf(server).read(readOf('a'))).rejects.toThrow(new Error('dynamodb:BatchGetItem: HTTP 403: proxy says no'));
  });
});
