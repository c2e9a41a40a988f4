// An endpoint of two model versions that keeps its requests, with the shares that the context says, beside a version of its function if it says that.
import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import {
  Column,
  Compute,
  InferenceTable,
  Model,
  ModelArtifact,
  Rollout,
  ServedEntity,
  ServingEndpoint,
  TrafficSplit,
} from 'cdk-ml-serving';

const app = new App();
const stack = new Stack(app, 'Logged');
const share = Number(app.node.tryGetContext('share') ?? 50);
const previousVersion = app.node.tryGetContext('previousVersion') as string | undefined;
const model = new Model(stack, 'HousePrice', { modelName: 'house_price' });
const columns = ['overall_qual', 'gr_liv_area', 'house_age', 'garage_cars', 'lot_area', 'mo_sold'].map((name) => Column.integer(name));
const [first, second] = ['1', '2'].map((version) =>
  model.addVersion(version, { artifact: ModelArtifact.fromOnnx(`examples/data/house_price_${version}.onnx`, { columns }) }),
);
const endpoint = new ServingEndpoint(stack, 'Prices', {
  endpointName: 'prices',
  servedEntities: [ServedEntity.model('model_A', first!), ServedEntity.model('model_B', second!)],
  traffic: TrafficSplit.sticky({ key: ['lot_area'], weights: { model_A: 100 - share, model_B: share } }),
  compute: Compute.lambdaFunction({ architecture: Architecture.X86_64 }), // the emulator runs functions on this machine's processor
  rollout: previousVersion === undefined ? undefined : Rollout.weighted({ previousVersion, weight: 50 }),
  inferenceTable: new InferenceTable(stack, 'PriceLog', { redactedColumns: ['mo_sold'], removalPolicy: RemovalPolicy.DESTROY }),
});
endpoint.addDashboard();
new CfnOutput(stack, 'Url', { value: endpoint.url });
