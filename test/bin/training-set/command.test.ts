import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openRows } from '../../../bin/rows/open-rows';
import { trainingSetCommand } from '../../../bin/training-set/command';
import { UserError } from '../../../bin/terminal/user-error';
import { FolderStore } from '../../../lambda/stores/folder-store';
import { type ColumnSpec } from '../../../lib/contract/data-types';
import { type EndpointSpec, type ModelEntitySpec, SPEC_VERSION, type TableSpec } from '../../../lib/contract/endpoint-spec';
import { appFolder } from '../../helpers/app-folder';
import { readTable } from '../../helpers/delta';
import { writeFeatureTable } from '../../helpers/feature-store';

const column = (name: string, type: ColumnSpec['type'], rest: Partial<ColumnSpec> = {}): ColumnSpec => ({ name, type, ...rest });

const HOUSES: TableSpec = {
  name: 'houses',
  primaryKey: [column('id', 'string')],
  timestampKey: column('updated_at', 'timestamp'),
  features: [column('area', 'long'), column('quality', 'integer', { defaultValue: 5 })],
};

/** Houses by id, their age by a function, the year of the sale with a default; `model` refuses what it misses. */
function endpointOf(changes: { table?: TableSpec; request?: readonly ColumnSpec[] } = {}): EndpointSpec {
  const { table = HOUSES, request = [column('id', 'string'), column('year', 'integer', { defaultValue: 2020 })] } = changes;
  const features = {
    requestColumns: request.map(({ name }) => name),
    lookups: [{ table: table.name, lookupKey: ['id'], features: table.features.map((of) => ({ feature: of.name, column: of })) }],
    functions: [
      {
        kind: 'expression' as const,
        name: 'area_a_year',
        expression: 'double(area) / double(year)',
        inputs: ['area', 'year'].map((name) => ({ name, column: name })),
        output: column('area_a_year', 'double'),
        nullsIn: false,
      },
    ],
    exclude: [],
  };
  const model = {
    modelName: 'price',
    version: '1',
    scorer: { kind: 'file' as const, file: 'model.onnx' },
    inputs: [
      { name: 'x', type: 'float64' as const, shape: [null, 1], layout: 'matrix' as const, columns: [column('area_a_year', 'double')] },
    ],
    outputs: [{ name: 'y', type: 'float64' as const }],
  };
  return {
    specVersion: SPEC_VERSION,
    endpointName: 'prices',
    tables: [table],
    requestColumns: request,
    servedEntities: [
      { kind: 'features', name: 'features', features },
      { kind: 'model', name: 'model', model, features },
    ],
  };
}

const at = (day: number) => BigInt(Date.UTC(2024, 0, day)) * 1000n;
const ROWS = [
  [
    ['a', at(1), 2000n, 7],
    ['b', at(3), 9007199254740993n, null],
  ],
  [['a', at(5), 4000n, 8]],
];

/** An app with an endpoint and its table's rows; runs the command in its folder. */
async function app(spec = endpointOf(), options: { tables?: TableSpec[]; onlineOnly?: string[]; rows?: unknown[][][] } = {}) {
  const folder = appFolder({ tables: spec.tables, endpoints: [{ spec }], ...options });
  await writeFeatureTable(new FolderStore(join(folder, 'offline', 'houses')), spec.tables[0]!, options.rows ?? ROWS);
  jest.spyOn(process, 'cwd').mockReturnValue(folder);
  const printed = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  const path = (name: string) => join(folder, name);
  return {
    path,
    async run(labels: string, output: string, ...args: string[]) {
      writeFileSync(path('labels.csv'), labels);
      const given = args.includes('--spec') ? args : ['--spec', 'prices/features', ...args];
      const all = ['--labels', path('labels.csv'), '--output', path(output), '--app', folder, '--local', ...given];
      printed.mockClear();
      await trainingSetCommand().parseAsync(all, { from: 'user' });
      return printed.mock.calls.map(([text]) => String(text)).join('');
    },
    read: (name: string) => readFileSync(path(name), 'utf8'),
  };
}

afterEach(() => {
  process.exitCode = undefined;
  jest.restoreAllMocks();
});

const LABELS = [
  'id,updated_at,price,code',
  'a,2024-01-01T00:00:00Z,100,007',
  'a,2024-01-04T23:59:59.999999Z,"",',
  'a,2024-01-05T00:00:00+00:00,1.5,"x,""y"""',
  'b,2024-01-03T12:00:00+12:00,,z',
  'c,2024-01-06T00:00:00Z,3,z',
  '',
].join('\n');

