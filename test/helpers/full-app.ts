import { type App, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { type Architecture } from 'aws-cdk-lib/aws-lambda';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Column,
  Compute,
  ElementType,
  EndpointAuth,
  FeatureFunction,
  FeatureSpec,
  FeatureTable,
  type IFeatureTable,
  InferenceTable,
  Materialization,
  OfflineStore,
  Sampling,
  ServedEntity,
  ServingApi,
  ServingEndpoint,
} from '../../lib';
import { houseModel } from './app';

/** What the tests of templates vary. */
export interface FullAppOptions {
  readonly architecture?: Architecture;
  readonly modelVersion?: string;
  /** The expression of the one feature function. */
  readonly expression?: string;
  readonly env?: StackProps['env'];
}

/** An app that uses every construct: tables in one stack; a shared API, an API of its own, features, a model and a model with features in another. */
export interface FullApp {
  readonly tables: Stack;
  readonly serving: Stack;
  readonly houses: FeatureTable;
  /** With an offline store that is materialized at each commit. */
  readonly sales: FeatureTable;
  readonly api: ServingApi;
  /** On the shared API. */
  readonly prices: ServingEndpoint;
  /** Of half of its requests, for 90 days. */
  readonly inferenceTable: InferenceTable;
  /** On the shared API, at its root. */
  readonly features: ServingEndpoint;
  /** With an API of its own that anyone may call. */
  readonly plain: ServingEndpoint;
  /** May write and materialize `sales`. */
  readonly writer: Role;
}

/** The features of `house_price_a` of which some are looked up, one is computed and the rest is sent. */
export function houseFeatures(houses: IFeatureTable, expression = 'sold - year_built'): FeatureSpec {
  return new FeatureSpec({
    requestColumns: [Column.integer('yr_sold')],
    lookups: [houses.lookup({ lookupKey: ['id'] })],
    functions: [
      FeatureFunction.fromExpression({
        expression,
        inputs: { sold: 'yr_sold', year_built: 'year_built' },
        output: Column.integer('house_age'),
      }),
    ],
  });
}

/** A table of houses. */
export function houseTable(stack: Stack, id = 'Houses'): FeatureTable {
  return new FeatureTable(stack, id, {
    featureTableName: 'house_features',
    primaryKey: [Column.string('id')],
    timestampKey: Column.timestamp('updated_at'),
    features: [Column.integer('overall_qual', { defaultValue: 5 }), Column.integer('gr_liv_area'), Column.integer('year_built')],
  });
}

/** A table of sales, offline and online. */
function saleTable(stack: Stack): FeatureTable {
  const sales = new FeatureTable(stack, 'Sales', {
    featureTableName: 'house_sales',
    primaryKey: [Column.string('id'), Column.date('sold_on')],
    timestampKey: Column.timestamp('registered_at'),
    features: [Column.double('price'), Column.array('photo', ElementType.FLOAT, { shape: [-1, 64] })],
    offlineStore: OfflineStore.delta(),
    materialization: Materialization.continuous(),
  });
  sales.addFreshnessAlarm('FreshnessAlarm', { maxAge: Duration.hours(1) });
  return sales;
}

/** Adds the stacks `Tables` and `Serving` to an app. */
export function fullApp(app: App, { architecture, modelVersion = '1', expression, env }: FullAppOptions = {}): FullApp {
  const tables = new Stack(app, 'Tables', { env });
  const serving = new Stack(app, 'Serving', { env });
  const houses = houseTable(tables);
  const features = houseFeatures(houses, expression);
  const model = houseModel(serving);
  const compute = Compute.lambdaFunction({ architecture });
  const api = new ServingApi(serving, 'Api');
  const inferenceTable = new InferenceTable(serving, 'PriceLog', { sampling: Sampling.share(0.5), retention: Duration.days(90) });
  const made = {
    tables,
    serving,
    houses,
    sales: saleTable(tables),
    api,
    prices: new ServingEndpoint(serving, 'prices', {
      servedEntities: [ServedEntity.model('price', model.version(modelVersion), modelVersion === '1' ? { features } : {})],
      compute,
      api,
      inferenceTable,
    }),
    inferenceTable,
    features: new ServingEndpoint(serving, 'features', {
      servedEntities: [ServedEntity.featureSpec('house', features)],
      compute,
      api,
      defaultEndpoint: true,
    }),
    plain: new ServingEndpoint(serving, 'plain', {
      servedEntities: [ServedEntity.model('plain_price', model.version('2'))],
      compute,
      auth: EndpointAuth.none(),
    }),
    writer: new Role(tables, 'Writer', { assumedBy: new ServicePrincipal('glue.amazonaws.com') }),
  };
  made.prices.addDashboard();
  made.prices.grantInvoke(new Role(serving, 'Caller', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }));
  made.sales.grantWriteOffline(made.writer);
  made.sales.grantMaterialize(made.writer);
  return made;
}
