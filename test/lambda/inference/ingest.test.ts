// From requests to rows: what the handler logs, wrapped as it is delivered, comes to one row a request.
import { gzipSync } from 'node:zlib';
import { AwsError } from '../../../lambda/aws/signed-call';
import type { OnlineReader } from '../../../lambda/online/reader';
import { ingest, type IngestHost } from '../../../lambda/handlers/ingest';
import { dropDays } from '../../../lambda/inference/drop-days';
import { INFERENCE_SCHEMA, ingestLines } from '../../../lambda/inference/ingest-lines';
import { requestRow } from '../../../lambda/inference/request-row';
import { linesOf, RawObjectError } from '../../../lambda/inference/raw-object';
import { appendRows } from '../../../lambda/delta/append-rows';
import { createTable } from '../../../lambda/delta/create-table';
import type { Slice } from '../../../lambda/parquet/file';
import { readRows } from '../../helpers/delta-rows';
import { readSnapshot } from '../../../lambda/delta/snapshot';
import type { WritableStore } from '../../../lambda/stores/object-store';
import { INFERENCE_COLUMNS } from '../../../lib/contract/inference-columns';
import type { InferenceTableSpec } from '../../../lib/contract/endpoint-spec';
import { type TrafficSpec } from '../../../lib/contract/traffic-spec';
import { removeAssets, writeAsset } from '../../helpers/endpoint-asset';
import { writerIo } from '../../helpers/delta-writer';
import { temporaryFolder } from '../../helpers/files';
import { HOUSE_BINDINGS, houseEndpoint, houseTable } from '../../helpers/house-endpoint';
import { context, endpointOf, event, REQUEST_TIME, testHost } from '../../helpers/http-api';
import { memoryObjects } from '../../helpers/memory-objects';
import { memoryReader } from '../../helpers/memory-reader';
import { mortalStore, WriterDied } from '../../helpers/mortal-store';
import { rawObject } from '../../helpers/raw-object';

afterAll(removeAssets);

const PATH = '/serving-endpoints/prices/invocations';
const ALL: InferenceTableSpec = { sampledShare: 1, maxPayloadBytes: 10_000 };

const random = (seed: number) => () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;

/** Lines that an endpoint with an inference table logs for bodies, request i under the id `request-i`. */
async function linesFor(
  bodies: readonly unknown[],
  inferenceTable: InferenceTableSpec = ALL,
  kind: 'model' | 'features' = 'model',
  { reader = memoryReader({ 'physical-house-features': houseTable() }), traffic }: { reader?: OnlineReader; traffic?: TrafficSpec } = {},
): Promise<string[]> {
  const { spec, files } = houseEndpoint(kind);
  const host = testHost({
    reader,
    env: { ML_SERVING_BINDINGS: HOUSE_BINDINGS },
    random: random(7),
  });
  const { handler } = endpointOf(writeAsset({ ...spec, inferenceTable, traffic }, files), host);
  for (const [i, body] of bodies.entries()) {
    const sent = event('POST', PATH, { body: typeof body === 'string' ? body : JSON.stringify(body) });
    const authorizer = { iam: { userArn: 'arn:aws:iam::111111111111:role/Caller' } };
    await handler({ ...sent, requestContext: { ...sent.requestContext, requestId: `request-${i}`, authorizer } }, context());
  }
  return host.lines.map((line) => JSON.stringify(line));
}

interface Line {
  readonly inference: { readonly request: string; readonly response: string; readonly logging_error_codes?: readonly string[] };
}

const IDS = houseTable().rows.map(({ id }) => id as string);
const ID = IDS[0]!;
const house = (id: string) => ({ dataframe_records: [{ id, yr_sold: 2010, mo_sold: 5 }] });

async function rowsOf(store: WritableStore): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const row of readRows(store, await readSnapshot(store))) {
    rows.push(Object.fromEntries(INFERENCE_COLUMNS.map(({ name }, i) => [name, row[i]])));
  }
  return rows.sort((a, b) => (String(a.databricks_request_id) < String(b.databricks_request_id) ? -1 : 1));
}

