import type { DataType } from '../../lib/contract/data-types';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import type { AttributeDecoder } from '../online/attribute';
import type { Item } from '../online/reader';
import type { RequestColumns } from '../protocols/records';
import type { ValueReader } from '../protocols/read-value';
import type { ValueWriter } from '../protocols/write-value';
import type { Column } from './batch';
import type { InferencePlan } from './inference-plan';
import type { ModelPlan } from './model-plan';
import type { TrafficPlan } from './traffic-plan';

/** What a request runs: the endpoint spec, interpreted once at start-up. */
export interface EndpointPlan extends ReadingPlan {
  readonly endpointName: string;
  /** Of the entities that are enabled. */
  readonly entities: readonly Plan[];
  readonly traffic: TrafficPlan;
  /** Undefined where the log keeps no requests and answers. */
  readonly inference: InferencePlan | undefined;
}

/** How requests are read. */
export interface ReadingPlan {
  readonly request: RequestPlan;
  readonly params: readonly ParamPlan[];
}

/** A served entity by itself. */
export interface SinglePlan extends Plan {
  /** How requests for it alone are read. */
  readonly reading: ReadingPlan;
}

/** What the records of one served entity run. Columns are known by their index in `columns`. */
export interface Plan {
  /** The served entity. */
  readonly entityName: string;
  /** Every column that a record of the entity can have. */
  readonly columns: readonly ColumnPlan[];
  /** The columns that the request sends and the entity needs. */
  readonly sent: readonly SentColumnPlan[];
  readonly params: readonly EntityParamPlan[];
  /** Each round reads what the round before gave the keys for. */
  readonly rounds: readonly LookupRound[];
  /** In an order in which each one's inputs are known before it. */
  readonly functions: readonly FunctionPlan[];
  readonly answer: ModelPlan | FeatureAnswerPlan;
}

/** A column of the records. */
export interface ColumnPlan {
  readonly name: string;
  readonly type: DataType;
  /** What stands in for a missing value, in the JavaScript form of its type. */
  readonly fallback: unknown;
  /** Whether a missing value without a fallback stays null. */
  readonly mayBeNull: boolean;
}

/** How records are read: for all entities alike, so that whether a request is taken does not hang on who answers it. */
export interface RequestPlan {
  /** All columns that a request may send. */
  readonly columns: RequestColumns;
  /** Of these columns, which hold arrays. */
  readonly isArray: readonly boolean[];
  /** Looked-up columns that a request may not send. */
  readonly lookedUp: ReadonlySet<string>;
  /** The columns that anything needs. */
  readonly needed: readonly RequestColumnPlan[];
}

/** A column that the request sends and an entity, or the assignment, needs. */
export interface RequestColumnPlan {
  readonly name: string;
  /** Its place among `request.columns`. */
  readonly cell: number;
  readonly read: ValueReader;
  /** What an error says was expected where there is no value; undefined where all can do without. */
  readonly required: string | undefined;
}

/** What a request sends. */
export interface Sent {
  readonly rows: number;
  /** By their place among `request.columns`; undefined where nothing needs them. */
  readonly columns: readonly (Column | undefined)[];
  /** By their place among the plan's params, in the JavaScript form of their types; undefined where the request does not set them. */
  readonly params: readonly unknown[];
}

/** A column that the request sends and an entity needs. */
export interface SentColumnPlan {
  /** Its place among `request.columns`. */
  readonly cell: number;
  /** Its index in `columns`. */
  readonly column: number;
  /** Whether it stands in for a looked-up feature, which is looked up where this is missing. */
  readonly overridesLookup: boolean;
  /** What an error says was expected where there is no value; undefined where the entity can do without. */
  readonly required: string | undefined;
}

/** A value that a request may set for all of its records. */
export interface ParamPlan {
  readonly name: string;
  readonly read: ValueReader;
}

/** A param of an entity's model. */
export interface EntityParamPlan {
  /** Its place among the endpoint's params. */
  readonly param: number;
  /** What it is where the request does not set it, in the JavaScript form of its type; null where it has no default. */
  readonly fallback: unknown;
  /** The index in `columns` under which functions take it; undefined where none does. */
  readonly column: number | undefined;
}

/** Lookups whose keys are known at the same time. */
export interface LookupRound {
  readonly tables: readonly LookedUpTablePlan[];
  readonly lookups: readonly LookupPlan[];
}

/** What the lookups of a round read of a table. */
export interface LookedUpTablePlan {
  readonly spec: TableSpec;
  /** The physical name of its online store. */
  readonly tableName: string;
  /** The attributes to read online. */
  readonly attributes: readonly string[];
  /** When a row happened, by its item online, in microseconds since 1970; NaN where that does not say. */
  readonly eventTimeOf: (item: Item) => number;
  /** The features that are looked up. */
  readonly features: readonly string[];
}

/** Features of one table under one key. */
export interface LookupPlan {
  /** The table's place in its round. */
  readonly table: number;
  /** The feature table's name, as errors call it. */
  readonly featureTableName: string;
  /** The columns that give the key, in the order of the primary key. */
  readonly key: readonly number[];
  /** The names of the primary key's columns. */
  readonly primaryKey: readonly string[];
  /** @throws InvalidKey */
  readonly encodeKey: (parts: readonly unknown[]) => string;
  /** How old a row may be, in microseconds; undefined means any age. */
  readonly maxAge: number | undefined;
  readonly features: readonly LookedUpFeaturePlan[];
}

/** A feature that is looked up. */
export interface LookedUpFeaturePlan {
  /** Its attribute online, and how that is read. */
  readonly attribute: string;
  readonly decode: AttributeDecoder;
  /** Its place among the features that its round reads of the table. */
  readonly place: number;
  readonly column: number;
}

/** A value computed for each row. */
export interface FunctionPlan {
  readonly name: string;
  /** The columns of its inputs; undefined is the time of the request. */
  readonly inputs: readonly (number | undefined)[];
  readonly output: number;
  readonly nullsIn: boolean;
  /**
   * @param inputs in the order of `inputs`, in the JavaScript form of their types
   * @returns the value of the output column, or null
   * @throws Mismatch if the result is no value of the output column; whatever the function throws
   */
  readonly call: (inputs: readonly unknown[]) => unknown;
}

/** The columns that feature serving answers. */
export interface FeatureAnswerPlan {
  readonly kind: 'features';
  readonly columns: readonly { readonly name: string; readonly column: number; readonly write: ValueWriter }[];
}
