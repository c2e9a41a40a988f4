import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Architecture } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import {
  Column,
  Compute,
  FeatureFunction,
  FeatureSpec,
  FeatureTable,
  InferenceTable,
  Model,
  ModelArtifact,
  ModelStage,
  type Rollout,
  ServedEntity,
  ServingEndpoint,
  TrafficSplit,
} from 'cdk-ml-serving';

export interface AbTestProps {
  /** The instruction set architecture of the function. */
  readonly architecture: Architecture;
  /** The share of visitors that the challenger serves, in percent. */
  readonly share: number;
  /** How requests shift to a new version. */
  readonly rollout?: Rollout;
}

/** House prices by two models. A hash of the visitor's name decides which model answers, so each visitor stays with one model. */
export class AbTestStack extends Stack {
  public readonly endpoint: ServingEndpoint;
  public readonly inferenceTable: InferenceTable;

  constructor(scope: Construct, id: string, { architecture, share, rollout }: AbTestProps) {
    super(scope, id);
    const houses = new FeatureTable(this, 'Houses', {
      featureTableName: 'houses',
      primaryKey: [Column.string('id')],
      timestampKey: Column.timestamp('updated_at'),
      features: [Column.integer('overall_qual', { defaultValue: 5 }), Column.integer('gr_liv_area'), Column.integer('year_built')],
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const features = new FeatureSpec({
      requestColumns: [Column.string('visitor'), Column.integer('yr_sold', { defaultValue: 2025 })],
      lookups: [houses.lookup({ lookupKey: ['id'] })],
      functions: [
        FeatureFunction.fromExpression({
          expression: 'sold - year_built',
          inputs: { sold: 'yr_sold' },
          output: Column.integer('house_age'),
        }),
      ],
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
    model.addVersion('1', {
      artifact: ModelArtifact.fromOnnx('examples/data/house_price_1.onnx', { columns }),
      cases: 'examples/data/house_price_1.cases.json',
      stages: [ModelStage.PRODUCTION],
    });
    model.addVersion('2', {
      artifact: ModelArtifact.fromOnnx('examples/data/house_price_2.onnx', { columns }),
      aliases: ['challenger'],
    });

    // a row for each request, with its answer and the entity that answered
    this.inferenceTable = new InferenceTable(this, 'PriceLog', {
      retention: Duration.days(365),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.endpoint = new ServingEndpoint(this, 'Prices', {
      endpointName: 'prices',
      servedEntities: [
        ServedEntity.model('model_A', model.stage(ModelStage.PRODUCTION), { features }),
        ServedEntity.model('model_B', model.alias('challenger'), { features }),
        // clients call it by name to see the input of the models
        ServedEntity.featureSpec('inputs', features),
        // disabled: set `enabled` to serve it
        ServedEntity.featureSpec('audit', features, { enabled: false }),
      ],
      traffic: TrafficSplit.sticky({
        key: ['visitor'],
        weights: { model_A: 100 - share, model_B: share },
        forced: { model_B: ['tester'] },
      }),
      compute: Compute.lambdaFunction({ architecture }),
      rollout,
      keepPermissionsFor: [], // both versions of a roll-out read the same table
      inferenceTable: this.inferenceTable,
    });
    this.endpoint.addDashboard();
    new CfnOutput(this, 'PricesUrl', { value: this.endpoint.url });
  }
}
