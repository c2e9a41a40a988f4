// Models from S3, over real HTTP with real signatures, into a real folder.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createModelStore, type ModelStore } from '../../../lambda/serving/model-store';
import { MODELS_FOLDER } from '../../../lambda/serving/model-store';
import { type ModelObjectSpec } from '../../../lib/contract/endpoint-spec';
import { fixtureCases, fixtureModel, modelEndpoint, removeAssets, writeAsset } from '../../helpers/endpoint-asset';
import { expectClose } from '../../helpers/expect-close';
import { type FakeS3, fakeS3, type S3Reaction } from '../../helpers/fake-s3';
import { folderOf } from '../../helpers/folder';
import { context, endpointOf, event, testHost } from '../../helpers/http-api';

const SECRET = 'test-secret';
const MODEL = readFileSync('test/fixtures/house_price_a/model.onnx');
const sha256 = createHash('sha256').update(MODEL).digest('hex');
const OBJECT: ModelObjectSpec = { bucket: 'house_price/1', key: 'models/größe (1)/a+b=c.onnx', sha256, maxBytes: MODEL.length };
const PATH = '/my-bucket/models/gr%C3%B6%C3%9Fe%20%281%29/a%2Bb%3Dc.onnx';

const servers: FakeS3[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
afterAll(removeAssets);

async function start(
  react?: (n: number) => S3Reaction | undefined,
  objects: Record<string, Uint8Array> = { [PATH]: MODEL },
): Promise<FakeS3> {
  const server = await fakeS3(SECRET, objects, react);
  servers.push(server);
  return server;
}

function storeOf({ url }: Pick<FakeS3, 'url'>, folder: string, more: Record<string, string> = { AWS_ENDPOINT_URL_S3: url }) {
  const pauses: number[] = [];
  const env = { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: SECRET, AWS_SESSION_TOKEN: 'token', ...more };
  const store = createModelStore({
    env,
    now: Date.now,
    random: () => 0.5,
    folder,
    sleep: (milliseconds) => Promise.resolve(void pauses.push(milliseconds)),
  });
  return { store, fetch: (object: ModelObjectSpec = OBJECT) => store.fetch('my-bucket', object), pauses };
}

const filesOf = (folder: string) => readdirSync(join(folder, MODELS_FOLDER));

test('a model is fetched once by a signed request, whatever its key', async () => {
  const [s3, folder] = [await start(), folderOf({})];
  const file = await storeOf(s3, folder).fetch();
  expect(readFileSync(file)).toEqual(MODEL);
  expect(file).toBe(join(folder, MODELS_FOLDER, `${sha256}.onnx`));
  // another process of the same machine
  expect(await storeOf(s3, folder).fetch()).toBe(file);
  expect(s3.requests).toEqual([PATH]);
  expect(filesOf(folder)).toEqual([`${sha256}.onnx`]);
});

test('AWS_ENDPOINT_URL is used, with its path, if there is none for S3', async () => {
  const s3 = await start(undefined, { [`/s3${PATH}`]: MODEL });
  await storeOf(s3, folderOf({}), { AWS_ENDPOINT_URL: `${s3.url}/s3/` }).fetch();
  expect(s3.requests).toEqual([`/s3${PATH}`]);
});

test('a file with other bytes is replaced', async () => {
  const [s3, folder] = [await start(), folderOf({})];
  mkdirSync(join(folder, MODELS_FOLDER));
  writeFileSync(join(folder, MODELS_FOLDER, `${sha256}.onnx`), 'planted');
  expect(readFileSync(await storeOf(s3, folder).fetch())).toEqual(MODEL);
});

test('a download continues where the connection broke', async () => {
  const s3 = await start((n) => (n < 2 ? { cutAfter: 1_000 } : undefined));
  const { fetch, pauses } = storeOf(s3, folderOf({}));
  expect(readFileSync(await fetch())).toEqual(MODEL);
  expect(s3.requests).toEqual([PATH, `${PATH} bytes=1000-`, `${PATH} bytes=2000-`]);
  expect(pauses).toEqual([200, 200]);
});

test('a download starts again if the store sends the whole object instead of the rest', async () => {
  const s3 = await start((n) => (n === 0 ? { cutAfter: 1_000 } : 'ignore range'));
  expect(readFileSync(await storeOf(s3, folderOf({})).fetch())).toEqual(MODEL);
});

test.each([503, 500, 429])('an answer of status %i is retried', async (status) => {
  const s3 = await start((n) => (n < 4 ? { status, body: '<Error><Code>SlowDown</Code></Error>' } : undefined));
  const { fetch, pauses } = storeOf(s3, folderOf({}));
  expect(readFileSync(await fetch())).toEqual(MODEL);
  expect(pauses).toEqual([200, 400, 800, 1_600]);
});

test('fails after five answers without a byte, and leaves no file', async () => {
  const [s3, folder] = [
    await start(() => ({ status: 503, body: '<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>' })),
    folderOf({}),
  ];
  await expect(storeOf(s3, folder).fetch()).rejects.toThrow(new Error(`s3://my-bucket/${OBJECT.key}: SlowDown: Reduce your request rate.`));
  expect(s3.requests).toHaveLength(5);
  expect(filesOf(folder)).toEqual([]);
});

test('fails on a store that cannot be reached', async () => {
  const { fetch, pauses } = storeOf({ url: 'http://127.0.0.1:1' }, folderOf({}));
  await expect(fetch()).rejects.toThrow(/ECONNREFUSED/);
  expect(pauses).toHaveLength(4);
});

test.each<[string, Partial<ModelObjectSpec>, string, number]>([
  ['an object that is not there', { key: 'gone.onnx' }, 's3://my-bucket/gone.onnx: NoSuchKey: The specified key does not exist.', 1],
  [
    'other bytes',
    { sha256: '0'.repeat(64) },
    `s3://my-bucket/${OBJECT.key}: expected an object of SHA-256 ${'0'.repeat(64)}, got: ${sha256}`,
    1,
  ],
  ['more bytes than there should be', { maxBytes: 1_000 }, `expected at most 1000 bytes in the object ${OBJECT.key}, got: more`, 1],
])('fails at once on %s, and leaves no file', async (_, object, message, requests) => {
  const [s3, folder] = [await start(), folderOf({})];
  await expect(storeOf(s3, folder).fetch({ ...OBJECT, ...object })).rejects.toThrow(new Error(message));
  expect(s3.requests).toHaveLength(requests);
  expect(filesOf(folder)).toEqual([]);
});

test('fails on a signature that the store does not accept', async () => {
  const s3 = await start();
  const store = storeOf(s3, folderOf({}), { AWS_ENDPOINT_URL_S3: s3.url, AWS_SECRET_ACCESS_KEY: 'other' });
  await expect(store.fetch()).rejects.toThrow(
    new Error(`s3://my-bucket/${OBJECT.key}: SignatureDoesNotMatch: The request signature does not match`),
  );
});

test('fails on an answer that is not of S3', async () => {
  const s3 = await start(() => ({ status: 400, body: 'what?' }));
  await expect(storeOf(s3, folderOf({})).fetch()).rejects.toThrow(new Error(`s3://my-bucket/${OBJECT.key}: HTTP 400: what?`));
});

test('fails without a region', () => {
  expect(() => createModelStore({ env: {}, now: Date.now, random: () => 0.5, folder: '', sleep: () => Promise.resolve() })).toThrow(
    new Error('expected a region in AWS_REGION, got: none'),
  );
});

describe('an endpoint', () => {
  const { cases, tolerance } = fixtureCases('house_price_a');
  const rows = cases.map(({ row }) => row);

  const NAMES = { ML_SERVING_BINDINGS: '{"tables":{},"buckets":{"house_price/1":"my-bucket"}}' };

  function endpoint(models: ModelStore, env: Record<string, string> = NAMES) {
    const { modelName, version, inputs, outputs } = fixtureModel('house_price_a').model;
    const folder = writeAsset(modelEndpoint({ modelName, version, inputs, outputs, scorer: { kind: 'object', ...OBJECT } }));
    return endpointOf(folder, testHost({ models, env }));
  }

  test('fetches its model when it starts, and answers every case', async () => {
    const s3 = await start();
    const { post, send } = endpoint(storeOf(s3, folderOf({})).store);
    const { status, body } = await post({ dataframe_records: rows });
    expect(status).toBe(200);
    cases.forEach(({ expected }, i) => expectClose((body.predictions as unknown[])[i], expected, tolerance));
    expect((await send(event('GET', '/health'))).status).toBe(200);
    expect(s3.requests).toEqual([PATH]);
  });

  test('answers 500 while the object is missing, and 200 when it exists', async () => {
    const objects: Record<string, Uint8Array> = {};
    const s3 = await start(undefined, objects);
    const { post, send, host } = endpoint(storeOf(s3, folderOf({})).store);
    expect(await post({ dataframe_records: rows })).toMatchObject({ status: 500, body: { error_code: 'INTERNAL_ERROR' } });
    expect(host.lines.at(-1)).toMatchObject({
      reason: [`AwsError: s3://my-bucket/${OBJECT.key}: NoSuchKey: The specified key does not exist.`],
    });
    expect((await send(event('GET', '/health'))).status).toBe(500);
    objects[PATH] = MODEL;
    expect((await post({ dataframe_records: rows })).status).toBe(200);
  });

  test('answers 504 when the deadline passes before the model is loaded', async () => {
    const { send } = endpoint({ fetch: () => new Promise(() => undefined) });
    const answer = await send(event('POST', '/invocations', { body: JSON.stringify({ dataframe_records: rows }) }), context(251));
    const message = 'the deadline of the request has passed while the model is being loaded: try again';
    expect(answer).toMatchObject({ status: 504, body: { error_code: 'DEADLINE_EXCEEDED', message } });
  });

  test('fails to start without the name of its bucket', () => {
    expect(() => endpoint({ fetch: () => Promise.resolve('') }, {})).toThrow(
      new Error("ML_SERVING_BINDINGS: expected the bucket 'house_price/1', got: none"),
    );
  });
});
