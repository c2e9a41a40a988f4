import type { Plan, Sent } from './plan';

/**
 * Why a record has its entity: the request `named` it, it answers `all`, it was drawn at `random`, by the hash of a `sticky` key, at random
 * because there was `no_key`, or the key is `forced` to it.
 */
export type AssignmentReason = 'named' | 'all' | 'random' | 'sticky' | 'no_key' | 'forced';

/** Who answers a record, and why. */
export interface Assignment {
  /** The name of the entity; undefined where none that could answer is enabled. */
  readonly entityName: string | undefined;
  /** Undefined where the entity is disabled. */
  readonly entity: Plan | undefined;
  readonly reason: AssignmentReason;
  /** The key by which it was found; absent where there was none. */
  readonly key?: string;
}

/** What the assignment of a record may hang on. */
export interface AssignedRequest {
  readonly sent: Sent;
  /** By name in lower case. */
  readonly headers: { readonly [name: string]: string | undefined };
  /** Gives a number of at least 0 and below 1. */
  readonly random: () => number;
}

/** Who answers which record. */
export interface TrafficPlan {
  /** By each name that a request may say: that of an entity, an alias or a stage. */
  readonly named: ReadonlyMap<string, Assignment>;
  /** Of every record of a request that names none; undefined where each record has its own. */
  readonly all: Assignment | undefined;
  /** One of those that a record can have where each has its own. */
  readonly first: Plan | undefined;
  /** Of a record of a request that names none. */
  readonly assign: (request: AssignedRequest, row: number) => Assignment;
}
