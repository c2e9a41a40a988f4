// An endpoint that serves two models of the fixtures, made by the constructs.
import { type ServedModelOptions, ServingEndpoint, type TrafficSplit } from '../../lib';
import { endpointFiles, testStack } from './app';
import { fixtureCases } from './endpoint-asset';
import { endpointOf, event, type JsonAnswer, type TestEndpoint, testHost } from './http-api';
import { priceEntities } from './price-entities';

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
  new ServingEndpoint(stack, 'prices', {
    servedEntities: priceEntities(stack, options.modelB),
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
