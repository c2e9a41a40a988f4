import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CloudAssembly, Resource, Stack } from '../../../bin/app/cloud-assembly';
import type { JsonValue } from '../../../lib/contract/data-types';
import { planLocalRun } from '../../../bin/dev/plan';
import { httpApiKeys, stageOf } from '../../../bin/dev/plan-apis';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'plan-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const assemblyOf = (Resources: Record<string, Resource>): CloudAssembly => {
  const stack: Stack = {
    displayName: 'S',
    stackName: 'S',
    template: { Resources },
    parameters: {},
    cases: new Map(),
    existingTables: [],
    assets: new Map([
      ['code.zip', folder],
      ['file.zip', join(folder, 'none')],
    ]),
  };
  return { stacks: [stack], errors: [], missing: [] };
};
const planOf = (resources: Record<string, Resource>) => planLocalRun(assemblyOf(resources), () => 'http://localhost:3000');

const API: Record<string, Resource> = { Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP' } } };
const fn = (properties: Resource['Properties'] = {}): Resource => ({
  Type: 'AWS::Lambda::Function',
  Properties: { Runtime: 'nodejs24.x', Handler: 'index.handler', Code: { S3Key: 'code.zip' }, ...properties },
});
const integration = (properties: Resource['Properties'] = {}): Resource => ({
  Type: 'AWS::ApiGatewayV2::Integration',
  Properties: {
    ApiId: { Ref: 'Api' },
    IntegrationType: 'AWS_PROXY',
    PayloadFormatVersion: '2.0',
    IntegrationUri: { 'Fn::GetAtt': ['Fn', 'Arn'] },
    ...properties,
  },
});
const route = (properties: Resource['Properties'] = {}): Resource => ({
  Type: 'AWS::ApiGatewayV2::Route',
  Properties: {
    ApiId: { Ref: 'Api' },
    RouteKey: 'GET /',
    Target: { 'Fn::Join': ['/', ['integrations', { Ref: 'Integration' }]] },
    ...properties,
  },
});
const WHOLE = { ...API, Fn: fn(), Integration: integration(), Route: route() };

test('has the functions that routes call, with what Lambda gives them by default', () => {
  const { functions, apis, notRun } = planOf({ ...WHOLE, Other: fn() });
  expect(functions).toEqual([
    expect.objectContaining({
      name: 'S-Fn',
      folder,
      handler: 'index.handler',
      memorySize: 128,
      timeoutSeconds: 3,
      environment: {},
      layers: [],
    }),
  ]);
  expect(apis[0]!.routes).toEqual([expect.objectContaining({ routeKey: 'GET /', target: { functionName: 'S-Fn', timeoutSeconds: 29 } })]);
  expect(notRun).toEqual([]);
});

test('takes what the template says of a function and its integration', () => {
  const layer: Resource = { Type: 'AWS::Lambda::LayerVersion', Properties: { Content: { S3Key: 'code.zip' } } };
  const { functions, apis } = planOf({
    ...WHOLE,
    Layer: layer,
    Fn: {
      ...fn({ MemorySize: 512, Timeout: 7, Layers: [{ Ref: 'Layer' }, 'arn:of:another'] }),
      Metadata: { 'cdk-ml-serving:endpoint': 'prices' },
    },
    Integration: integration({ TimeoutInMillis: 5000 }),
  });
  expect(functions[0]).toMatchObject({ memorySize: 512, timeoutSeconds: 7, layers: [folder], endpointName: 'prices' });
  expect(apis[0]!.routes[0]!.target.timeoutSeconds).toBe(5);
});

test('makes tables without what only an account has', () => {
  const { tables } = planOf({
    Table: {
      Type: 'AWS::DynamoDB::GlobalTable',
      Properties: {
        KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'a', AttributeType: 'S' }],
        GlobalSecondaryIndexes: [
          { IndexName: 'i', KeySchema: [], Projection: { ProjectionType: 'ALL' }, WriteProvisionedThroughputSettings: {} },
        ],
        Replicas: [{ Region: 'x' }],
      },
    },
  });
  expect(tables).toEqual([
    {
      name: 'S-Table',
      stack: 'S',
      definition: {
        TableName: 'S-Table',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'a', AttributeType: 'S' }],
        GlobalSecondaryIndexes: [{ IndexName: 'i', KeySchema: [], Projection: { ProjectionType: 'ALL' } }],
      },
    },
  ]);
});

