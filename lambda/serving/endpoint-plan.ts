import type { Redaction } from '../protocols/protocol';
import type { Plan, ReadingPlan, Sent } from './plan';

/** How requests to an endpoint are answered: the endpoint spec, interpreted once at start-up. */
export interface EndpointPlan extends ReadingPlan {
  readonly endpointName: string;
  /** The entities that are enabled. */
  readonly entities: readonly Plan[];
  readonly traffic: TrafficPlan;
  /** What the log keeps for an inference table; undefined without one. */
  readonly inference: InferencePlan | undefined;
}

/** Which entity answers which record. */
export interface TrafficPlan {
  /** The assignment by each name that a request may use: an entity, an alias or a stage. */
  readonly named: ReadonlyMap<string, Assignment>;
  /** The common assignment of all records if the request names no entity; undefined if records are assigned one by one. */
  readonly all: Assignment | undefined;
  /** The entity that answers an empty list of records if records are assigned one by one; undefined if no entity is enabled. */
  readonly first: Plan | undefined;
  /** Assigns a record of a request without a name. */
  readonly assign: (request: AssignedRequest, row: number) => Assignment;
}

/** The entity that answers a record, and the reason. */
export interface Assignment {
  /** Undefined if all entities that could answer are disabled. */
  readonly entityName: string | undefined;
  /** Undefined where the entity is disabled. */
  readonly entity: Plan | undefined;
  readonly reason: AssignmentReason;
  /** The sticky key of the record; absent if the record has no key. */
  readonly key?: string;
}

/**
 * Why an entity answers a record. `named`: the request names the entity. `all`: the entity answers all records. `random`: the entity was
 * drawn at random.
 * `sticky`: the hash of the key chose the entity. `no_key`: the entity was drawn at random because the record has no key. `forced`: the
 * key has a fixed entity.
 */
export type AssignmentReason = 'named' | 'all' | 'random' | 'sticky' | 'no_key' | 'forced';

/** What decides the assignment of a record. */
export interface AssignedRequest {
  readonly sent: Sent;
  /** By name in lower case. */
  readonly headers: { readonly [name: string]: string | undefined };
  /** Gives a number of at least 0 and below 1. */
  readonly random: () => number;
}

/** Which requests and answers the log keeps, and how many bytes of each. */
export interface InferencePlan {
  /** The share of the requests, above 0 and at most 1. */
  readonly sampledShare: number;
  /** The most bytes of a request, an answer or the feature states, each written as a JSON string. */
  readonly maxPayloadBytes: number;
  /** Undefined where nothing is left out. */
  readonly redaction: Redaction | undefined;
  /** The model versions by served entity, in the form of the table's column `request_metadata`. */
  readonly models: ReadonlyMap<string, { readonly model_name: string; readonly model_version: string }>;
}
