import { App, Stack } from 'aws-cdk-lib';
import { join } from 'node:path';
import { Column, FeatureFunction, FeatureSpec, FeatureTable, Model, ModelArtifact, ServedEntity, ServingEndpoint } from '../../../lib';

/** The endpoint of the fixtures' requests: houses looked up in a table of another stack, their age computed, and `house_price_a`. */
const app = new App();
const model = join(__dirname, '..', '..', 'fixtures', 'house_price_a', 'model.onnx');

const houses = new FeatureTable(new Stack(app, 'Data'), 'Houses', {
  featureTableName: 'house_features',
  primaryKey: [Column.string('id')],
  timestampKey: Column.timestamp('updated_at'),
  features: [
    Column.integer('overall_qual', { defaultValue: 5 }),
    Column.integer('gr_liv_area'),
    Column.integer('total_bsmt_sf', { defaultValue: 0 }),
    Column.integer('garage_cars', { defaultValue: 0 }),
    Column.integer('full_bath'),
    Column.integer('lot_area'),
    Column.integer('overall_cond', { defaultValue: 5 }),
    Column.integer('year_built'),
  ],
});

const serving = new Stack(app, 'Serving');
const columns = [
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
const price = new Model(serving, 'Price').addVersion('1', {
  artifact: ModelArtifact.fromOnnx(model, { columns: columns.map((name) => Column.integer(name)) }),
});
const features = new FeatureSpec({
  requestColumns: [Column.integer('yr_sold')],
  lookups: [houses.lookup({ lookupKey: ['id'] })],
  functions: [
    FeatureFunction.fromExpression({
      expression: 'sold - built',
      inputs: { sold: 'yr_sold', built: 'year_built' },
      output: Column.integer('house_age'),
    }),
  ],
});
new ServingEndpoint(serving, 'Prices', {
  endpointName: 'prices',
  servedEntities: [ServedEntity.model('house_price', price, { features })],
});
app.synth();
