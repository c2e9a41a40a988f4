import { App, Stack } from 'aws-cdk-lib';
import { join } from 'node:path';
import { Column, InferenceTable, Model, ModelArtifact, Sampling, ServedEntity, ServingEndpoint, TrafficSplit } from '../../../lib';

const MODEL = join(__dirname, '..', '..', 'fixtures', 'house_price_a', 'model.onnx');
const COLUMNS = [
  'overall_qual',
  'gr_liv_area',
  'total_bsmt_sf',
  'garage_cars',
  'full_bath',
  'house_age',
  'lot_area',
  'overall_cond',
  'mo_sold',
];

/** Two entities under one endpoint, with the shares that the context says, whose inference table keeps every request but for one column; and an endpoint that keeps a part of them. */
const app = new App();
const stack = new Stack(app, 'Serving');
const share = Number(app.node.tryGetContext('share') ?? 50);
const price = new Model(stack, 'Price').addVersion('1', {
  artifact: ModelArtifact.fromOnnx(MODEL, { columns: COLUMNS.map((name) => Column.integer(name)) }),
});
new ServingEndpoint(stack, 'Prices', {
  endpointName: 'prices',
  servedEntities: [ServedEntity.model('model_A', price), ServedEntity.model('model_B', price)],
  traffic: TrafficSplit.sticky({ key: ['lot_area'], weights: { model_A: 100 - share, model_B: share } }),
  inferenceTable: new InferenceTable(stack, 'PriceLog', { redactedColumns: ['house_age'] }),
});
new ServingEndpoint(stack, 'Sampled', {
  endpointName: 'sampled',
  servedEntities: [ServedEntity.model('model', price)],
  inferenceTable: new InferenceTable(stack, 'SampledLog', { sampling: Sampling.share(0.2) }),
});
app.synth();
