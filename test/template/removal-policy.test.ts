import { RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Column, FeatureTable, InferenceTable, Materialization, OfflineStore, ServedEntity, ServingApi, ServingEndpoint } from '../../lib';
import { houseModel, testStack } from '../helpers/app';

const { SNAPSHOT } = RemovalPolicy;
const SCHEMA = { primaryKey: [Column.string('id')], features: [Column.long('clicks')] };

test.each<[string, (stack: Stack) => unknown]>([
  ['removalPolicy', (stack) => new FeatureTable(stack, 'Made', { ...SCHEMA, removalPolicy: SNAPSHOT })],
  ['removalPolicy', (stack) => new InferenceTable(stack, 'Made', { removalPolicy: SNAPSHOT })],
  ['accessLogRemovalPolicy', (stack) => new ServingApi(stack, 'Made', { accessLogRemovalPolicy: SNAPSHOT })],
  [
    'logRemovalPolicy',
    (stack) => {
      const servedEntities = [ServedEntity.model('price', houseModel(stack).version('1'))];
      return new ServingEndpoint(stack, 'Made', { servedEntities, logRemovalPolicy: SNAPSHOT });
    },
  ],
])('%s fails on SNAPSHOT, which CloudFormation does not support for these resources', (prop, make) => {
  expect(() => make(testStack())).toThrow(
    new Error(`Stack/Made: \`${prop}\` must be RemovalPolicy.RETAIN, RETAIN_ON_UPDATE_OR_DELETE or DESTROY, got: SNAPSHOT`),
  );
});

test('the database that offline stores share is retained', () => {
  const stack = testStack();
  new FeatureTable(stack, 'Clicks', { ...SCHEMA, offlineStore: OfflineStore.delta(), removalPolicy: RemovalPolicy.DESTROY });
  Template.fromStack(stack).hasResource('AWS::Glue::Database', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
});

test('the description of a materialization function fits for the longest name of a table', () => {
  const stack = testStack();
  new FeatureTable(stack, 'Clicks', {
    ...SCHEMA,
    featureTableName: 'a'.repeat(255),
    offlineStore: OfflineStore.delta(),
    materialization: Materialization.triggered(),
  });
  const [made] = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function'));
  expect(made!.Properties.Description).toHaveLength(256);
});
