/** How a served entity is chosen for each record of a request that names no entity. */
export type TrafficSpec = AllTrafficSpec | RandomTrafficSpec | StickyTrafficSpec;

/** One entity answers every record. */
export interface AllTrafficSpec {
  readonly kind: 'all';
  readonly servedEntity: string;
}

/** An entity is drawn at random for each record. */
export interface RandomTrafficSpec {
  readonly kind: 'random';
  readonly weights: TrafficWeights;
}

/** The hash of a key chooses the entity, so that all records of a key get the same entity. */
export interface StickyTrafficSpec {
  readonly kind: 'sticky';
  /** The request columns of the key in order, or the name of a header in lower case. */
  readonly key: { readonly columns: readonly string[] } | { readonly header: string };
  readonly salt: string;
  readonly weights: TrafficWeights;
  /** The keys that always get a fixed entity, in the form of the online store; absent without such keys. */
  readonly forced?: { readonly [servedEntity: string]: readonly string[] };
}

/** The share of each entity in percent, 100 in sum. The shares of disabled entities go to the others. */
export type TrafficWeights = { readonly [servedEntity: string]: number };
