import type { JsonValue } from './data-types';
import type { FeaturesSpec, RequestColumnSpec } from './endpoint-spec';
import type { AnsweredOutput, ModelCases } from './model-cases';

/** The name of this document in the asset of the function that tries a new version. */
export const ROLLOUT_DOCUMENT_FILE = 'rollout.json';

/** The environment variable with the ARN of the version that the function tries. */
export const NEW_VERSION_VARIABLE = 'ML_SERVING_NEW_VERSION';

/** What a new version of an endpoint's function must answer before it gets traffic. */
export interface RolloutDocument {
  readonly endpointName: string;
  readonly entities: readonly TriedEntity[];
}

/** A served model with its cases. */
export interface TriedEntity extends ModelOnly {
  readonly outputs: readonly AnsweredOutput[];
  readonly cases: ModelCases;
}

/** A served model by itself: the request sends all columns of its version, nothing is looked up. */
export interface ModelOnly {
  readonly servedEntity: string;
  readonly requestColumns: readonly RequestColumnSpec[];
  readonly features: FeaturesSpec;
}

/** What an endpoint's function answers beside the events of an API: a record for a model by itself. No request through an API can be one. */
export interface ModelOnlyEvent {
  readonly modelOnly: ModelOnly;
  readonly requestId: string;
  readonly record: { readonly [column: string]: JsonValue };
}
