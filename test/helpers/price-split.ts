// An endpoint that serves two models of the fixtures, made by the constructs.
import {
  Column,
  FeatureSpec,
  Model,
  ModelArtifact,
  ModelStage,
  type ServedModelOptions,
  ServedEntity,
  ServingEndpoint,
  type TrafficSplit,
} from '../../lib';
import { endpointFiles, HOUSE_COLUMNS, testStack } from './app';
import { fixtureCases } from './endpoint-asset';
import { endpointOf, event, type JsonAnswer, type TestEndpoint, testHost } from './http-api';

/** How far the models' predictions may be from what their own library gives. */
export const TOLERANCE = { rtol: 1e-5, atol: 0.01 };

/** The served entities. */
export type Fixture = 'model_A' | 'model_B';

/** A record that both models take, and what one of them is expected to give. */
export interface Case {
  readonly of: Fixture;
  readonly record: Readonly<Record<string, unknown>>;
  readonly expected: Readonly<Record<string, unknown>>;
}

/** Cases of both models, each with what the other needs beside. */
export const CASES: readonly Case[] = [
  ...casesOf('model_A', 'house_price_a', { neighborhood: 'NAmes' }),
  ...casesOf('model_B', 'house_price_b', { mo_sold: 5 }),
];

function casesOf(of: Fixture, fixture: string, rest: object): Case[] {
  return fixtureCases(fixture)
    .cases.filter(({ name }) => !name.startsWith('edge'))
    .map(({ name, row, expected }) => ({ of, record: { id: name, ...rest, ...row }, expected }));
}

/** A random number a record, in turn. */
export function randoms(...numbers: number[]): () => number {
  let at = 0;
  return () => numbers[at++ % numbers.length]!;
}

/** An endpoint that serves both models of the fixtures, with an id beside their columns. */
export function prices(
  traffic: TrafficSplit,
  options: { random?: () => number; enabled?: boolean; modelB?: ServedModelOptions } = {},
): TestEndpoint {
  const stack = testStack();
  const model = new Model(stack, 'HousePrice');
  const columns = HOUSE_COLUMNS.map((name) =>
    ['total_bsmt_sf', 'garage_cars', 'gr_liv_area', 'lot_area'].includes(name) ? Column.float(name) : Column.integer(name),
  );
  model.addVersion('1', {
    artifact: ModelArtifact.fromOnnx('test/fixtures/house_price_a/model.onnx', { columns }),
    stages: [ModelStage.PRODUCTION],
  });
  model.addVersion('2', { artifact: ModelArtifact.fromOnnx('test/fixtures/house_price_b/model.onnx'), aliases: ['challenger'] });
  new ServingEndpoint(stack, 'prices', {
    servedEntities: [
      ServedEntity.model('model_A', model.version('1'), { features: new FeatureSpec({ requestColumns: [Column.string('id')] }) }),
      ServedEntity.model('model_B', model.version('2'), options.modelB),
    ],
    traffic,
    enabled: options.enabled,
  });
  return endpointOf(endpointFiles(stack).folder, testHost({ random: options.random }));
}

/** Asks one of them by a name. */
export function ask(endpoint: TestEndpoint, name: string, records: readonly object[]): Promise<JsonAnswer> {
  return endpoint.send(
    event('POST', `/serving-endpoints/prices/served-models/${name}/invocations`, { body: JSON.stringify({ dataframe_records: records }) }),
  );
}
