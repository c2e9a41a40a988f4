import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tablesCommand } from '../../../bin/tables/command';
import { UserError } from '../../../bin/terminal/user-error';
import { verifySkewCommand } from '../../../bin/verify-skew/command';
import { appendRows } from '../../../lambda/delta/append-rows';
import { FolderStore } from '../../../lambda/stores/folder-store';
import type { OnlineTable } from '../../../lambda/online/online-table';
import type { AttributeValue } from '../../../lambda/online/reader';
import type { ColumnSpec } from '../../../lib/contract/data-types';
import { type EndpointSpec, SPEC_VERSION, type TableSpec } from '../../../lib/contract/endpoint-spec';
import { appFolder } from '../../helpers/app-folder';
import { slices, writerIo } from '../../helpers/delta-writer';
import { runCli } from '../../helpers/dev';
import type { AssetFiles } from '../../helpers/endpoint-asset';
import { columnOf, functionOf, lookupOf } from '../../helpers/entity-pieces';
import { type FeatureTableRow, writeFeatureTable } from '../../helpers/feature-store';
import { onnxOf } from '../../helpers/onnx';
import { createOnlineTable, onlineTable, startDynalite, storeClient, type TestStore } from '../../helpers/store';

jest.setTimeout(60_000);

const HOUSES: TableSpec = {
  name: 'houses',
  primaryKey: [columnOf('id', 'string')],
  timestampKey: columnOf('updated_at', 'timestamp'),
  features: [columnOf('area', 'double'), columnOf('quality', 'integer', { defaultValue: 5 })],
};

/** Double the area, of houses by id: as a feature spec, and as a model that takes it. */
function endpoint(houses = HOUSES): EndpointSpec {
  const request: ColumnSpec[] = [columnOf('id', 'string')];
  const features = {
    requestColumns: ['id'],
    lookups: [lookupOf(houses, ['id'])],
    functions: [functionOf(columnOf('doubled', 'double'), ['area'], { expression: 'area * 2.0' })],
    exclude: [],
  };
  const model = {
    modelName: 'same',
    version: '1',
    scorer: { kind: 'file' as const, file: 'models/same.onnx' },
    inputs: [
      { name: 'x', type: 'float64' as const, shape: [null, 1], layout: 'matrix' as const, columns: [columnOf('doubled', 'double')] },
    ],
    outputs: [{ name: 'y', type: 'float64' as const, shape: [null, 1] }],
  };
  return {
    specVersion: SPEC_VERSION,
    endpointName: 'prices',
    tables: [houses],
    requestColumns: request,
    servedEntities: [
      { kind: 'features', name: 'features', features },
      { kind: 'model', name: 'model', model, features },
    ],
    disabledEntities: ['off'],
  };
}

const SAME: AssetFiles = {
  'models/same.onnx': {
    content: onnxOf({
      inputs: [{ name: 'x', type: 'double', shape: ['n', 1] }],
      outputs: [{ name: 'y', type: 'double', shape: ['n', 1] }],
      nodes: [{ opType: 'Identity', inputs: ['x'], outputs: ['y'] }],
    }),
  },
  'index.js': { content: "exports.handler = require('cdk-ml-serving-runtime').serve(__dirname);" },
};

const at = (day: number) => BigInt(Date.UTC(2024, 0, day)) * 1000n;
const ROWS = [
  [
    ['a', at(1), 1000, 7],
    ['b', at(3), 1500.25, null],
  ],
  [['a', at(5), 2000, 8]],
];

let store: TestStore;
beforeAll(async () => (store = await startDynalite()));
afterAll(() => store.close());
afterEach(() => {
  process.exitCode = undefined;
  jest.restoreAllMocks();
});

let made = 0;

