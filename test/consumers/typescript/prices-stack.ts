import { Stack } from 'aws-cdk-lib';
import { Column, FeatureFunction, FeatureSpec, FeatureTable, Model, ModelArtifact, ServedEntity, ServingEndpoint } from 'cdk-ml-serving';
import { Construct } from 'constructs';

const MODEL_COLUMNS = [
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
const FEATURES = ['overall_qual', 'gr_liv_area', 'total_bsmt_sf', 'garage_cars', 'full_bath', 'lot_area', 'overall_cond', 'year_built'];

export class PricesStack extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const houses = new FeatureTable(this, 'Houses', {
      featureTableName: 'house_features',
      primaryKey: [Column.string('id')],
      timestampKey: Column.timestamp('updated_at'),
      features: FEATURES.map((name) => Column.integer(name, { defaultValue: 1 })),
    });
    const features = new FeatureSpec({
      requestColumns: [Column.integer('yr_sold')],
      lookups: [houses.lookup({ lookupKey: ['id'] })],
      functions: [FeatureFunction.fromExpression({ expression: 'yr_sold - year_built', output: Column.integer('house_age') })],
    });
    const model = new Model(this, 'HousePrice', { modelName: 'house_price' });
    const artifact = ModelArtifact.fromOnnx('models/model.onnx', { columns: MODEL_COLUMNS.map((name) => Column.integer(name)) });
    const version = model.addVersion('1', { artifact });
    new ServingEndpoint(this, 'Endpoint', {
      endpointName: 'prices',
      servedEntities: [ServedEntity.model('model_A', version, { features })],
    });
  }
}
