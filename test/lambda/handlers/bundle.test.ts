// The bundle as Lambda runs it: the asset's one line, the layer's modules, nothing else.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type AssetFiles, removeAssets, writeAsset } from '../../helpers/endpoint-asset';
import { HOUSE_BINDINGS, houseEndpoint } from '../../helpers/house-endpoint';
import { event } from '../../helpers/http-api';

afterAll(removeAssets);

const LAYER = join(
  __dirname,
  '..',
  '..',
  '..',
  'assets',
  `layer-${process.arch === 'arm64' ? 'arm64' : 'x86_64'}`,
  'nodejs',
  'node_modules',
);
const ENTRY: AssetFiles = { 'index.js': { content: "exports.handler = require('cdk-ml-serving-runtime').serve(__dirname);\n" } };
const SCRIPT = `
  const { handler } = require(process.argv[1] + '/index.js');
  handler(JSON.parse(process.argv[2]), { getRemainingTimeInMillis: () => 30000 }).then((answer) => process.stdout.write('answer ' + JSON.stringify(answer) + '\\n'));
`;

function run(
  files: AssetFiles,
  spec: Parameters<typeof writeAsset>[0],
  body: unknown,
): { answer: { statusCode: number; body: string }; log: unknown } {
  const folder = writeAsset(spec, { ...files, ...ENTRY });
  const sent = JSON.stringify(event('POST', '/invocations', { body: JSON.stringify(body) }));
  const env = {
    PATH: process.env.PATH,
    NODE_PATH: LAYER,
    ML_SERVING_BINDINGS: HOUSE_BINDINGS,
    AWS_REGION: 'us-east-1',
    AWS_LAMBDA_FUNCTION_NAME: 'prices',
  };
  const [log, answer] = execFileSync(process.execPath, ['-e', SCRIPT, folder, sent], { env, encoding: 'utf8' }).trim().split('\n');
  return { answer: JSON.parse(answer!.slice('answer '.length)) as { statusCode: number; body: string }, log: JSON.parse(log!) };
}

test('a model with lookups starts, and answers no records with none', () => {
  const { spec, files } = houseEndpoint('model');
  const { answer, log } = run(files, spec, { dataframe_records: [] });
  expect(answer).toMatchObject({ statusCode: 200, body: '{"predictions":[]}' });
  expect(log).toMatchObject({ FunctionName: 'prices', status: 200, rows: 0, cold_start: true });
});

test('functions in CEL and in a file of the asset', () => {
  const { spec } = houseEndpoint('features');
  const [age] = spec.servedEntities[0]!.features.functions;
  const features = {
    requestColumns: ['yr_sold', 'mo_sold'],
    lookups: [],
    functions: [
      { ...age!, kind: 'expression' as const, expression: 'sold - 2000', inputs: [{ name: 'sold', column: 'yr_sold' }] },
      {
        kind: 'module' as const,
        name: 'twice',
        file: 'functions/twice.js',
        exportName: 'twice',
        nullsIn: false,
        inputs: [{ name: 'month', column: 'mo_sold' }],
        output: { name: 'twice', type: 'integer' as const },
      },
    ],
    exclude: [],
  };
  const files = { 'functions/twice.js': { content: 'exports.twice = ({ month }) => month * 2;\n' } };
  const requestColumns = spec.requestColumns.filter(({ name }) => features.requestColumns.includes(name));
  const { answer } = run(
    files,
    { ...spec, requestColumns, servedEntities: [{ kind: 'features', name: 'houses', features }] },
    { instances: [[2010, 5]] },
  );
  expect(answer.body).toBe('{"outputs":[{"yr_sold":2010,"mo_sold":5,"house_age":10,"twice":10}],"feature_states":[{}]}');
});