/** An app whose table is materialized into a DynamoDB table of its own; runs the command in its folder. */
async function app(changes: Partial<TableSpec> = {}, rows: FeatureTableRow[][] = ROWS) {
  const table = { ...HOUSES, ...changes, name: `houses${made++}` };
  const spec = endpoint(table);
  const client = storeClient(store);
  await createOnlineTable(client, table.name);
  client.destroy();
  const folder = appFolder({ tables: [table], endpoints: [{ spec, files: SAME }] }, store.endpoint);
  const offline = new FolderStore(join(folder, 'offline', table.name));
  await writeFeatureTable(offline, table, rows);
  jest.spyOn(process, 'cwd').mockReturnValue(folder);
  const [out, err] = [process.stdout, process.stderr].map((stream) => jest.spyOn(stream, 'write').mockReturnValue(true));
  const printed = (spy: jest.SpyInstance) =>
    spy.mock.calls
      .map(([text]) => String(text).replaceAll(table.name, 'houses'))
      .join('')
      .trimEnd();
  await tablesCommand().parseAsync(['materialize', table.name, '--local', '--app', folder], { from: 'user' });
  expect(printed(out!)).toMatch(new RegExp(`^houses: version ${rows.length} is online, `));
  const online = onlineTable(store, table.name);
  const args = (name: string, requests: readonly string[]): string[] => {
    const file = join(folder, 'requests.jsonl');
    writeFileSync(file, requests.map((line) => `${line}\n`).join(''));
    return [name, '--requests', file, '--local', '--app', folder];
  };
  return {
    online,
    args,
    folder,
    commit: (more: readonly FeatureTableRow[]) => appendRows(writerIo(offline), { rows: slices(more, 1000) }),
    async run(name: string, ...requests: readonly string[]) {
      out!.mockClear();
      err!.mockClear();
      process.exitCode = undefined;
      await verifySkewCommand().parseAsync(args(name, requests), { from: 'user' });
      return { stdout: printed(out!), stderr: printed(err!), exitCode: Number(process.exitCode ?? 0) };
    },
  };
}

/** Puts over what is online, past all guards. */
async function force(online: OnlineTable, key: string, changes: Readonly<Record<string, AttributeValue>>): Promise<void> {
  const item = (await online.get([key])).get(key);
  expect(await online.put({ ...item, _key: { S: key }, ...changes })).toBe('written');
}

const ALL = [
  '{"id":"a"}',
  '{"dataframe_records":[{"id":"b"},{"id":"c"}]}',
  '',
  '{"dataframe_split":{"columns":["id"],"data":[["a"],["b"]]}}',
];

test('nothing differs once all is online, in any format of a request', async () => {
  const { run } = await app();
  expect(await run('prices/features', ...ALL)).toEqual({
    stdout: 'requests.jsonl: 3 requests of 5 rows, no difference',
    stderr: '',
    exitCode: 0,
  });
});

test('a row that was changed online is reported by request, row and column, with what is computed of it', async () => {
  const { run, online } = await app();
  await force(online, 'b', { area: { N: '1500.5' }, quality: { N: '5' } });
  expect(await run('prices/features', ...ALL)).toEqual({
    stdout: [
      "requests.jsonl:2  row 0, column 'area': offline 1500.25, online 1500.5",
      "requests.jsonl:2  row 0, column 'quality': offline 5 for NULL_VALUE, online 5",
      "requests.jsonl:2  row 0, column 'doubled': offline 3000.5, online 3001",
      "requests.jsonl:4  row 1, column 'area': offline 1500.25, online 1500.5",
      "requests.jsonl:4  row 1, column 'quality': offline 5 for NULL_VALUE, online 5",
      "requests.jsonl:4  row 1, column 'doubled': offline 3000.5, online 3001",
      'requests.jsonl: 3 requests of 5 rows, 6 differences in 2 requests',
    ].join('\n'),
    stderr: '',
    exitCode: 1,
  });
});

test('a row that is missing online is reported, and one that is online only', async () => {
  const { run, online } = await app();
  await online.remove('a');
  await force(online, 'c', { area: { N: '1' } });
  expect(await run('prices/features', '{"id":"a"}', '{"id":"c"}', '{"id":"d"}')).toMatchObject({
    stdout: [
      "requests.jsonl:1  row 0, column 'area': offline 2000, online NOT_FOUND",
      "requests.jsonl:1  row 0, column 'quality': offline 8, online 5 for NOT_FOUND",
      "requests.jsonl:1  row 0, column 'doubled': offline 4000, online NULL_VALUE",
      "requests.jsonl:2  row 0, column 'area': offline NOT_FOUND, online 1",
      "requests.jsonl:2  row 0, column 'quality': offline 5 for NOT_FOUND, online 5 for NULL_VALUE",
      "requests.jsonl:2  row 0, column 'doubled': offline NULL_VALUE, online 2",
      'requests.jsonl: 3 requests of 3 rows, 6 differences in 2 requests',
    ].join('\n'),
    exitCode: 1,
  });
});

