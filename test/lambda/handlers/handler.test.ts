// What the handler does with an event beside scoring: routes, media types, limits, deadlines, errors, the log line.
import { MAX_BODY_BYTES } from '../../../lambda/protocols/json-body';
import type { OnlineReader } from '../../../lambda/online/reader';
import { Refusal } from '../../../lambda/refusal';
import { version } from '../../../package.json';
import type { ColumnSpec } from '../../../lib/contract/data-types';
import type { EndpointSpec } from '../../../lib/contract/endpoint-spec';
import { fixtureCases, fixtureModel, modelEndpoint, removeAssets, writeAsset } from '../../helpers/endpoint-asset';
import { HOUSE_BINDINGS, houseEndpoint } from '../../helpers/house-endpoint';
import { context, endpointOf, event, REQUEST_TIME, testHost } from '../../helpers/http-api';

afterAll(removeAssets);

const { model, files } = fixtureModel('house_price_a');
const spec: EndpointSpec = { ...modelEndpoint(model), endpointName: 'prices' };
const folder = writeAsset(spec, files);
const { row } = fixtureCases('house_price_a').cases[0]!;
const BODY = JSON.stringify({ dataframe_records: [row] });
const NAMED_PATH = '/serving-endpoints/prices/invocations';
const ENTITY_PATH = '/serving-endpoints/prices/served-models/model_A/invocations';

function houses(reader: OnlineReader, now?: () => number) {
  const asset = houseEndpoint('model');
  return endpointOf(
    writeAsset(asset.spec, asset.files),
    testHost({ reader, env: { ML_SERVING_BINDINGS: HOUSE_BINDINGS }, ...(now ? { now } : {}) }),
  );
}

const HOUSE = { dataframe_records: [{ id: '1', yr_sold: 2010, mo_sold: 5 }] };

describe('routes', () => {
  const { send } = endpointOf(folder);

  test.each(['/invocations', NAMED_PATH, ENTITY_PATH])('POST %s predicts', async (path) => {
    const { status, headers, body } = await send(event('POST', path, { body: BODY }));
    expect(status).toBe(200);
    expect(headers).toEqual({ 'content-type': 'application/json', 'served-model-name': 'model_A' });
    expect(body).toEqual({ predictions: [expect.any(Number)] });
  });

  test('a stage of its own in front of the path', async () => {
    expect((await send(event('POST', '/prod/invocations', { body: BODY, stage: 'prod' }))).status).toBe(200);
  });

  test.each([
    ['/', { status: 'alive' }],
    ['/health', { status: 'healthy' }],
    [
      '/version',
      {
        endpoint: 'prices',
        served_entity: 'model_A',
        model_name: 'house_price_a',
        model_version: '1',
        spec_hash: expect.stringMatching(/^[0-9a-f]{16}$/),
        library: `cdk-ml-serving ${version}`,
      },
    ],
  ])('GET %s', async (path, body) => {
    expect(await send(event('GET', path))).toEqual({ status: 200, headers: { 'content-type': 'application/json' }, body });
  });

  test.each(['/other', '/serving-endpoints/other/invocations', '/invocations/', '/ping'])('fails on %s', async (path) => {
    expect(await send(event('POST', path, { body: BODY }))).toMatchObject({
      status: 404,
      body: {
        error_code: 'RESOURCE_DOES_NOT_EXIST',
        message: `expected one of ${NAMED_PATH}, ${ENTITY_PATH}, /invocations, /, /health, /version, got: ${path}`,
      },
    });
  });

  test.each([
    ['GET', '/invocations', 'POST'],
    ['DELETE', NAMED_PATH, 'POST'],
    ['POST', '/', 'GET'],
    ['POST', '/health', 'GET'],
  ])('fails on %s %s', async (method, path, allowed) => {
    expect(await send(event(method, path))).toMatchObject({
      status: 405,
      body: { error_code: 'INVALID_PARAMETER_VALUE', message: `expected ${allowed} ${path}, got: ${method}` },
    });
  });
});

