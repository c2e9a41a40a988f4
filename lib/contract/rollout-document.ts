import type { JsonValue } from './data-types';
import type { FeaturesSpec, RequestColumnSpec } from './endpoint-spec';
import type { AnsweredOutput, ModelCases } from './model-cases';

/** The file name of the document in the asset of the function that tests a new version. */
export const ROLLOUT_DOCUMENT_FILE = 'rollout.json';

/** The environment variable that holds the ARN of the version to test. */
export const NEW_VERSION_VARIABLE = 'ML_SERVING_NEW_VERSION';

/** The answers that a new version of an endpoint's function must give before it gets traffic. */
export interface RolloutDocument {
  readonly endpointName: string;
  readonly entities: readonly TriedEntity[];
}

/** A served model with its test cases. */
export interface TriedEntity extends ModelOnly {
  readonly outputs: readonly AnsweredOutput[];
  readonly cases: ModelCases;
}

/** A served model without features: the request sends all columns of the model version, and no lookup runs. */
export interface ModelOnly {
  readonly servedEntity: string;
  readonly requestColumns: readonly RequestColumnSpec[];
  readonly features: FeaturesSpec;
}

/** An event with one record for a model without features. An API cannot send it: only a direct call of the function can. */
export interface ModelOnlyEvent {
  readonly modelOnly: ModelOnly;
  readonly requestId: string;
  readonly record: { readonly [column: string]: JsonValue };
}