function ingestion(raw: WritableStore, table: WritableStore, retentionDays?: number) {
  const document = { documentVersion: 1, endpointName: 'prices', prefix: 'prices', retentionDays };
  const folder = temporaryFolder({ 'inference.json': JSON.stringify(document) });
  const lines: string[] = [];
  const handler = ingest(folder, {
    env: { ML_SERVING_BINDINGS: JSON.stringify({ tables: {}, buckets: { raw: 'raw-bucket', table: 'table-bucket' } }) },
    write: (line) => void lines.push(line),
    open: (bucket) => (bucket === 'raw-bucket' ? raw : table),
    writer: (store) => writerIo(store, () => REQUEST_TIME),
  });
  const message = (object?: object) => ({ body: JSON.stringify({ detail: { object } }) });
  const wakeFor = (...objects: (object | undefined)[]) => handler({ Records: objects.map(message) });
  return { lines, wakeFor, wake: (...keys: (string | undefined)[]) => wakeFor(...keys.map((key) => (key === undefined ? key : { key }))) };
}

test('fails on a document of another version', () => {
  const folder = temporaryFolder({ 'inference.json': JSON.stringify({ documentVersion: 2, endpointName: 'prices', prefix: 'prices' }) });
  expect(() => ingest(folder, {} as IngestHost)).toThrow('inference document: expected documentVersion 1, got: 2');
});

test('a request becomes a row with its request, response, served entities and missing features', async () => {
  const [line] = await linesFor([{ ...house(ID), client_request_id: 'mine' }]);
  const table = memoryObjects();
  await ingestLines(writerIo(table), 'prices', [line!]);
  expect(await rowsOf(table)).toEqual([
    {
      databricks_request_id: 'request-0',
      client_request_id: 'mine',
      date: '2024-06-01',
      timestamp_ms: BigInt(REQUEST_TIME),
      status_code: 200,
      sampling_fraction: 1,
      execution_time_ms: expect.any(BigInt) as bigint,
      request: JSON.stringify({ ...house(ID), client_request_id: 'mine' }),
      response: expect.stringMatching(/^\{"predictions":\[\d+(\.\d+)?\]\}$/) as string,
      request_metadata: [
        ['endpoint_name', 'prices'],
        ['model_name', 'house_price_a'],
        ['model_version', '1'],
      ],
      requester: 'arn:aws:iam::111111111111:role/Caller',
      logging_error_codes: [],
      row_count: 1,
      served_entities: ['model_A'],
      assignment_reasons: ['all'],
      key_hashes: [],
      feature_states: null,
      durations_ms: ['decode', 'validate', 'join', 'compute', 'score', 'encode'].map((step) => [step, expect.any(Number)]),
      cold_start: true,
      error_code: null,
      error_row: null,
      error_column: null,
      error_reasons: [],
      lambda_version: '$LATEST',
      control_version: null,
      record_key_hashes: null,
      lookup_versions: null,
      spec_hash: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
    },
  ]);
});

test.each([
  '{"inference":{"sampling_fraction":1}}',
  '{"_aws":{},"inference":{"sampling_fraction":1,"request":"{}","response":"{}"}}',
  '{"_aws":{"Timestamp":1717243200000},"inference":{"sampling_fraction":1}}',
  '{"_aws":null,"inference":{"sampling_fraction":null}}',
  '{"inference":{',
  'a user\'s "inference":{"sampling_fraction":1}',
])('a line of other code, %s, is left out and keeps no other out', async (other) => {
  const [line] = await linesFor([house(ID)]);
  const table = memoryObjects();
  expect(await ingestLines(writerIo(table), 'prices', [other, line!, other])).toMatchObject({ lines: 3, added: 1, ignored: 2 });
  expect(await rowsOf(table)).toHaveLength(1);
});

test('a refused request has a row that says why', async () => {
  const table = memoryObjects();
  await ingestLines(writerIo(table), 'prices', await linesFor(['no JSON', { dataframe_records: [{ id: ID, yr_sold: 'x', mo_sold: 5 }] }]));
  expect(await rowsOf(table)).toEqual([
    expect.objectContaining({
      status_code: 400,
      request: 'no JSON',
      row_count: null,
      served_entities: [],
      error_code: 'INVALID_PARAMETER_VALUE',
    }),
    expect.objectContaining({ status_code: 400, row_count: 1, served_entities: ['model_A'], error_row: 0, error_column: 'yr_sold' }),
  ]);
});

