import { App, Stack } from 'aws-cdk-lib';
import { TableEncryptionV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Column, FeatureTable } from '../../lib';
import { fullApp } from '../helpers/full-app';

const mode = process.env.JSII_DEPRECATED;
beforeEach(() => {
  // any use of a deprecated API throws
  process.env.JSII_DEPRECATED = 'fail';
});
afterEach(() => {
  process.env.JSII_DEPRECATED = mode;
});

test('an app with every construct uses no deprecated API', () => {
  const app = new App();
  fullApp(app);
  app.synth();
});

test('a table with a customer managed key uses no deprecated API', () => {
  const stack = new Stack(new App(), 'App', { env: { region: 'eu-central-1' } });
  const encryption = TableEncryptionV2.customerManagedKey(new Key(stack, 'Key'));
  const table = new FeatureTable(stack, 'Houses', { primaryKey: [Column.string('id')], features: [Column.float('a')], encryption });
  expect(table.table.encryptionKey).toBeDefined();
});

test('a feature table leaves the mode of deprecation warnings as it is', () => {
  new FeatureTable(new Stack(), 'Houses', { primaryKey: [Column.string('id')], features: [Column.float('a')] });
  expect(process.env.JSII_DEPRECATED).toBe('fail');
});
