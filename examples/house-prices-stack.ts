import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Architecture } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import {
  Column,
  Compute,
  FeatureFunction,
  FeatureSpec,
  FeatureTable,
  Materialization,
  Model,
  ModelArtifact,
  OfflineStore,
  ServedEntity,
  ServingApi,
  ServingEndpoint,
} from 'cdk-ml-serving';

export interface HousePricesProps {
  /** The instruction set architecture of the functions. */
  readonly architecture: Architecture;
  /** The version of the model that the endpoints serve. */
  readonly modelVersion: string;
}

/** House prices in three ways: predicted in advance, predicted from a request, and predicted from features that are looked up by the house's id. */
export class HousePricesStack extends Stack {
  public readonly featureTables: readonly FeatureTable[];
  public readonly endpoints: readonly ServingEndpoint[];

  constructor(scope: Construct, id: string, { architecture, modelVersion }: HousePricesProps) {
    super(scope, id);
    const compute = Compute.lambdaFunction({ architecture });

    const houses = new FeatureTable(this, 'Houses', {
      featureTableName: 'houses',
      primaryKey: [Column.string('id')],
      timestampKey: Column.timestamp('updated_at'),
      features: [Column.integer('overall_qual', { defaultValue: 5 }), Column.integer('gr_liv_area'), Column.integer('year_built')],
      offlineStore: OfflineStore.delta(),
      materialization: Materialization.continuous(),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const predictedPrices = new FeatureTable(this, 'PredictedPrices', {
      featureTableName: 'predicted_prices',
      primaryKey: [Column.string('id')],
      timestampKey: Column.timestamp('predicted_at'),
      features: [Column.double('predicted_price')],
      offlineStore: OfflineStore.delta(),
      materialization: Materialization.continuous(),
      removalPolicy: RemovalPolicy.DESTROY,
    });

    const columns = [
      Column.integer('overall_qual'),
      Column.integer('gr_liv_area'),
      Column.integer('house_age'),
      Column.integer('garage_cars', { defaultValue: 1 }),
      Column.integer('lot_area', { defaultValue: 8000 }),
      Column.integer('mo_sold', { defaultValue: 6 }),
    ];
    const model = new Model(this, 'HousePrice', { modelName: 'house_price' });
    model.addVersion('1', { artifact: ModelArtifact.fromOnnx('examples/data/house_price_1.onnx', { columns }) });
    model.addVersion('2', { artifact: ModelArtifact.fromOnnx('examples/data/house_price_2.onnx', { columns }) });
    const price = model.version(modelVersion);

    const api = new ServingApi(this, 'Api');

    // feature serving: prices that were predicted in advance
    const predicted = new ServingEndpoint(this, 'PredictedPrice', {
      endpointName: 'predicted_price',
      servedEntities: [ServedEntity.featureSpec('prices', new FeatureSpec({ lookups: [predictedPrices.lookup({ lookupKey: ['id'] })] }))],
      compute,
      api,
    });

    // model serving: the request contains all columns of the model
    const fromRequest = new ServingEndpoint(this, 'PriceFromRequest', {
      endpointName: 'price_from_request',
      servedEntities: [ServedEntity.model('house_price', price)],
      compute,
      api,
    });

    // model serving with lookups: three features are looked up, the age is computed, and the request contains the rest
    const features = new FeatureSpec({
      requestColumns: [Column.integer('yr_sold', { defaultValue: 2025 })],
      lookups: [houses.lookup({ lookupKey: ['id'] })],
      functions: [
        FeatureFunction.fromExpression({
          expression: 'sold - year_built',
          inputs: { sold: 'yr_sold' },
          output: Column.integer('house_age'),
        }),
      ],
    });
    const byId = new ServingEndpoint(this, 'PriceById', {
      endpointName: 'price_by_id',
      servedEntities: [ServedEntity.model('house_price', price, { features })],
      compute,
      api,
    });

    this.featureTables = [houses, predictedPrices];
    this.endpoints = [predicted, fromRequest, byId];
    new CfnOutput(this, 'PredictedPriceUrl', { value: predicted.url });
    new CfnOutput(this, 'PriceFromRequestUrl', { value: fromRequest.url });
    new CfnOutput(this, 'PriceByIdUrl', { value: byId.url });
  }
}