test('missing features are listed by feature, state and row', async () => {
  const houses = [house(ID), house('no such house')].flatMap(({ dataframe_records: records }) => records);
  const [line] = await linesFor([{ dataframe_records: houses }], ALL, 'features');
  const { inference, lookup_misses: misses } = JSON.parse(line!) as { inference: { feature_states?: string }; lookup_misses?: number };
  if (inference.feature_states === undefined) throw new Error(`expected states, got: ${line}`);
  const states = JSON.parse(inference.feature_states) as Record<string, unknown>;
  expect(new Set(Object.values(states).map((state) => JSON.stringify(state)))).toEqual(new Set(['{"NOT_FOUND":[1]}']));
  expect(misses).toBe(Object.keys(states).length);
});

test('repeated objects, messages and lines make one row a request', async () => {
  const lines = await linesFor(Array.from({ length: 20 }, (_, i) => house(IDS[i]!)));
  const raw = memoryObjects({
    'a.gz': rawObject(lines.slice(0, 8)),
    'b.gz': rawObject([...lines.slice(4, 20), lines[19]!]),
    'again.gz': rawObject(lines.slice(0, 8)),
  });
  const table = memoryObjects();
  const { wake, lines: log } = ingestion(raw, table);
  await wake('b.gz');
  await wake('a.gz', 'a.gz');
  await wake('again.gz', 'b.gz');
  expect((await rowsOf(table)).map(({ databricks_request_id: id }) => id).sort()).toEqual(lines.map((_, i) => `request-${i}`).sort());
  expect(log.map((line) => (JSON.parse(line) as { added: number; repeated: number }).added)).toEqual([16, 4, 0, 0, 0]);
});

test('a writer that dies at any write, and whose message is delivered again, leaves one row a request', async () => {
  const lines = await linesFor(Array.from({ length: 6 }, (_, i) => house(IDS[i]!)));
  const raw = memoryObjects({ 'a.gz': rawObject(lines.slice(0, 3)), 'b.gz': rawObject(lines) });
  const whole = mortalStore(memoryObjects());
  await ingestion(raw, whole).wake('a.gz', 'b.gz');
  expect(whole.puts.length).toBeGreaterThan(4);
  for (let put = 0; put < whole.puts.length; put++) {
    for (const when of ['before', 'after'] as const) {
      const table = memoryObjects();
      await expect(ingestion(raw, mortalStore(table, { put, when })).wake('a.gz', 'b.gz')).rejects.toThrow(WriterDied);
      await ingestion(raw, table).wake('a.gz', 'b.gz');
      expect((await rowsOf(table)).map(({ databricks_request_id: id }) => id)).toEqual(lines.map((_, i) => `request-${i}`));
    }
  }
});

test('a sampled share is kept, with its sampling fraction', async () => {
  const lines = await linesFor(
    Array.from({ length: 400 }, () => house(ID)),
    { ...ALL, sampledShare: 0.25 },
  );
  const kept = lines.filter((line) => line.includes('"inference":{'));
  expect(lines).toHaveLength(400);
  expect(kept.length).toBeGreaterThan(70);
  expect(kept.length).toBeLessThan(130);
  const table = memoryObjects();
  expect(await ingestLines(writerIo(table), 'prices', lines)).toMatchObject({ added: kept.length, ignored: 400 - kept.length });
  expect(new Set((await rowsOf(table)).map(({ sampling_fraction: share }) => share))).toEqual(new Set([0.25]));
});

test("a row has the hash of each record's sticky key, and the version of the function", async () => {
  const traffic = { kind: 'sticky', key: { header: 'x-user' }, salt: 's', weights: { houses: 100 } } as const;
  const rowOf = (line: string) => Object.fromEntries(requestRow(line)!.map((value, i) => [INFERENCE_COLUMNS[i]!.name, value]));
  const records = {
    dataframe_records: [house('1').dataframe_records[0], house('2').dataframe_records[0], house('1').dataframe_records[0]],
  };
  const sticky = { ...traffic, key: { columns: ['id'] } };
  const [keyed] = await linesFor([records], ALL, 'features', { traffic: sticky });
  const { key_hashes: distinct, record_key_hashes: hashes, lambda_version: version } = rowOf(keyed!);
  expect(distinct).toHaveLength(2);
  expect(hashes).toEqual([(distinct as string[])[0], (distinct as string[])[1], (distinct as string[])[0]]);
  expect(version).toBe('$LATEST');
  const [keyless] = await linesFor([records], ALL, 'features', { traffic });
  expect(rowOf(keyless!)).toMatchObject({ key_hashes: [], record_key_hashes: [null, null, null] });
  const [random] = await linesFor([records], ALL, 'features', { traffic: { kind: 'random', weights: { houses: 100 } } });
  expect(rowOf(random!)).toMatchObject({ key_hashes: [], record_key_hashes: null });
});