test('a row that is too old on one side only is reported', async () => {
  const now = BigInt(Date.now()) * 1000n;
  const day = 86_400_000_000n;
  const { run, online } = await app({ maxAgeSeconds: 2 * 86_400 }, [[['a', now - day, 1000, 7]]]);
  expect(await run('prices/features', '{"id":"a"}')).toMatchObject({
    stdout: 'requests.jsonl: 1 request of 1 row, no difference',
    exitCode: 0,
  });
  await force(online, 'a', { _ts: { N: String(now - 3n * day) } });
  expect(await run('prices/features', '{"id":"a"}')).toMatchObject({
    stdout: [
      "requests.jsonl:1  row 0, column 'area': offline 1000, online OUTSIDE_MAX_AGE",
      "requests.jsonl:1  row 0, column 'quality': offline 7, online 5 for OUTSIDE_MAX_AGE",
      "requests.jsonl:1  row 0, column 'doubled': offline 2000, online NULL_VALUE",
      'requests.jsonl: 1 request of 1 row, 3 differences in 1 request',
    ].join('\n'),
    exitCode: 1,
  });
});

test('a commit that is not online yet differs, also of a table without a timestamp key', async () => {
  const { run, commit } = await app({ timestampKey: undefined }, [[['a', 1, 1]], [['a', 2, 2]]]);
  expect((await run('prices/features', '{"id":"a"}')).stdout).toBe('requests.jsonl: 1 request of 1 row, no difference');
  await commit([['a', 3, 2]]);
  expect((await run('prices/features', '{"id":"a"}')).stdout).toBe(
    [
      "requests.jsonl:1  row 0, column 'area': offline 3, online 2",
      "requests.jsonl:1  row 0, column 'doubled': offline 6, online 4",
      'requests.jsonl: 1 request of 1 row, 2 differences in 1 request',
    ].join('\n'),
  );
});

test('a request that is refused on both sides is counted, one that is refused on one side differs', async () => {
  const { run, online } = await app();
  await force(online, 'b', { area: { S: 'large' } });
  const requests = ['{"id":null}', '{"id":"a","area":1}', '{"id":"b"}', '{"inputs":1,"instances":2}', '{"id":"a"}'];
  expect(await run('prices/features', ...requests)).toEqual({
    stdout: [
      "requests.jsonl:3  the request: offline answered, online refused (attribute 'area': expected double, got: another value, of type S)",
      'requests.jsonl: 5 requests of 2 rows, 1 difference in 1 request, 3 refused on both sides',
    ].join('\n'),
    stderr: [
      "requests.jsonl:1  refused on both sides: row 0, column 'id': expected a value, because it is the key of a lookup, got: null",
      "requests.jsonl:2  refused on both sides: row 0, column 'area': expected no value, because it is looked up and is not listed in `overridable` of the feature spec, got: a value",
      'requests.jsonl:4  refused on both sides: expected a JSON object with exactly one of dataframe_records, dataframe_split, inputs, instances, got: inputs and instances',
    ].join('\n'),
    exitCode: 1,
  });
});

test('requests that all are refused on both sides differ in nothing', async () => {
  const { run } = await app();
  expect(await run('prices/features', '{"id":null}')).toMatchObject({
    stdout: 'requests.jsonl: 1 request of 0 rows, no difference, 1 refused on both sides',
    exitCode: 0,
  });
});

