import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Emulator, startEmulator } from '../../helpers/emulator';
import { CHECKOUT, mustRun } from '../../helpers/parts';

const STACK = 'HousePrices';
const CONTEXT = ['-c', 'architecture=x86_64']; // the emulator runs functions on this machine's processor
const COMMAND_LINE = join(CHECKOUT, 'assets', 'cli', 'cdk-ml-serving.js');

const out = mkdtempSync(join(tmpdir(), 'deploy-'));
const known = { id: '42526', yr_sold: 2025, mo_sold: 6, garage_cars: 1, lot_area: 8000 };

let emulator: Emulator;
let urls: Record<'PredictedPriceUrl' | 'PriceFromRequestUrl' | 'PriceByIdUrl', string>;

function cdk(...args: string[]): string {
  return mustRun('npx', ['cdk', ...args, '--output', join(out, 'cdk.out')], { env: emulator.env });
}

function deploy(...context: string[]): void {
  const outputs = join(out, 'outputs.json');
  cdk('deploy', '--all', '--require-approval', 'never', '--outputs-file', outputs, ...CONTEXT, ...context);
  urls = JSON.parse(readFileSync(outputs, 'utf8'))[STACK];
}

function load(table: string, file: string): string {
  return mustRun('node', [COMMAND_LINE, 'tables', 'load', table, file, '--region', 'us-east-1', ...CONTEXT], { env: emulator.env });
}

function resourceNames(type: string): string[] {
  const { StackResources } = emulator.aws('cloudformation', 'describe-stack-resources', '--stack-name', STACK) as {
    StackResources: { ResourceType: string; PhysicalResourceId: string }[];
  };
  return StackResources.filter(({ ResourceType }) => ResourceType === type).map(({ PhysicalResourceId }) => PhysicalResourceId);
}

function predict(): { status: number; body: unknown } {
  return emulator.call(urls.PriceByIdUrl, { dataframe_records: [known] });
}

beforeAll(async () => {
  emulator = await startEmulator();
  cdk('bootstrap', 'aws://000000000000/us-east-1', ...CONTEXT);
  deploy();
});

afterAll(() => emulator?.stop());

test('tables load fills the deployed tables', () => {
  expect(load('houses', 'examples/data/houses.csv')).toMatch(/^houses: 300 rows written; version 1$/m);
  expect(load('predicted_prices', 'examples/data/predicted_prices.csv')).toMatch(/^predicted_prices: 300 rows written; version 1$/m);
});

test('a signed request predicts from looked-up features', () => {
  expect(predict()).toEqual({ status: 200, body: { predictions: [expect.any(Number)] } });
});

test('the deployed model gives what the same model gives from the same features in the request', () => {
  const [fromLookup, fromRequest] = [
    predict(),
    emulator.call(urls.PriceFromRequestUrl, {
      dataframe_records: [{ overall_qual: 5, gr_liv_area: 1157, house_age: 95, garage_cars: 1, lot_area: 8000, mo_sold: 6 }],
    }),
  ];
  expect(fromLookup).toEqual(fromRequest);
});

test('precomputed features are served by key', () => {
  expect(emulator.call(urls.PredictedPriceUrl, { dataframe_records: [{ id: '42526' }, { id: 'nobody' }] })).toEqual({
    status: 200,
    body: {
      outputs: [
        { id: '42526', predicted_price: 175537.72 },
        { id: 'nobody', predicted_price: null },
      ],
      feature_states: expect.anything(),
    },
  });
});

test('an unsigned request is refused', () => {
  expect(emulator.call(urls.PriceByIdUrl, { dataframe_records: [known] }, { signed: false })).toEqual({
    status: 403,
    body: { message: 'Forbidden' },
  });
});

test('a request of the wrong kind is refused by row and column', () => {
  expect(emulator.call(urls.PriceByIdUrl, { dataframe_records: [known, { ...known, yr_sold: '2025' }] })).toEqual({
    status: 400,
    body: { error_code: 'INVALID_PARAMETER_VALUE', message: expect.stringMatching(/^row 1, column 'yr_sold': expected .*, got: "2025"/) },
  });
});

test('a second deploy answers from another model version', () => {
  const before = predict();
  deploy('-c', 'modelVersion=2');
  const after = predict();
  expect(after.status).toBe(200);
  expect(after.body).not.toEqual(before.body);
});

test('without its policy the function answers 500 without internals, and its log names the denied action', () => {
  for (const RoleName of resourceNames('AWS::IAM::Role').filter((name) => name.includes('PriceById'))) {
    const { PolicyNames } = emulator.aws('iam', 'list-role-policies', '--role-name', RoleName) as { PolicyNames: string[] };
    for (const name of PolicyNames) emulator.aws('iam', 'delete-role-policy', '--role-name', RoleName, '--policy-name', name);
  }
  const answer = predict();
  expect(answer).toEqual({
    status: 500,
    body: { error_code: 'INTERNAL_ERROR', message: expect.not.stringMatching(/arn:|dynamodb|BatchGetItem|AccessDenied/i) },
  });

  const group = resourceNames('AWS::Logs::LogGroup').find((name) => name.includes('PriceById') && !name.includes('vendedlogs'))!;
  const { events } = emulator.aws('logs', 'filter-log-events', '--log-group-name', group) as { events: { message: string }[] };
  expect(events.map(({ message }) => message).filter((message) => message.includes('dynamodb:BatchGetItem'))).not.toEqual([]);
});

test('destroying the stack leaves only what is retained', () => {
  const template = JSON.parse(readFileSync(join(out, 'cdk.out', `${STACK}.template.json`), 'utf8')) as {
    Resources: Record<string, { Type: string; DeletionPolicy?: string }>;
  };
  const retained = new Set(
    Object.values(template.Resources).flatMap(({ Type, DeletionPolicy }) => (DeletionPolicy?.startsWith('Retain') ? [Type] : [])),
  );
  expect([...retained].sort()).toEqual(['AWS::Glue::Database', 'AWS::Lambda::Version', 'AWS::Logs::LogGroup']);
  cdk('destroy', '--all', '--force', ...CONTEXT);
  const left = {
    tables: (emulator.aws('dynamodb', 'list-tables') as { TableNames: string[] }).TableNames,
    apis: (emulator.aws('apigatewayv2', 'get-apis') as { Items: unknown[] }).Items,
    roles: (emulator.aws('iam', 'list-roles') as { Roles: { RoleName: string }[] }).Roles.filter(({ RoleName }) =>
      RoleName.startsWith(STACK),
    ),
  };
  expect(left).toEqual({ tables: [], apis: [], roles: [] });
});