describe('redacted columns', () => {
  const spec: InferenceTableSpec = { ...ALL, redactedColumns: ['yr_sold', 'variable'] };
  const bodies = [
    { dataframe_records: [{ id: ID, yr_sold: 1987, mo_sold: 5 }] },
    { dataframe_split: { columns: ['mo_sold', 'yr_sold', 'id'], data: [[5, 1987, ID]], index: ['1987'] } },
    { inputs: { id: [ID], yr_sold: [1987], mo_sold: [5] } },
    { instances: [{ id: ID, yr_sold: 1987, mo_sold: 5 }] },
    { dataframe_records: [{ id: ID, yr_sold: 'secret 1987', mo_sold: 5 }] },
    { dataframe_records: [[ID, 1987, 5]] },
    { instances: [[ID, 1987, 5]] },
    '{"dataframe_records":[{"yr_sold": 1987',
    { dataframe_split: { columns: ['id'], data: [[{ yr_sold: 1987 }]], more: 1987 } },
    { dataframe_split: { columns: ['id'], data: [[ID, 1987]] } },
    { dataframe_split: { columns: { yr_sold: 1987 }, data: [] } },
    { dataframe_split: { columns: [{ yr_sold: 1987 }], data: [[ID]] } },
  ];

  test('no form of a request, no refusal and no unnamed prediction has a value', async () => {
    const lines = await linesFor(bodies, spec);
    expect(lines.filter((line) => line.includes('1987'))).toEqual([]);
    const kept = lines.map((line) => (JSON.parse(line) as { inference: { request: string; response: string } }).inference);
    const split = (columns: string[], row: unknown[]) => ({ dataframe_split: { columns, data: [row] } });
    expect(kept.map(({ request }) => JSON.parse(request) as unknown)).toEqual([
      ...new Array<object>(5).fill(split(['id', 'mo_sold'], [ID, 5])),
      ...new Array<string>(3).fill('[REDACTED]'),
      ...new Array<string>(4).fill('[REDACTED]'),
    ]);
    expect(kept.slice(0, 5).map(({ response }) => JSON.parse(response) as unknown)).toEqual([
      ...new Array<object>(4).fill({ predictions: ['[REDACTED]'] }),
      { error_code: 'INVALID_PARAMETER_VALUE', message: '[REDACTED]' },
    ]);
  });

  test.each(['[', '{"x":'])('a value nested too deep, in %s, is left out, and the request is answered', async (open) => {
    const depth = 20_000;
    const nested = `${open.repeat(depth)}"1987"${(open === '[' ? ']' : '}').repeat(depth)}`;
    const body = `{"dataframe_records":[{"id":${JSON.stringify(ID)},"yr_sold":1987,"mo_sold":5,"other":${nested}}]}`;
    const [line] = await linesFor([body], { ...spec, maxPayloadBytes: 262_144 });
    const { status, inference } = JSON.parse(line!) as Line & { status: number };
    expect(status).toBe(200);
    expect(inference.logging_error_codes).toBeUndefined();
    expect(JSON.parse(inference.request)).toEqual({ dataframe_split: { columns: ['id', 'mo_sold'], data: [[ID, 5]] } });
  });

  test('no answer with named outputs has a value of a redacted column, and its other outputs stay', async () => {
    const [plain] = await linesFor([house(ID)], ALL, 'features');
    const [line] = await linesFor([house(ID)], { ...ALL, redactedColumns: ['overall_qual'] }, 'features');
    const [all, kept] = [plain!, line!].map((one) => JSON.parse((JSON.parse(one) as Line).inference.response) as { outputs: object[] });
    expect(all!.outputs[0]).toHaveProperty('overall_qual', expect.any(Number));
    expect(kept).toEqual({ ...all, outputs: [{ ...all!.outputs[0], overall_qual: '[REDACTED]' }] });
  });

  test('no error of a model or of code around it has a value; errors of stores are kept', async () => {
    const failing = (error: Error) => linesFor([house(ID)], spec, 'model', { reader: { read: () => Promise.reject(error) } });
    const reasonsOf = async (error: Error) => (JSON.parse((await failing(error))[0]!) as { reason: string[] }).reason;
    const denied = new AwsError('dynamodb:BatchGetItem', 'AccessDeniedException', 'not authorized');
    expect(await reasonsOf(denied)).toEqual(['AwsError: dynamodb:BatchGetItem: AccessDeniedException: not authorized']);
    const fault = new RangeError('1987 is out of bounds', { cause: new Error('1987', { cause: '1987' }) });
    expect(await reasonsOf(fault)).toEqual(['RangeError: [REDACTED]', 'Error: [REDACTED]', '[REDACTED]']);
  });

  test.each([
    [['yr_sold'], 1],
    [['id'], 0],
  ])('of %j: sticky keys made of one have no hash, by which they could be guessed', async (redactedColumns, hashes) => {
    const traffic = { kind: 'sticky', key: { columns: ['id'] }, salt: 's', weights: { model_A: 100 } } as const;
    const [line] = await linesFor([house(ID)], { ...ALL, redactedColumns }, 'model', { traffic });
    expect((JSON.parse(line!) as { key_hashes?: string[] }).key_hashes ?? []).toHaveLength(hashes);
    expect((JSON.parse(line!) as { inference: { record_key_hashes?: string[] } }).inference.record_key_hashes ?? []).toHaveLength(hashes);
  });

  test("of the members beside the records only the request's name is kept", async () => {
    const beside = { client_request_id: 'mine', params: { yr_sold: 1987, other: 5 }, note: 'born 1987', signature_name: { yr_sold: 1987 } };
    const [line] = await linesFor([{ ...beside, ...house(ID) }], spec);
    expect(JSON.parse((JSON.parse(line!) as Line).inference.request)).toEqual({
      client_request_id: 'mine',
      params: {},
      dataframe_split: { columns: ['id', 'mo_sold'], data: [[ID, 5]] },
    });
  });
});

