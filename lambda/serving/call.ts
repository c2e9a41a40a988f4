import type { Answer } from '../protocols/answer';
import type { HttpRequest } from '../protocols/http';
import type { DecodedRequest, Protocol } from '../protocols/protocol';
import type { Missing } from './batch';
import type { Assignment, EndpointPlan } from './endpoint-plan';

/** A request for predictions or features. */
export interface Call {
  readonly request: HttpRequest;
  readonly protocol: Protocol;
  /** The entity, alias or stage that the request names; undefined where the endpoint's traffic decides. */
  readonly named?: string;
  /** Whether the request is the first of the process. */
  readonly isFirst: boolean;
  /** Whether the request has no caller, and tries a new version before the version gets traffic. */
  readonly isTrial?: boolean;
}

/** The state of a call: each step adds its results. */
export interface NotedCall extends Call {
  readonly plan: EndpointPlan;
  /** The time of the request, in milliseconds since 1970. */
  readonly requestTime: number;
  /** Undefined until the body is read. */
  readonly decoded: DecodedRequest | undefined;
  /** Undefined until all entities have answered. */
  readonly answered: Answer | undefined;
  /** The common assignment of all records; undefined if records are assigned one by one. */
  readonly wholeRequestAssignment: Assignment | undefined;
  /** The assignment of each record; empty until the assignment is known. */
  readonly assignments: readonly Assignment[];
  /** The missing values of looked-up features; undefined where nothing was looked up. */
  readonly missing: readonly MissingFeature[] | undefined;
  /** The duration of each step, in milliseconds. */
  readonly steps: { readonly [step in Step]?: number };
}

/** The names of the request path's steps. */
export type Step = 'decode' | 'validate' | 'assign' | 'join' | 'compute' | 'preprocess' | 'score' | 'postprocess' | 'encode';

/** The records of a part that have no value of a feature. */
export interface MissingFeature {
  readonly feature: string;
  /** The numbers of the part's records in the request; undefined where the part has all records. */
  readonly rows: readonly number[] | undefined;
  readonly missing: readonly Missing[];
}