test('joins the features of the online store at the time of each label, and copies the columns of the labels', async () => {
  const { run, read, path } = await app();
  expect(await run(LABELS, 'set.csv')).toBe('set.csv: 5 rows written\n');
  expect(process.exitCode).toBeUndefined();
  expect(read('set.csv')).toBe(
    [
      'id,updated_at,price,code,year,area,quality,area_a_year',
      'a,2024-01-01T00:00:00Z,100,007,2020,2000,7,0.9900990099009901',
      'a,2024-01-04T23:59:59.999999Z,"",,2020,2000,7,0.9900990099009901',
      'a,2024-01-05T00:00:00+00:00,1.5,"x,""y""",2020,4000,8,1.9801980198019802',
      'b,2024-01-03T12:00:00+12:00,,z,2020,9007199254740993,5,4459009532049.996',
      'c,2024-01-06T00:00:00Z,3,z,2020,,5,',
      '',
    ].join('\n'),
  );
  expect(readdirSync(path('.')).filter((name) => name.startsWith('set'))).toEqual(['set.csv']);
});

test('rejects rows that a model would refuse, and writes the others', async () => {
  const { run, read } = await app();
  const labels = `${LABELS}a,yesterday,1,z\na,,1,z\na\n,2024-01-06T00:00:00Z,1,z\n`;
  expect(await run(labels, 'set.csv', '--spec', 'prices/model')).toBe(
    [
      'set.csv: 4 rows written',
      '5 rejected, listed in set.csv.rejected.jsonl',
      "  labels.csv:6   column 'area': expected a value, got: NOT_FOUND in 'houses' for id \"c\"",
      `  labels.csv:7   column 'updated_at': expected an ISO 8601 timestamp with offset and at most six digits of a second, got: "yesterday"`,
      "  labels.csv:8   column 'updated_at': expected a value, because it is the time of the label, got: null",
      '  labels.csv:9   expected 4 cells, as in the header, got: 1',
      "  labels.csv:10  column 'id': expected a value, because it is the key of a lookup, got: null",
      '',
    ].join('\n'),
  );
  expect(process.exitCode).toBe(1);
  expect(
    read('set.csv')
      .split('\n')
      .map((line) => line.slice(0, 4)),
  ).toEqual(['id,u', 'a,20', 'a,20', 'a,20', 'b,20', '']);
  expect(read('set.csv.rejected.jsonl').split('\n')[0]).toBe(
    `{"line":6,"column":"area","reason":"expected a value, got: NOT_FOUND in 'houses' for id \\"c\\""}`,
  );
});

test('takes the name of an endpoint whose arms share a feature spec, and no name of arms that need other columns', async () => {
  const spec = endpointOf();
  const arm = spec.servedEntities[1] as ModelEntitySpec;
  const traffic = { kind: 'random', weights: { one: 50, two: 50 } } as const;
  const arms = (two: ModelEntitySpec): EndpointSpec => ({
    ...spec,
    servedEntities: [
      { ...arm, name: 'one' },
      { ...two, name: 'two' },
    ],
    traffic,
  });
  const shared = await app(arms({ ...arm, model: { ...arm.model, version: '2' } }));
  await shared.run(LABELS, 'one.csv', '--spec', 'prices/one');
  await shared.run(LABELS, 'both.csv', '--spec', 'prices');
  expect(shared.read('both.csv')).toBe(shared.read('one.csv'));
  expect(shared.read('both.csv').split('\n')[1]).toContain('a,2024-01-01T00:00:00Z,100,007,');

  const [input] = arm.model.inputs;
  const other = await app(arms({ ...arm, model: { ...arm.model, inputs: [{ ...input!, columns: [column('area', 'long')] }] } }));
  await expect(other.run(LABELS, 'both.csv', '--spec', 'prices')).rejects.toThrow(
    new UserError(
      'expected the name of one served entity, <endpoint> or <endpoint>/<entity>, got: prices, which is Stack/prices/one and Stack/prices/two',
    ),
  );
});

test('removes the rejected rows of an earlier run', async () => {
  const { run, path } = await app();
  await run('id,updated_at\na,\n', 'set.csv');
  expect(existsSync(path('set.csv.rejected.jsonl'))).toBe(true);
  await run('id,updated_at\na,2024-01-01T00:00:00Z\n', 'set.csv');
  expect(existsSync(path('set.csv.rejected.jsonl'))).toBe(false);
});