test('errors do not make a log line too long', async () => {
  const endless: Error = new Error('x'.repeat(5000));
  endless.cause = endless;
  const [line] = await linesFor([house(ID)], ALL, 'model', { reader: { read: () => Promise.reject(endless) } });
  expect((JSON.parse(line!) as { reason: string[] }).reason).toEqual(new Array(5).fill(`Error: ${'x'.repeat(993)}`));
});

test('a request that is too long is left out, and the row says so', async () => {
  const long = { ...house(ID), note: '"'.repeat(600) };
  const lines = await linesFor([house(ID), long], { sampledShare: 1, maxPayloadBytes: 1024 });
  const table = memoryObjects();
  await ingestLines(writerIo(table), 'prices', lines);
  expect(await rowsOf(table)).toEqual([
    expect.objectContaining({ request: JSON.stringify(house(ID)), logging_error_codes: [] }),
    expect.objectContaining({
      request: JSON.stringify({ truncated: true, characters: JSON.stringify(long).length }),
      logging_error_codes: ['MAX_REQUEST_SIZE_EXCEEDED'],
    }),
  ]);
});

test("a request's name that is too long is left out, and the row says so", async () => {
  const table = memoryObjects();
  const named = ['n'.repeat(1024), 'n'.repeat(1025)].map((client_request_id) => ({ ...house(ID), client_request_id }));
  await ingestLines(writerIo(table), 'prices', await linesFor(named));
  expect(await rowsOf(table)).toEqual([
    expect.objectContaining({ client_request_id: 'n'.repeat(1024), logging_error_codes: [] }),
    expect.objectContaining({ client_request_id: null, logging_error_codes: ['MAX_CLIENT_REQUEST_ID_SIZE_EXCEEDED'] }),
  ]);
});