test('predictions follow, and what a model would miss is refused on that side', async () => {
  const { online, args, folder } = await app();
  const verify = async () => {
    const { code, stdout, stderr } = await runCli(folder, ['verify-skew', ...args('prices/model', ALL.slice(0, 2))]);
    return { code, stdout: stdout.replaceAll(/houses\d+/g, 'houses'), stderr: stderr.replaceAll(/houses\d+/g, 'houses') };
  };
  const missing = "row 1, column 'area': expected a value, got: NOT_FOUND in 'houses' for id \"c\"";
  expect(await verify()).toEqual({
    code: 0,
    stdout: 'requests.jsonl: 2 requests of 3 rows, no difference, 1 refused on both sides\n',
    stderr: `requests.jsonl:2  refused on both sides: ${missing}\n`,
  });
  await force(online, 'a', { area: { N: '0.1' } });
  await force(online, 'c', { area: { N: '3' } });
  expect(await verify()).toEqual({
    code: 1,
    stdout: [
      "requests.jsonl:1  row 0, column 'area': offline 2000, online 0.1",
      "requests.jsonl:1  row 0, column 'doubled': offline 4000, online 0.2",
      "requests.jsonl:1  row 0, output 'y': offline 4000, online 0.2",
      "requests.jsonl:2  row 1, column 'area': offline NOT_FOUND, online 3",
      `requests.jsonl:2  the request: offline refused (${missing}), online answered`,
      'requests.jsonl: 2 requests of 3 rows, 5 differences in 2 requests',
      '',
    ].join('\n'),
    stderr: '',
  });
});

describe('fails on', () => {
  test('lines that are no requests, and replays none', async () => {
    const { run } = await app();
    await expect(run('prices/features', '{"id":"a"}', '{"id":', '[1]', '7', '{"id":NaN}')).rejects.toThrow(
      new UserError(
        [
          "requests.jsonl: expected a request's body or a record on each line",
          '  requests.jsonl:2  expected a JSON object, got: "{\\"id\\":"',
          '  requests.jsonl:3  expected a JSON object, got: a list of 1',
          '  requests.jsonl:4  expected a JSON object, got: 7',
          '  requests.jsonl:5  expected a JSON object, got: a bare NaN, which is not JSON: send null',
        ].join('\n'),
      ),
    );
  });

  test('a file without requests', async () => {
    const { run } = await app();
    await expect(run('prices/features', '', ' ')).rejects.toThrow(new UserError('requests.jsonl: expected a request, got: none'));
  });

  test('an endpoint that looks nothing up', async () => {
    const features = { requestColumns: ['id'], lookups: [], functions: [], exclude: [] };
    const spec: EndpointSpec = { ...endpoint(), servedEntities: [{ kind: 'features', name: 'features', features }] };
    const folder = appFolder({ tables: [], endpoints: [{ spec }] });
    jest.spyOn(process, 'cwd').mockReturnValue(folder);
    writeFileSync(join(folder, 'requests.jsonl'), '{"id":"a"}');
    await expect(
      verifySkewCommand().parseAsync(['prices', '--requests', join(folder, 'requests.jsonl'), '--local', '--app', folder], {
        from: 'user',
      }),
    ).rejects.toThrow(new UserError('expected a served entity that looks features up, got: prices, which has no lookup'));
  });

  test('a file that is not there', async () => {
    const { folder } = await app();
    const file = join(folder, 'none.jsonl');
    await expect(verifySkewCommand().parseAsync(['prices/features', '--requests', file], { from: 'user' })).rejects.toMatchObject({
      name: 'UserError',
      message: `expected a file of requests, got: ${file}, which does not exist`,
    });
  });

  test('an endpoint without a name of one entity', async () => {
    const { run } = await app();
    await expect(run('prices', '{"id":"a"}')).rejects.toThrow(
      'expected the name of one served entity, <endpoint> or <endpoint>/<entity>, got: prices, which is Stack/prices/features and Stack/prices/model',
    );
  });

  test('an online store that does not answer', async () => {
    const folder = appFolder({ tables: [HOUSES], endpoints: [{ spec: endpoint() }] });
    await writeFeatureTable(new FolderStore(join(folder, 'offline', 'houses')), HOUSES, ROWS);
    jest.spyOn(process, 'cwd').mockReturnValue(folder);
    writeFileSync(join(folder, 'requests.jsonl'), '{"id":"a"}');
    const args = ['prices/features', '--requests', join(folder, 'requests.jsonl'), '--local', '--app', folder];
    await expect(verifySkewCommand().parseAsync(args, { from: 'user' })).rejects.toMatchObject({
      name: 'UserError',
      message: 'the online store does not answer, try again later',
    });
  });
});
