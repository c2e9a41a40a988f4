import type { OutputTensor } from './tensor';
import type { ValueWriter } from './write-value';

/** The answer to a request, before a protocol writes it. */
export interface Answer {
  /** The answers of each entity, in the order of their first records. */
  readonly parts: readonly AnsweredPart[];
  /** How many records the request has. */
  readonly records: number;
  /** The entity that answers each record, where the traffic is split. */
  readonly servedEntities?: readonly string[];
}

/** The answer of an entity for its records. */
export interface AnsweredPart {
  readonly entityName: string;
  /** The numbers of the records in the request, in order; undefined where the part has all records. */
  readonly rows: readonly number[] | undefined;
  readonly answer: EntityAnswer;
}

export type EntityAnswer = ModelAnswer | RoutineAnswer | FeatureAnswer;

/** The outputs of a model, in one or several runs. */
export interface ModelAnswer {
  readonly kind: 'model';
  readonly runs: readonly ModelRun[];
}

/** Records that were scored together. */
export interface ModelRun {
  /** The numbers of the records in the part. */
  readonly rows: readonly number[];
  readonly outputs: readonly OutputTensor[];
}

/** The outputs of the routine after a model. */
export interface RoutineAnswer {
  readonly kind: 'routine';
  readonly outputs: readonly AnsweredColumn[];
  /** The values by record, then by output; null for a missing value. */
  readonly results: readonly (readonly unknown[])[];
}

/** Features. */
export interface FeatureAnswer {
  readonly kind: 'features';
  readonly columns: readonly (AnsweredColumn & ColumnValues)[];
  /** How many records the part has. */
  readonly records: number;
}

/** An output with a name, and the JSON form of its values. */
export interface AnsweredColumn {
  readonly name: string;
  readonly write: ValueWriter;
}

/** The values of a column by record, and the reasons for missing values, even if a default replaced them. */
export interface ColumnValues {
  readonly values: readonly unknown[];
  readonly missing: readonly { readonly row: number; readonly state: string }[];
}
