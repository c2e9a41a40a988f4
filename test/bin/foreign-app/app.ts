// An endpoint that looks up in tables that other apps make.
import { App, Stack } from 'aws-cdk-lib';
import { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Column, EndpointAuth, FeatureSpec, FeatureTable, OnlineStore, ServedEntity, ServingEndpoint } from '../../../lib';

const stack = new Stack(new App(), 'Serving');
const visits = new FeatureTable(stack, 'visits', {
  primaryKey: [Column.string('user'), Column.integer('day')],
  features: [Column.integer('clicks', { nullable: true })],
  onlineStore: OnlineStore.existing(TableV2.fromTableName(stack, 'Legacy', 'legacy-visits'), { attributes: { user: 'pk', day: 'sk' } }),
});
const users = FeatureTable.fromFeatureTableAttributes(stack, 'users', {
  table: TableV2.fromTableName(stack, 'Users', 'prod-users'),
  primaryKey: [Column.string('user')],
  features: [Column.integer('age', { nullable: true })],
});
const features = new FeatureSpec({
  lookups: [visits.lookup({ lookupKey: ['user', 'day'] }), users.lookup({ lookupKey: ['user'] })],
});
new ServingEndpoint(stack, 'features', { servedEntities: [ServedEntity.featureSpec('user', features)], auth: EndpointAuth.none() });