test('a request column of the labels has the values that serving reads', async () => {
  const { run, read } = await app();
  await run('year,id,updated_at\n,a,2024-01-01T00:00:00Z\n2e3,a,2024-01-01T00:00:00Z\n', 'set.csv');
  expect(read('set.csv')).toBe(
    'year,id,updated_at,area,quality,area_a_year\n2020,a,2024-01-01T00:00:00Z,2000,7,0.9900990099009901\n2000,a,2024-01-01T00:00:00Z,2000,7,1\n',
  );
});

test('uses a row only from its commit on with --as-known', async () => {
  const { run, read } = await app();
  // the helper's clock commits in November 2023
  await run('id,updated_at\na,2024-01-01T00:00:00Z\n', 'set.csv', '--as-known');
  expect(read('set.csv')).toContain('a,2024-01-01T00:00:00Z,2020,2000,7');
  const old = BigInt(Date.UTC(2023, 9, 1)) * 1000n;
  const { run: runOld, read: readOld } = await app(endpointOf(), { rows: [[['a', old, 1n, 1]]] });
  await runOld('id,updated_at\na,2023-11-01T00:00:00Z\na,2023-12-01T00:00:00Z\n', 'set.csv', '--as-known');
  expect(readOld('set.csv').split('\n').slice(1, 3)).toEqual([
    'a,2023-11-01T00:00:00Z,2020,,5,',
    'a,2023-12-01T00:00:00Z,2020,1,1,0.0004950495049504951',
  ]);
});

test.each([['set.jsonl'], ['set.parquet'], ['set']])('writes typed columns to %s', async (output) => {
  const { run, read, path } = await app();
  const labels = [
    'id,updated_at,whole,number,flag,day,text,none',
    'a,2024-01-01T00:00:00Z,9007199254740993,1.5,true,2024-02-29,007,',
    'b,2024-01-04T00:00:00Z,-1,2,FALSE,2024-03-01,"",',
    '',
  ].join('\n');
  expect(await run(labels, output)).toBe(`${output}: 2 rows written\n`);
  if (output === 'set.jsonl') {
    expect(read(output)).toBe(
      '{"id":"a","updated_at":"2024-01-01T00:00:00Z","whole":9007199254740993,"number":1.5,"flag":true,"day":"2024-02-29","text":"007","none":null,"year":2020,"area":2000,"quality":7,"area_a_year":0.9900990099009901}\n' +
        '{"id":"b","updated_at":"2024-01-04T00:00:00Z","whole":-1,"number":2,"flag":false,"day":"2024-03-01","text":"","none":null,"year":2020,"area":9007199254740993,"quality":5,"area_a_year":4459009532049.996}\n',
    );
    return;
  }
  const rows = [
    ['a', '2024-01-01T00:00:00.000000Z', '9007199254740993', 1.5, true, '2024-02-29', '007', null, 2020, 2000, 7, 0.9900990099009901],
    ['b', '2024-01-04T00:00:00.000000Z', -1, 2, false, '2024-03-01', '', null, 2020, '9007199254740993', 5, 4459009532049.996],
  ];
  if (output === 'set') {
    expect((await readTable(path('set'))).rows).toEqual(rows);
    await run(labels, output);
    expect((await readTable(path('set'))).rows).toHaveLength(4);
    return;
  }
  const input = await openRows(path(output), true);
  expect(input.columns.map(({ name, type }) => `${name} ${String(type)}`)).toEqual([
    'id string',
    'updated_at timestamp',
    'whole long',
    'number double',
    'flag boolean',
    'day date',
    'text string',
    'none string',
    'year integer',
    'area long',
    'quality integer',
    'area_a_year double',
  ]);
  for await (const { columns } of input.slices(() => undefined)) expect(columns[2]).toEqual([9007199254740993n, -1n]);
});

test('a file without labels makes an output without rows', async () => {
  const { run, read } = await app();
  expect(await run('id,updated_at\n', 'set.csv')).toBe('set.csv: 0 rows written\n');
  expect(read('set.csv')).toBe('id,updated_at,year,area,quality,area_a_year\n');
  await run('id,updated_at\n', 'set.parquet');
});

