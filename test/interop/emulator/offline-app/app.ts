// A feature table whose commits come online by S3's events: the sweep is so rare that no test sees it.
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { join } from 'node:path';
import {
  Column,
  Compute,
  EndpointAuth,
  FeatureSpec,
  FeatureTable,
  Materialization,
  Model,
  ModelArtifact,
  OfflineStore,
  ServedEntity,
  ServingEndpoint,
} from '../../../../lib/index';

const stack = new Stack(new App(), 'Offline');
const houses = new FeatureTable(stack, 'Houses', {
  featureTableName: 'houses',
  primaryKey: [Column.string('id')],
  timestampKey: Column.timestamp('updated_at'),
  features: [Column.integer('rooms'), Column.double('price', { nullable: true })],
  offlineStore: OfflineStore.delta(),
  materialization: Materialization.continuous({ sweep: Duration.hours(12) }),
  removalPolicy: RemovalPolicy.DESTROY,
});
const endpoint = new ServingEndpoint(stack, 'Features', {
  endpointName: 'features',
  servedEntities: [ServedEntity.featureSpec('houses', new FeatureSpec({ lookups: [houses.lookup({ lookupKey: ['id'] })] }))],
  compute: Compute.lambdaFunction({ architecture: Architecture.X86_64 }),
  auth: EndpointAuth.none(),
});
// not deployed: its model scores on the machine of whoever asks, with the features of the table that is
const models = new Stack(stack.node.scope as App, 'Models');
const model = new Model(models, 'Model').addVersion('1', {
  artifact: ModelArtifact.fromOnnx(join(__dirname, '..', '..', '..', 'fixtures', 'legacy_ir3', 'model.onnx'), {
    columns: [Column.integer('rooms'), Column.double('price', { nullable: true }), Column.double('c'), Column.double('d')],
  }),
});
new ServingEndpoint(models, 'Prices', {
  endpointName: 'prices',
  servedEntities: [ServedEntity.model('model', model, { features: new FeatureSpec({ lookups: [houses.lookup({ lookupKey: ['id'] })] }) })],
});
new CfnOutput(stack, 'Url', { value: endpoint.url });
