import type { Redaction } from '../protocols/protocol';
import type { Plan, ReadingPlan, Sent } from './plan';

/** How requests to an endpoint are answered: the endpoint spec, interpreted once at start-up. */
export interface EndpointPlan extends ReadingPlan {
  readonly endpointName: string;
  /** The entities that are enabled. */
  readonly entities: readonly Plan[];
  readonly traffic: TrafficPlan;
  /** What the log keeps for an inference table; undefined where there is none. */
  readonly inference: InferencePlan | undefined;
}

/** Which entity answers which record. */
export interface TrafficPlan {
  /** By each name that a request may say: an entity, an alias or a stage. */
  readonly named: ReadonlyMap<string, Assignment>;
  /** The assignment of every record of a request without a name; undefined where each record has its own. */
  readonly all: Assignment | undefined;
  /** The entity that answers an empty list where each record has its own assignment; undefined where none is enabled. */
  readonly first: Plan | undefined;
  /** Assigns a record of a request without a name. */
  readonly assign: (request: AssignedRequest, row: number) => Assignment;
}

/** The entity that answers a record, and the reason. */
export interface Assignment {
  /** Undefined where no entity that could answer is enabled. */
  readonly entityName: string | undefined;
  /** Undefined where the entity is disabled. */
  readonly entity: Plan | undefined;
  readonly reason: AssignmentReason;
  /** The sticky key of the record; absent where it has none. */
  readonly key?: string;
}

/**
 * Why a record has its entity: the request `named` it, it answers `all`, it was drawn at `random`, by the hash of a `sticky` key, at random
 * because there was `no_key`, or the key is `forced` to it.
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

/** Which requests and answers the log keeps, and how much of them. */
export interface InferencePlan {
  /** The share of the requests, above 0 and at most 1. */
  readonly sampledShare: number;
  /** The most bytes of a request, an answer or the states of features as a string in JSON. */
  readonly maxPayloadBytes: number;
  /** Undefined where nothing is left out. */
  readonly redaction: Redaction | undefined;
  /** The model versions by served entity, as `request_metadata` of the table has them. */
  readonly models: ReadonlyMap<string, { readonly model_name: string; readonly model_version: string }>;
}