describe('bodies', () => {
  const { send, post } = endpointOf(folder);

  test.each<Record<string, string>>([
    {},
    { 'content-type': 'application/json' },
    { 'content-type': 'application/json; charset=utf-8' },
    { 'content-type': 'Application/JSON;charset="UTF-8"' },
    { 'content-encoding': 'identity' },
  ])('are JSON with the headers %j', async (headers) => {
    expect((await send(event('POST', '/invocations', { body: BODY, headers }))).status).toBe(200);
  });

  test('in base64', async () => {
    expect((await send(event('POST', '/invocations', { body: Buffer.from(BODY), headers: {} }))).status).toBe(200);
  });

  test.each([
    [{ 'content-type': 'text/csv' }, 'content-type application/json in UTF-8, got: text/csv'],
    [
      { 'content-type': 'application/x-www-form-urlencoded' },
      'content-type application/json in UTF-8, got: application/x-www-form-urlencoded',
    ],
    [
      { 'content-type': 'application/json; charset=latin1' },
      'content-type application/json in UTF-8, got: application/json; charset=latin1',
    ],
    [{ 'content-encoding': 'gzip' }, 'a body without content-encoding, got: gzip'],
  ])('fails on the headers %j', async (headers, message) => {
    expect(await send(event('POST', '/invocations', { body: BODY, headers: headers as Record<string, string> }))).toMatchObject({
      status: 415,
      body: { error_code: 'INVALID_PARAMETER_VALUE', message: `expected ${message}` },
    });
  });

  test('fails on bytes that are no UTF-8', async () => {
    expect(await send(event('POST', '/invocations', { body: Buffer.from([0x22, 0xff, 0x22]) }))).toMatchObject({
      status: 400,
      body: { message: 'expected a body in UTF-8, got: other bytes' },
    });
  });

  test('fails on more than 6 MB', async () => {
    const large = 'x'.repeat(MAX_BODY_BYTES + 1);
    expect(await post(large)).toMatchObject({
      status: 413,
      body: {
        error_code: 'INVALID_PARAMETER_VALUE',
        message: `expected a body of at most ${MAX_BODY_BYTES} bytes, got: ${MAX_BODY_BYTES + 1}`,
      },
    });
  });

  test('fails without one', async () => {
    expect(await send(event('POST', '/invocations'))).toMatchObject({
      status: 400,
      body: {
        message: 'expected a JSON object with exactly one of dataframe_records, dataframe_split, inputs, instances, got: an empty body',
      },
    });
  });

  test('lists what was ignored when a column is missing', async () => {
    const { overall_qual, ...rest } = row;
    const { post: strict } = endpointOf(
      writeAsset({ ...spec, requestColumns: spec.requestColumns.map((column) => ({ ...column, nullable: false })) }, files),
    );
    expect((await strict({ dataframe_records: [{ ...rest, overall_quality: overall_qual }] })).body.message).toBe(
      "row 0, column 'overall_qual': expected a value, got: nothing; ignored because they are not declared: 'overall_quality'",
    );
  });

  test('names every column of the row that is wrong or missing, up to ten', async () => {
    const columns: ColumnSpec[] = Array.from({ length: 12 }, (_, i) => ({ name: `c${i}`, type: 'integer' }));
    const features = { requestColumns: columns.map(({ name }) => name), lookups: [], functions: [], exclude: [] };
    const { post: ask, host } = endpointOf(
      writeAsset({ ...spec, requestColumns: columns, servedEntities: [{ kind: 'features', name: 'all', features }] }),
    );
    const right = Object.fromEntries(columns.map(({ name }) => [name, 1]));
    const refused = async (wrong: object) => (await ask({ dataframe_records: [right, { ...right, ...wrong }] })).body.message;
    const whole = 'expected a whole number from -2147483648 to 2147483647, got:';
    expect(await refused({ c3: 'x', c5: 0.5 })).toBe(`row 1, column 'c3': ${whole} "x"; column 'c5': ${whole} 0.5`);
    expect(host.lines.at(-1)).toMatchObject({ row: 1, column: 'c3' });
    const all = Object.fromEntries(columns.map(({ name }) => [name, true]));
    expect(await refused(all)).toBe(`row 1, ${Array.from({ length: 10 }, (_, i) => `column 'c${i}': ${whole} true`).join('; ')}`);
  });

  test('names every missing column of the row', async () => {
    const names = spec.requestColumns.map(({ name }) => name);
    const { post: strict } = endpointOf(
      writeAsset({ ...spec, requestColumns: spec.requestColumns.map((column) => ({ ...column, nullable: false })) }, files),
    );
    expect((await strict({ dataframe_records: [{}] })).body.message).toBe(
      `row 0, ${names.map((name) => `column '${name}': expected a value, got: nothing`).join('; ')}`,
    );
  });

  test('an answer beyond 6 MB fails', async () => {
    const wide = fixtureModel('tiny_transformer');
    const { post: ask } = endpointOf(writeAsset(modelEndpoint(wide.model), wide.files));
    const tokens = { input_ids: new Array(64).fill(1), attention_mask: new Array(64).fill(1) };
    expect(await ask({ dataframe_records: new Array(400).fill(tokens) })).toMatchObject({
      status: 413,
      body: { error_code: 'INVALID_PARAMETER_VALUE', message: 'the answer is larger than 6 MB: send fewer records at once' },
    });
  });
});

