import { Stack, type StackProps } from 'aws-cdk-lib';
import {
  Column,
  FeatureFunction,
  FeatureSpec,
  FeatureTable,
  Materialization,
  Model,
  ModelArtifact,
  OfflineStore,
  ServedEntity,
  ServingEndpoint,
} from 'cdk-ml-serving';
import type { Construct } from 'constructs';

export class PricesStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const houses = new FeatureTable(this, 'houses', {
      primaryKey: [Column.string('id')],
      timestampKey: Column.timestamp('updated_at'),
      features: [Column.integer('overall_qual'), Column.integer('gr_liv_area'), Column.integer('year_built')],
      offlineStore: OfflineStore.delta(),
      materialization: Materialization.continuous(),
    });
    const age = FeatureFunction.fromExpression({ expression: 'yr_sold - year_built', output: Column.integer('house_age') });
    const features = new FeatureSpec({
      requestColumns: [Column.integer('yr_sold')],
      lookups: [houses.lookup({ lookupKey: ['id'] })],
      functions: [age],
    });
    const columns = ['overall_qual', 'gr_liv_area', 'house_age', 'garage_cars', 'lot_area', 'mo_sold'].map((name) => Column.integer(name));
    const version = new Model(this, 'HousePrice').addVersion('1', {
      artifact: ModelArtifact.fromOnnx('examples/data/house_price_1.onnx', { columns }),
    });
    new ServingEndpoint(this, 'prices', { servedEntities: [ServedEntity.model('house_price', version, { features })] });
  }
}