describe('fails on', () => {
  async function failure(
    spec: EndpointSpec,
    labels: string,
    args: string[] = [],
    options: Parameters<typeof app>[1] = {},
  ): Promise<string> {
    const { run, path } = await app(spec, options);
    const error: unknown = await run(labels, 'set.csv', ...args).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(UserError);
    expect(readdirSync(path('.')).filter((name) => name.startsWith('set'))).toEqual([]);
    return (error as Error).message.replaceAll(path('.'), '<app>');
  }

  test('a table without a timestamp key', async () => {
    const table = { ...HOUSES, timestampKey: undefined };
    expect(await failure(endpointOf({ table }), 'id,t\n', ['--time', 't'], { rows: [] })).toBe(
      'expected feature tables with a timestamp key for a point-in-time join, got: houses, which has none and keeps no history',
    );
  });

  test('a table of another app, or an existing table', async () => {
    expect(await failure(endpointOf(), 'id,updated_at\n', [], { tables: [] })).toBe(
      "prices: expected one feature table 'houses' that the app makes, got: a table that another app makes",
    );
  });

  test('a table whose columns have other types, with its name', async () => {
    const { run, path } = await app();
    const features = [column('area', 'string')];
    await writeFeatureTable(new FolderStore(path('offline/other')), { ...HOUSES, features }, [[['a', at(1), 'large']]]);
    rmSync(path('offline/houses'), { recursive: true });
    renameSync(path('offline/other'), path('offline/houses'));
    await expect(run('id,updated_at\na,2024-01-01T00:00:00Z\n', 'set.csv')).rejects.toMatchObject({
      name: 'UserError',
      message: "houses: column 'area': expected long, got: string",
    });
  });

  test('an output that is the labels', async () => {
    const { run, read } = await app();
    const labels = 'id,updated_at\nnobody,\n';
    await expect(run(labels, 'labels.csv')).rejects.toThrow(
      new UserError('expected an output other than the input, got: labels.csv for both'),
    );
    expect(read('labels.csv')).toBe(labels);
  });

  test('a table without an offline store', async () => {
    expect(await failure(endpointOf(), 'id,updated_at\n', [], { onlineOnly: ['houses'] })).toBe(
      'expected a feature table with an offline store, got: Stack/houses, which has an online store only',
    );
  });

  test.each([
    [
      'updated_at\n',
      "labels.csv: column 'id': expected a value, because it is the key of a lookup, got: no such column\nlabels.csv has the column 'updated_at'",
    ],
    [
      'id,updated_at,area\n',
      "labels.csv: column 'area': expected no such column, because it is looked up and is not listed in `overridable` of the feature spec, got: a column of this name",
    ],
    [
      'id,updated_at,area_a_year\n',
      "labels.csv: column 'area_a_year': expected no such column, because a feature function computes it, got: a column of this name",
    ],
    [
      'id,when\n',
      "labels.csv: expected the column with the labels' times in --time, or a column with the name of a timestamp key ('updated_at'), got: none\nlabels.csv has the columns 'id', 'when'",
    ],
  ])('labels with the columns %j', async (labels, message) => {
    expect(await failure(endpointOf(), labels)).toBe(message);
  });

  test('a missing column of times', async () => {
    expect(await failure(endpointOf(), 'id,updated_at\n', ['--time', 'when'])).toBe(
      "labels.csv: expected a column 'when', the time of each label, got: none\nlabels.csv has the columns 'id', 'updated_at'",
    );
  });

  test('a name that is no served entity of the app', async () => {
    expect(await failure(endpointOf(), 'id,updated_at\n', ['--spec', 'prices'])).toBe(
      'expected the name of one served entity, <endpoint> or <endpoint>/<entity>, got: prices, which is Stack/prices/features and Stack/prices/model',
    );
    expect(await failure(endpointOf(), 'id,updated_at\n', ['--spec', 'other'])).toBe(
      'expected the name of one served entity, <endpoint> or <endpoint>/<entity>, got: other, but the app has Stack/prices/features, Stack/prices/model',
    );
  });

  test('an output of another kind', async () => {
    const { run, path } = await app();
    await expect(run('id,updated_at\n', 'set.txt')).rejects.toThrow(
      new UserError('expected a file that ends in .csv, .jsonl, .ndjson or .parquet, or a folder without an ending, got: set.txt'),
    );
    await expect(run('id,updated_at\n', 'asset.0/x/set.csv')).rejects.toThrow(
      new UserError(`expected an output in an existing folder, got: ${path('asset.0/x')}, which does not exist`),
    );
    await expect(run('id,updated_at\na,2024-01-01T00:00:00Z\n', 'offline')).rejects.toThrow(
      new UserError(`expected a new folder, or the folder of a Delta Lake table, got: ${path('offline')}, which has no _delta_log`),
    );
  });
});