describe('the log line', () => {
  test('of an answer', async () => {
    const { post, host } = endpointOf(folder);
    await post({ dataframe_records: [{ ...row, foo: 1 }, row] });
    await post(BODY);
    expect(host.lines).toEqual([
      {
        _aws: {
          Timestamp: REQUEST_TIME,
          CloudWatchMetrics: [
            {
              Namespace: 'CdkMlServing',
              Dimensions: [['FunctionName'], ['FunctionName', 'FunctionVersion']],
              Metrics: [
                { Name: 'Invocations', Unit: 'Count' },
                { Name: 'Errors', Unit: 'Count' },
                { Name: 'Refusals', Unit: 'Count' },
                { Name: 'Latency', Unit: 'Milliseconds' },
              ],
            },
          ],
        },
        FunctionName: 'test-function',
        FunctionVersion: '$LATEST',
        Invocations: 1,
        Errors: 0,
        Refusals: 0,
        Latency: expect.any(Number) as number,
        request_id: 'request-1',
        endpoint: 'prices',
        served_entity: 'model_A',
        spec_hash: expect.stringMatching(/^[0-9a-f]{16}$/),
        status: 200,
        rows: 2,
        ignored_columns: 1,
        cold_start: true,
        steps: Object.fromEntries(['decode', 'validate', 'join', 'compute', 'score', 'encode'].map((step) => [step, expect.any(Number)])),
      },
      expect.objectContaining({ rows: 1, ignored_columns: 0, cold_start: false }),
    ]);
  });

  test('of a refusal names the place and no value', async () => {
    const { post, host } = endpointOf(folder);
    await post({ dataframe_records: [{ ...row, lot_area: 'secret' }] });
    expect(host.lines[0]).toMatchObject({
      status: 400,
      Refusals: 1,
      Errors: 0,
      error_code: 'INVALID_PARAMETER_VALUE',
      row: 0,
      column: 'lot_area',
    });
    expect(JSON.stringify(host.lines[0])).not.toContain('secret');
  });

  test('of an unknown path', async () => {
    const { send, host } = endpointOf(folder);
    await send(event('POST', '/other'));
    expect(host.lines).toEqual([expect.objectContaining({ status: 404, Refusals: 1, error_code: 'RESOURCE_DOES_NOT_EXIST' })]);
  });

  test('there is none of a health check', async () => {
    const { send, host } = endpointOf(folder);
    await send(event('GET', '/health'));
    expect(host.lines).toEqual([]);
  });
});

