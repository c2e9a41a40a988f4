import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Column, FeatureSpec, FeatureTable, ServedEntity, ServingEndpoint } from 'cdk-ml-serving';

function synthesize({ more = false, endpoint = true } = {}): { tables: Template; endpoints: Template } {
  const app = new App();
  const tables = new Stack(app, 'Tables');
  const table = new FeatureTable(tables, 'Prices', {
    primaryKey: [Column.string('id')],
    features: [Column.double('price'), ...(more ? [Column.double('more')] : [])],
  });
  const endpoints = new Stack(app, 'Endpoints');
  const features = new FeatureSpec({ lookups: [table.lookup({ lookupKey: ['id'], features: ['price'] })] });
  if (endpoint) new ServingEndpoint(endpoints, 'Served', { servedEntities: [ServedEntity.featureSpec('prices', features)] });
  return { tables: Template.fromStack(tables), endpoints: Template.fromStack(endpoints) };
}

test('an endpoint reads a table of another stack through weak references', () => {
  const { tables, endpoints } = synthesize();
  expect(JSON.stringify([tables.toJSON(), endpoints.toJSON()])).not.toMatch(/Fn::ImportValue|"Export"/);
  endpoints.hasResourceProperties('AWS::Lambda::Function', {
    Environment: {
      Variables: {
        ML_SERVING_BINDINGS: { 'Fn::Join': ['', Match.arrayWith([{ 'Fn::GetStackOutput': Match.objectLike({ StackName: 'Tables' }) }])] },
      },
    },
  });
  endpoints.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Action: 'dynamodb:BatchGetItem',
          Resource: { 'Fn::GetStackOutput': Match.objectLike({ StackName: 'Tables' }) },
        }),
      ]),
    },
  });
});

test('without its endpoint, a table has no outputs', () => {
  expect(synthesize({ endpoint: false }).tables.findOutputs('*')).toEqual({});
});

test('the outputs of a table keep their names when a feature is added', () => {
  expect(synthesize({ more: true }).tables.findOutputs('*')).toEqual(synthesize().tables.findOutputs('*'));
});
