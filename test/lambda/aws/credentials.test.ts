import { credentialSource, type Environment } from '../../../lambda/aws/credentials';
import { createOnlineReader } from '../../../lambda/online/dynamodb-reader';
import { dynamoDbError, type FakeServer, fakeServer, itemsFor, type Reaction, type ReceivedRequest } from '../../helpers/fake-dynamodb';

const NOON = Date.parse('2024-01-01T12:00:00Z');
const MINUTE = 60_000;

const servers: FakeServer[] = [];
const endpointBefore = process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT;
afterEach(async () => {
  if (endpointBefore === undefined) delete process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT;
  else process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT = endpointBefore;
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serverThat(react: (request: ReceivedRequest, n: number) => Reaction): Promise<FakeServer> {
  const server = await fakeServer(react);
  servers.push(server);
  return server;
}

/** The nth credentials that a metadata service gives, which hold for an hour from a time on. */
const given = (n: number, from = NOON) => ({
  AccessKeyId: `AKID${n}`,
  SecretAccessKey: `secret ${n}`,
  Token: `token ${n}`,
  Expiration: new Date(from + 60 * MINUTE).toISOString(),
});

/** A container's metadata service that gives other credentials each time. */
async function containerEnvironment(react: (request: ReceivedRequest, n: number) => Reaction = (_, n) => ({ body: given(n) })) {
  const server = await serverThat(react);
  return {
    server,
    env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${server.url}/role`, AWS_CONTAINER_AUTHORIZATION_TOKEN: 'who asks' } as Environment,
  };
}

test.each([{}, { AWS_SESSION_TOKEN: 'token' }])('takes the credentials of the environment', async (token: Environment) => {
  const source = credentialSource(
    { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret', AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:9', ...token },
    () => NOON,
  );
  expect(await source.current()).toEqual({
    accessKeyId: 'AKID',
    secretAccessKey: 'secret',
    ...(token.AWS_SESSION_TOKEN && { sessionToken: 'token' }),
  });
  expect(source.refused()).toBe(false);
});

test("fetches the container's credentials with its token", async () => {
  const { server, env } = await containerEnvironment();
  expect(await credentialSource(env, () => NOON).current()).toMatchObject({
    accessKeyId: 'AKID0',
    secretAccessKey: 'secret 0',
    sessionToken: 'token 0',
  });
  expect(server.requests.map(({ path, headers }) => [path, headers.authorization])).toEqual([['/role', 'who asks']]);
});

test("fetches the machine's credentials with a session of the metadata service", async () => {
  const server = await serverThat(({ method, path }) => {
    if (method === 'PUT') return { body: 'the session' };
    return { body: path.endsWith('/role') ? given(7, Date.now()) : 'role' };
  });
  process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT = server.url;
  const source = credentialSource({}, () => NOON);
  expect(await source.current()).toMatchObject({ accessKeyId: 'AKID7', sessionToken: 'token 7' });
  expect(server.requests.map(({ method, path, headers }) => [method, path, headers['x-aws-ec2-metadata-token']])).toEqual([
    ['PUT', '/latest/api/token', undefined],
    ['GET', '/latest/meta-data/iam/security-credentials/', 'the session'],
    ['GET', '/latest/meta-data/iam/security-credentials/role', 'the session'],
  ]);
});

test('renews credentials five minutes before they expire, once for concurrent callers', async () => {
  let now = NOON;
  const { server, env } = await containerEnvironment((_, n) => ({ body: given(n, now) }));
  const source = credentialSource(env, () => now);
  const ids = async () => (await Promise.all([source.current(), source.current(), source.current()])).map(({ accessKeyId }) => accessKeyId);
  expect(await ids()).toEqual(['AKID0', 'AKID0', 'AKID0']);
  now += 54 * MINUTE;
  expect(await ids()).toEqual(['AKID0', 'AKID0', 'AKID0']);
  now += 1 * MINUTE;
  expect(await ids()).toEqual(['AKID1', 'AKID1', 'AKID1']);
  expect(server.requests).toHaveLength(2);
});

test('keeps valid credentials while they cannot be renewed, and fails when they have expired', async () => {
  let now = Date.now();
  let broken = false;
  const server = await serverThat(({ method, path }) => {
    if (broken) return { status: 400, body: 'broken' };
    if (method === 'PUT') return { body: 'the session' };
    return { body: path.endsWith('/role') ? given(1, now) : 'role' };
  });
  process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT = server.url;
  const source = credentialSource({}, () => now);
  await source.current();
  broken = true;
  now += 56 * MINUTE;
  expect(await source.current()).toMatchObject({ accessKeyId: 'AKID1' });
  now += 4 * MINUTE;
  await expect(source.current()).rejects.toThrow('expected AWS credentials, got: ');
});

test('fails without credentials', async () => {
  const source = credentialSource({ AWS_EC2_METADATA_DISABLED: 'true' }, () => NOON);
  await expect(source.current()).rejects.toThrow(
    expect.objectContaining({
      message: 'expected AWS credentials, got: none in the environment, and the instance metadata service is disabled',
    }),
  );
});

describe('a reader', () => {
  const readerWith = (url: string, env: Environment) =>
    createOnlineReader({
      env: { ...env, AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: url },
      now: () => NOON,
      random: () => 0,
      sleep: () => Promise.resolve(),
    });
  const read = [{ tableName: 't', keys: ['a'], attributes: ['n'] }];

  test('renews credentials that AWS calls expired', async () => {
    const { env } = await containerEnvironment();
    const server = await serverThat((request) =>
      request.headers['x-amz-security-token'] === 'token 0' ? dynamoDbError('ExpiredTokenException', 'expired') : itemsFor(request),
    );
    expect(await readerWith(server.url, env).read(read, NOON + 60_000)).toEqual([[{ _key: { S: 'a' }, n: { N: '1' } }]]);
    expect(server.requests.map(({ headers }) => headers['x-amz-security-token'])).toEqual(['token 0', 'token 1']);
  });

  test('fails when the renewed credentials are the same', async () => {
    const { env } = await containerEnvironment(() => ({ body: given(0) }));
    const server = await serverThat(() => dynamoDbError('ExpiredTokenException', 'expired'));
    await expect(readerWith(server.url, env).read(read, NOON + 60_000)).rejects.toThrow(
      new Error('dynamodb:BatchGetItem: ExpiredTokenException: expired'),
    );
    expect(server.requests).toHaveLength(2);
  });
});