describe('errors', () => {
  const INTERNAL = { error_code: 'INTERNAL_ERROR', message: 'the request failed; the log says why under request id request-1' };

  test('of the store show nothing to the caller and all to the log', async () => {
    const denied = new Error('User: arn:aws:sts::1:x is not authorized to perform: dynamodb:BatchGetItem');
    const { post, host } = houses({ read: () => Promise.reject(denied) });
    expect(await post(HOUSE)).toMatchObject({ status: 500, body: INTERNAL });
    expect(host.lines[0]).toMatchObject({
      status: 500,
      Errors: 1,
      Refusals: 0,
      error_code: 'INTERNAL_ERROR',
      reason: [`Error: ${denied.message}`],
    });
  });

  test.each([
    ['REQUEST_LIMIT_EXCEEDED', 429],
    ['TEMPORARILY_UNAVAILABLE', 503],
  ] as const)('of a reader that gives up with %s', async (code, status) => {
    const refusal = new Refusal(code, 'try again later', { cause: new Error('ThrottlingException') });
    const { post, host } = houses({ read: () => Promise.reject(refusal) });
    expect(await post(HOUSE)).toMatchObject({ status, body: { error_code: code, message: 'try again later' } });
    expect(host.lines[0]).toMatchObject({ status, error_code: code, reason: ['Error: ThrottlingException'] });
  });

  test('of an attribute that cannot be of its column', async () => {
    const { post } = houses({ read: () => Promise.resolve([[{ overall_qual: { S: 'x' } }]]) });
    expect(await post(HOUSE)).toMatchObject({ status: 500, body: INTERNAL });
  });

  test('a model that does not load fails every request, and the health check', async () => {
    const broken = endpointOf(writeAsset(spec));
    expect(await broken.send(event('GET', '/'))).toMatchObject({ status: 200 });
    expect(await broken.send(event('GET', '/health'))).toMatchObject({ status: 500, body: INTERNAL });
    expect(await broken.post(BODY)).toMatchObject({ status: 500, body: INTERNAL });
    expect(broken.host.lines).toHaveLength(2);
    expect((broken.host.lines[1]!.reason as string[])[0]).toContain('model.onnx');
  });
});

describe('the deadline', () => {
  test('is 25 seconds, or what the function has left', async () => {
    const deadlines: number[] = [];
    const { send } = houses({
      read: (_, deadline) => {
        deadlines.push(deadline);
        return Promise.reject(new Refusal('DEADLINE_EXCEEDED', 'late'));
      },
    });
    const sent = event('POST', '/invocations', { body: JSON.stringify(HOUSE) });
    expect(await send(sent, context(60_000))).toMatchObject({ status: 504 });
    await send(sent, context(10_000));
    expect(deadlines).toEqual([REQUEST_TIME + 25_000, REQUEST_TIME + 9_750]);
  });

  test('holds between steps', async () => {
    let now = REQUEST_TIME;
    const { post } = houses(
      {
        read: () => {
          now += 25_001;
          const whole = { N: '1' };
          const names = [
            'overall_qual',
            'gr_liv_area',
            'total_bsmt_sf',
            'garage_cars',
            'full_bath',
            'lot_area',
            'overall_cond',
            'year_built',
          ];
          return Promise.resolve([[Object.fromEntries(names.map((name) => [name, whole]))]]);
        },
      },
      () => now,
    );
    expect(await post(HOUSE)).toMatchObject({
      status: 504,
      body: { error_code: 'DEADLINE_EXCEEDED', message: 'the deadline of the request has passed' },
    });
  });
});

describe('start-up fails on', () => {
  test.each<[string, Partial<Record<keyof EndpointSpec, unknown>>, string]>([
    ['a spec of another version', { specVersion: 1 }, 'endpoint spec: expected specVersion 2, got: 1'],
    ['no served entity', { servedEntities: [] }, 'endpoint spec: expected one served entity where there is no traffic, got: 0'],
    [
      'two served entities',
      { servedEntities: [...spec.servedEntities, ...spec.servedEntities] },
      'endpoint spec: expected one served entity where there is no traffic, got: 2',
    ],
  ])('%s', (_, changes, message) => {
    expect(() => endpointOf(writeAsset({ ...spec, ...changes } as EndpointSpec))).toThrow(message);
  });

  test('a table without a physical name', () => {
    expect(() => endpointOf(writeAsset(houseEndpoint('model').spec), testHost())).toThrow(
      "bindings: expected the physical name of feature table 'house_features', got: nothing",
    );
  });
});