test.each([
  ['quotes', '"'.repeat(300), 1],
  ['letters', 'x'.repeat(900), 0],
  ['line feeds of a body that is no JSON', `{\n${'\n'.repeat(600)}`, 1],
  ['control characters of one', `{${'\u0001'.repeat(200)}`, 1],
  ['characters of three bytes', '€'.repeat(300), 0],
  ['halves of surrogate pairs', '\ud800'.repeat(190), 1],
])('whether %s are kept is said by what they are in a line', async (_, text, errors) => {
  const body = text.startsWith('{') ? text : { ...house(ID), note: text };
  const [line] = await linesFor([body], { sampledShare: 1, maxPayloadBytes: 1024 });
  const { request, logging_error_codes: codes = [] } = (JSON.parse(line!) as Line).inference;
  expect(codes).toHaveLength(errors);
  expect(errors === 0).toBe(Buffer.byteLength(JSON.stringify(typeof body === 'string' ? body : JSON.stringify(body))) <= 1024);
  expect(request === (typeof body === 'string' ? body : JSON.stringify(body))).toBe(errors === 0);
});

/** A log line with the keys and versions of its records. */
async function lineWithVersions() {
  const [line] = await linesFor([house(ID)]);
  const logged = JSON.parse(line!) as { inference: object };
  const versions = { record_key_hashes: ['00ff', null], lookup_versions: '[{"houses":"NOT_FOUND"}]', control_version: 7 };
  return JSON.stringify({ ...logged, request_id: 'new', lambda_version: '12', inference: { ...logged.inference, ...versions } });
}

async function* slicesOf(...slices: readonly Slice[]): AsyncGenerator<Slice> {
  yield* slices;
}

const VERSIONS = {
  lambda_version: '12',
  control_version: 7n,
  record_key_hashes: ['00ff', null],
  lookup_versions: '[{"houses":"NOT_FOUND"}]',
};

test('a row has the key of each record, the versions of the rows that it looked up, and those of the function and its control row', async () => {
  const table = memoryObjects();
  await ingestLines(writerIo(table), 'prices', [await lineWithVersions()]);
  expect(await rowsOf(table)).toMatchObject([VERSIONS]);
});

test('an older table gets new columns, whose old rows are null', async () => {
  const table = memoryObjects();
  const io = writerIo(table);
  const isOld = ({ name }: { name: string }) => !Object.keys(VERSIONS).includes(name);
  await createTable(io, { schema: { ...INFERENCE_SCHEMA, fields: INFERENCE_SCHEMA.fields.filter(isOld) }, partitionColumns: ['date'] });
  const [line] = await linesFor([house(ID)]);
  const values = requestRow(line!)!.filter((_, i) => isOld(INFERENCE_COLUMNS[i]!));
  await appendRows(io, { rows: slicesOf({ rowCount: 1, columns: values.map((value) => [value]) }) });
  await ingestLines(io, 'prices', [await lineWithVersions()]);
  const nulls = Object.fromEntries(Object.keys(VERSIONS).map((name) => [name, null]));
  expect(await rowsOf(table)).toMatchObject([
    { databricks_request_id: 'new', ...VERSIONS },
    { databricks_request_id: 'request-0', ...nulls },
  ]);
});

test('days beyond the retention are removed from the table', async () => {
  const [line] = await linesFor([house(ID)]);
  const logged = JSON.parse(line!) as { _aws: { Timestamp: number }; request_id: string };
  const at = (id: string, days: number) =>
    JSON.stringify({ ...logged, request_id: id, _aws: { ...logged._aws, Timestamp: REQUEST_TIME - days * 86_400_000 } });
  const table = memoryObjects();
  const io = writerIo(table, () => REQUEST_TIME);
  expect(await dropDays(io, 30)).toBe(0);
  await ingestLines(io, 'prices', [at('today', 0), at('last', 30), at('old', 31), at('older', 400)]);
  await ingestion(memoryObjects(), table, 30).wake(undefined);
  expect((await rowsOf(table)).map(({ databricks_request_id: id }) => id)).toEqual(['last', 'today']);
  expect(await dropDays(io, 30)).toBe(0);
});

