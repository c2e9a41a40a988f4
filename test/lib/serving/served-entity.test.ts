import { Stack, Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Column, FeatureSpec, ServedEntity, ServingEndpoint } from '../../../lib';
import { type EndpointSpec } from '../../../lib/contract/endpoint-spec';
import { houseModel, testApp, testStack } from '../../helpers/app';
import { houseFeatures, houseTable } from '../../helpers/full-app';

/** The folder that the CDK copied an endpoint's asset into. */
function assetOf(endpoint: ServingEndpoint): string {
  const stack = Stack.of(endpoint);
  const [found] = Object.values(
    Template.fromStack(stack).findResources('AWS::Lambda::Function', { Metadata: { 'cdk-ml-serving:endpoint': endpoint.endpointName } }),
  );
  return join(stack.node.root.node.tryGetContext('outdir'), `asset.${found!.Properties.Code.S3Key.replace('.zip', '')}`);
}

function stackWithOutdir(): Stack {
  const app = testApp();
  app.node.setContext('outdir', app.outdir);
  return new Stack(app, 'Stack');
}

function specOf(endpoint: ServingEndpoint): EndpointSpec {
  return JSON.parse(readFileSync(join(assetOf(endpoint), 'endpoint.json'), 'utf8'));
}

test('a model with features is served with its tables, lookups, functions and file', () => {
  const stack = stackWithOutdir();
  const features = houseFeatures(houseTable(stack));
  const version = houseModel(stack).version('1');
  const endpoint = new ServingEndpoint(stack, 'prices', { servedEntities: [ServedEntity.model('price', version, { features })] });
  const spec = specOf(endpoint);
  expect(spec).toMatchObject({
    specVersion: 2,
    endpointName: 'prices',
    tables: [{ name: 'house_features', primaryKey: [{ name: 'id', type: 'string' }] }],
    servedEntities: [
      {
        kind: 'model',
        name: 'price',
        model: { modelName: 'HousePrice', version: '1', scorer: { kind: 'file', file: 'models/HousePrice/1/model.onnx' } },
        features: { lookups: [{ table: 'house_features', lookupKey: ['id'] }], functions: [{ name: 'house_age', kind: 'expression' }] },
      },
    ],
  });
  expect(spec.requestColumns.map(({ name }) => name).sort()).toEqual(
    ['full_bath', 'garage_cars', 'id', 'lot_area', 'mo_sold', 'overall_cond', 'total_bsmt_sf', 'yr_sold'].sort(),
  );
  expect(readFileSync(join(assetOf(endpoint), 'models/HousePrice/1/model.onnx'))).toEqual(
    readFileSync('test/fixtures/house_price_a/model.onnx'),
  );
  expect(endpoint.lineage['price']!.map(({ column, source }) => `${column}: ${source}`)).toEqual([
    'overall_qual: lookup',
    'gr_liv_area: lookup',
    'total_bsmt_sf: request',
    'garage_cars: request',
    'full_bath: request',
    'house_age: function',
    'lot_area: request',
    'overall_cond: request',
    'mo_sold: request',
  ]);
});

test('a feature spec is served without a model', () => {
  const stack = stackWithOutdir();
  const servedEntities = [ServedEntity.featureSpec('house', houseFeatures(houseTable(stack)))];
  const endpoint = new ServingEndpoint(stack, 'features', { servedEntities });
  expect(specOf(endpoint).servedEntities).toMatchObject([{ kind: 'features', name: 'house', features: { exclude: [] } }]);
  expect(Object.keys(endpoint.lineage)).toEqual(['house']);
});

test('one served entity can be served by endpoints of several stacks', () => {
  const app = testApp();
  const entity = ServedEntity.featureSpec('house', houseFeatures(houseTable(new Stack(app, 'Tables'))));
  const stacks = [new Stack(app, 'One'), new Stack(app, 'Two')];
  for (const stack of stacks) new ServingEndpoint(stack, 'features', { servedEntities: [entity] });
  for (const stack of stacks) Template.fromStack(stack).resourceCountIs('AWS::Lambda::Function', 1);
});

test('the function may read the tables of the endpoint, write its log and send traces, and nothing else', () => {
  const stack = testStack();
  const houses = houseTable(stack);
  new ServingEndpoint(stack, 'features', { servedEntities: [ServedEntity.featureSpec('house', houseFeatures(houses))] });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent() });
  template.resourceCountIs('AWS::IAM::Policy', 1);
  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: [
        {
          Effect: 'Allow',
          Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('^featuresFunctionLog'), 'Arn'] },
        },
        { Effect: 'Allow', Action: 'dynamodb:BatchGetItem', Resource: stack.resolve(houses.tableArn) },
        { Effect: 'Allow', Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], Resource: '*' },
      ],
    },
  });
});

test('fails with all mismatches between a model and its features', () => {
  const stack = testStack();
  const features = new FeatureSpec({ requestColumns: [Column.string('overall_qual')] });
  const servedEntities = [ServedEntity.model('price', houseModel(stack).version('1'), { features })];
  expect(() => new ServingEndpoint(stack, 'prices', { servedEntities })).toThrow(/^Stack\/prices: .*overall_qual/);
});

test('fails on a token anywhere in the endpoint spec', () => {
  const stack = testStack();
  const version = houseModel(stack).version('1');
  const packed = version._package(stack);
  const example = { lot_area: Token.asString({ Ref: 'LotArea' }) };
  jest.spyOn(version, '_package').mockReturnValue({ ...packed, spec: { ...packed.spec, example } });
  expect(() => new ServingEndpoint(stack, 'prices', { servedEntities: [ServedEntity.model('price', version)] })).toThrow(
    new Error('Stack/prices: all values in the endpoint spec must be literals, got: a token at servedEntities[0].model.example.lot_area'),
  );
});
