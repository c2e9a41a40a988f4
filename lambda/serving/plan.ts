import type { DataType } from '../../lib/contract/data-types';
import type { LookupRound } from '../lookups/lookup-plan';
import type { ValueReader } from '../protocols/read-value';
import type { RequestColumns } from '../protocols/records';
import type { ValueWriter } from '../protocols/write-value';
import type { Column } from './batch';
import type { ModelPlan } from './model-plan';

/**
 * How the records of one served entity are answered: its spec, interpreted once at start-up. Columns are known by their index in
 * `columns`.
 */
export interface Plan {
  /** The served entity. */
  readonly entityName: string;
  /** Every column that a record of the entity can have. */
  readonly columns: readonly ColumnPlan[];
  /** The columns that the request sends and the entity needs. */
  readonly sent: readonly SentColumnPlan[];
  readonly params: readonly EntityParamPlan[];
  /** The rounds of lookups, in order: each round gets its keys from the results of earlier rounds. */
  readonly rounds: readonly LookupRound[];
  /** The functions in the order of calls: the inputs of each function are known before its call. */
  readonly functions: readonly FunctionPlan[];
  readonly answer: ModelPlan | FeatureAnswerPlan;
}

/** One served entity, and how requests for it alone are read. */
export interface SinglePlan extends Plan {
  readonly reading: ReadingPlan;
}

/** A column of the records. */
export interface ColumnPlan {
  readonly name: string;
  readonly type: DataType;
  /** The value that replaces a missing value, in the JavaScript form of the type; undefined without a default. */
  readonly fallback: unknown;
  /** Whether a missing value without a fallback stays null. */
  readonly mayBeNull: boolean;
}

/** How requests are read. */
export interface ReadingPlan {
  readonly request: RequestPlan;
  readonly params: readonly ParamPlan[];
}

/** How records are read. All entities read them in the same way, so a request is valid or invalid whichever entity answers. */
export interface RequestPlan {
  /** All columns that a request may send. */
  readonly columns: RequestColumns;
  /** Looked-up columns that a request may not send. */
  readonly lookedUp: ReadonlySet<string>;
  /** The columns that an entity or the assignment needs. */
  readonly needed: readonly RequestColumnPlan[];
}

/** A column that the request sends and an entity, or the assignment, needs. */
export interface RequestColumnPlan {
  readonly name: string;
  /** The column's index in `request.columns`. */
  readonly cell: number;
  readonly read: ValueReader;
  /** What an error says was expected instead of a missing value; undefined where the value may be missing. */
  readonly required: string | undefined;
}

/** The typed values of a request. */
export interface Sent {
  readonly rows: number;
  /** The columns by their index in `request.columns`; undefined where nothing needs the column. */
  readonly columns: readonly (Column | undefined)[];
  /** The params by their index in the plan, in the JavaScript form of their types; undefined where the request does not set the param. */
  readonly params: readonly unknown[];
}

/** A column that the request sends and the entity needs. */
export interface SentColumnPlan {
  /** The column's index in `request.columns`. */
  readonly cell: number;
  /** The column's index in `columns`. */
  readonly column: number;
  /** Whether the column overrides a looked-up feature; the feature is looked up if this value is missing. */
  readonly overridesLookup: boolean;
  /** What an error says was expected instead of a missing value; undefined where the value may be missing. */
  readonly required: string | undefined;
}

/** A value that a request may set for all of its records. */
export interface ParamPlan {
  readonly name: string;
  readonly read: ValueReader;
}

/** A param of an entity's model. */
export interface EntityParamPlan {
  /** The param's index in the endpoint's params. */
  readonly param: number;
  /** The value if the request does not set the param, in the JavaScript form of the type; null without a default. */
  readonly fallback: unknown;
  /** The index of the column from which functions read the param; undefined if no function reads it. */
  readonly column: number | undefined;
}

/** A function that computes a value for each row. */
export interface FunctionPlan {
  readonly name: string;
  /** The columns of the function's inputs; undefined stands for the time of the request. */
  readonly inputs: readonly (number | undefined)[];
  readonly output: number;
  /** Whether the function is called with nulls; otherwise a null input gives null without a call. */
  readonly nullsIn: boolean;
  /**
   * @param inputs in the order of `inputs`, in the JavaScript form of their types
   * @returns the value of the output column, or null
   * @throws Mismatch if the output column cannot hold the result; whatever the function throws
   */
  readonly call: (inputs: readonly unknown[]) => unknown;
}

/** The columns that feature serving answers. */
export interface FeatureAnswerPlan {
  readonly kind: 'features';
  readonly columns: readonly { readonly name: string; readonly column: number; readonly write: ValueWriter }[];
}