describe('a raw object', () => {
  const message = (text: string) => gzipSync(JSON.stringify({ messageType: 'DATA_MESSAGE', logEvents: [{ message: text }] }));

  const read = async (bytes: Uint8Array): Promise<string[]> => {
    const lines: string[] = [];
    for await (const line of linesOf('raw.gz', bytes)) lines.push(line);
    return lines;
  };

  test.each(['{"a":"}{"}', 'a \\" {', '"', '\\', '\n{'])('holds the line %j unchanged', async (line) => {
    expect(await read(Buffer.concat([message(line), gzipSync(''), message('next')]))).toEqual([line, 'next']);
  });

  test('is read equally wherever a piece of it ends', async () => {
    const lines = Array.from({ length: 400 }, (_, i) => `${'\\"{ä€😀'.repeat(i)}${'x'.repeat(i % 7)}`);
    expect(await read(Buffer.concat(lines.map(message)))).toEqual(lines);
    expect(
      await read(gzipSync(lines.map((line) => JSON.stringify({ messageType: 'DATA_MESSAGE', logEvents: [{ message: line }] })).join('\n'))),
    ).toEqual(lines);
  });

  test('has no lines if it is empty', async () => {
    expect(await read(gzipSync(''))).toEqual([]);
  });

  test('fails if it is cut, wherever that is', async () => {
    const whole = message('some text');
    for (let length = 1; length < whole.length; length++) await expect(read(whole.subarray(0, length))).rejects.toThrow(RawObjectError);
  });

  test.each([
    ['no gzip file', Buffer.from('{}'), 'expected a gzip file, got: incorrect header check'],
    [
      'other bytes behind a member',
      Buffer.concat([message('x'), Buffer.from('{"a": 1}, {"b": 2}')]),
      'expected a gzip file, got: incorrect header check',
    ],
    [
      'a flipped bit',
      Buffer.concat([message('x').subarray(0, -8), Buffer.from([0]), message('x').subarray(-7)]),
      'expected a gzip file, got: incorrect data check',
    ],
    ['a gzip file that ends early', message('x').subarray(0, 30), 'expected a gzip file, got: unexpected end of file'],
    ['a document that ends early', gzipSync('{"a":'), 'expected whole JSON objects, got: one that ends at 5'],
    ['another message', gzipSync('{"messageType":"X"}'), 'expected messages of the type DATA_MESSAGE or CONTROL_MESSAGE, got: "X"'],
  ])('fails on %s', async (_, bytes, text) => {
    await expect(read(bytes)).rejects.toThrow(expect.objectContaining({ name: 'RawObjectError', message: `raw.gz: ${text}` }) as Error);
  });

  test('is unpacked while it is read, and can be read repeatedly', async () => {
    const lines = linesOf('raw.gz', Buffer.concat([message('first'), message('x'.repeat(1_000_000)), Buffer.from('no gzip file')]));
    for (let time = 0; time < 2; time++) {
      const reading = lines[Symbol.asyncIterator]();
      expect(await reading.next()).toEqual({ done: false, value: 'first' });
      await expect(
        (async () => {
          for (;;) if ((await reading.next()).done) return;
        })(),
      ).rejects.toThrow(RawObjectError);
    }
  });

  test('fails on a document that is too long for memory', async () => {
    const piece = gzipSync('x'.repeat(1024 ** 2));
    const bytes = Buffer.concat([message('first'), gzipSync('{"message":"'), ...Array.from({ length: 129 }, () => piece)]);
    const name = 'raw.gz: expected documents of at most 134217728 characters, got: a longer one at 64';
    await expect(read(bytes)).rejects.toThrow(expect.objectContaining({ name: 'RawObjectError', message: name }) as Error);
  });

  test('has more text than one document may have, in many documents', async () => {
    const piece = message('x'.repeat(1024 ** 2));
    let lines = 0;
    for await (const line of linesOf('raw.gz', Buffer.concat(Array.from({ length: 130 }, () => piece)))) lines += line.length / 1024 ** 2;
    expect(lines).toBe(130);
  });

  test('fails on an object that is too large for memory, before it is read', async () => {
    await expect(ingestion(memoryObjects(), memoryObjects()).wakeFor({ key: 'large.gz', size: 134_217_729 })).rejects.toThrow(
      new Error('large.gz: expected a raw object of at most 134217728 bytes, got: 134217729'),
    );
  });

  test('fails if the object does not exist', async () => {
    await expect(ingestion(memoryObjects(), memoryObjects()).wake('gone.gz')).rejects.toThrow(
      new Error('gone.gz: expected a raw object, got: none with this key'),
    );
  });
});