test.each<[string, Record<string, Resource>, string]>([
  ['a WebSocket API', { Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'WEBSOCKET' } } }, 'S/Api: a WebSocket API'],
  ['a function for another language', { ...WHOLE, Fn: fn({ Runtime: 'python3.13' }) }, 'S/Fn: a function for python3.13'],
  ['a function in a container', { ...WHOLE, Fn: fn({ Runtime: null }) }, 'S/Fn: a function for a container image'],
  [
    'a function whose code is text',
    { ...WHOLE, Fn: fn({ Code: { ZipFile: '' } }) },
    'S/Fn: a function whose code is not a folder of the app',
  ],
  [
    'a function whose code is elsewhere',
    { ...WHOLE, Fn: fn({ Code: { S3Key: 'file.zip' } }) },
    'S/Fn: a function whose code is not a folder of the app',
  ],
  [
    'an integration of another format',
    { ...WHOLE, Integration: integration({ PayloadFormatVersion: '1.0' }) },
    'S/Integration: an integration other than a Lambda proxy with payload format 2.0, and its routes',
  ],
  [
    'an integration of what does not run here',
    { ...WHOLE, Q: { Type: 'AWS::SQS::Queue' }, Integration: integration({ IntegrationUri: { Ref: 'Q' } }) },
    'S/Integration: an integration, and its routes: it refers to Q (AWS::SQS::Queue), which does not run here',
  ],
  [
    'a variable that refers to what does not run here',
    { ...WHOLE, Q: { Type: 'AWS::SQS::Queue' }, Fn: fn({ Environment: { Variables: { QUEUE: { Ref: 'Q' }, A: 'a' } } }) },
    'S/Fn: the variable QUEUE: it refers to Q (AWS::SQS::Queue), which does not run here',
  ],
  [
    'resources of other types',
    { A: { Type: 'AWS::SQS::Queue' }, B: { Type: 'AWS::SQS::Queue' }, C: { Type: 'AWS::IAM::Role' } },
    '2 × AWS::SQS::Queue',
  ],
])('names %s', (_, resources, line) => {
  expect(planOf(resources).notRun).toContain(line);
});

test('is silent about the resources of an offline store, and about those alone', () => {
  const at = (path: string, more: object = {}): Resource['Metadata'] => ({ 'aws:cdk:path': path, ...more });
  const featureTable = (id: string, bucket: JsonValue): Resource => ({
    Type: 'AWS::DynamoDB::GlobalTable',
    Properties: { KeySchema: [], AttributeDefinitions: [] },
    Metadata: at(`S/${id}/Table/Resource`, {
      'cdk-ml-serving:featureTable': { name: id, primaryKey: [], features: [] },
      'cdk-ml-serving:offlineStore': { bucket, prefix: id },
    }),
  });
  const { notRun } = planOf({
    Houses: featureTable('Houses', { Ref: 'Bucket' }),
    Bucket: { Type: 'AWS::S3::Bucket', Metadata: at('S/Houses/Bucket/Resource') },
    Policy: { Type: 'AWS::S3::BucketPolicy', Properties: { Bucket: { Ref: 'Bucket' } }, Metadata: at('S/Houses/Bucket/Policy/Resource') },
    Queue: { Type: 'AWS::SQS::Queue', Metadata: at('S/Houses/Queue/Resource') },
    Rule: { Type: 'AWS::Events::Rule', Metadata: at('S/Houses/Commits/Resource') },
    Mapping: { Type: 'AWS::Lambda::EventSourceMapping', Metadata: at('S/Houses/Function/SqsEventSource/Resource') },
    Glue: { Type: 'AWS::Glue::Table', Metadata: at('S/Houses/OfflineTable') },
    Towns: featureTable('Towns', { Ref: 'Given' }),
    Given: { Type: 'AWS::S3::Bucket', Metadata: at('S/Given/Resource') },
    GivenPolicy: { Type: 'AWS::S3::BucketPolicy', Properties: { Bucket: { Ref: 'Given' } }, Metadata: at('S/Given/Policy/Resource') },
    Streets: featureTable('Streets', 'named'),
    Other: { Type: 'AWS::S3::Bucket', Metadata: at('S/Houses2/Bucket/Resource') },
    OtherQueue: { Type: 'AWS::SQS::Queue' },
  });
  expect(notRun).toEqual(['AWS::S3::Bucket', 'AWS::SQS::Queue']);
});

test('leaves alone a route of an API that is not in the app', () => {
  const { apis } = planOf({ ...WHOLE, Foreign: route({ ApiId: { 'Fn::ImportValue': 'x' }, RouteKey: 'GET /foreign' }) });
  expect(apis[0]!.routes.map(({ routeKey }) => routeKey)).toEqual(['GET /']);
});

test('knows the HTTP APIs of an app by their stack and logical id', () => {
  expect(
    httpApiKeys(assemblyOf({ ...API, Sockets: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'WEBSOCKET' } } })),
  ).toEqual(['S/Api']);
});

test.each([
  [['$default'], '/a/b', { stage: '$default', path: '/a/b' }],
  [['test', '$default'], '/test/a', { stage: 'test', path: '/a' }],
  [['test', '$default'], '/other/a', { stage: '$default', path: '/other/a' }],
  [['test'], '/test', { stage: 'test', path: '/' }],
  [['test'], '/a', undefined],
  [['$default'], '/$default/a', { stage: '$default', path: '/$default/a' }],
])('of the stages %j, %s belongs to %j', (stages, path, expected) => {
  expect(stageOf(stages, path)).toEqual(expected);
});
