import type { ColumnSpec, DataType, JsonValue, TensorType } from './data-types';

/** The version of this document that this release writes and reads. */
export const SPEC_VERSION = 1;

/** The name of this document in the serving function's asset. */
export const ENDPOINT_SPEC_FILE = 'endpoint.json';

/** The environment variable that maps the document's logical names to physical ones: a {@link Bindings} as JSON. */
export const BINDINGS_VARIABLE = 'ML_SERVING_BINDINGS';

/** Physical names by logical name. */
export interface Bindings {
  /** The DynamoDB table of each feature table. */
  readonly tables: { readonly [featureTableName: string]: string };
  /** The S3 bucket of each model that lies in one, by the bucket's logical name; absent where none does. */
  readonly buckets?: { readonly [bucket: string]: string };
}

/** Everything the runtime needs to know about an endpoint: the one contract between the constructs and the runtime. */
export interface EndpointSpec {
  readonly specVersion: typeof SPEC_VERSION;
  readonly endpointName: string;
  /** The feature tables that lookups read, by name. */
  readonly tables: readonly TableSpec[];
  /** What a request may send: the union over the entities, with the type that a value is read as. */
  readonly requestColumns: readonly RequestColumnSpec[];
  /** Those that are enabled. */
  readonly servedEntities: readonly ServedEntitySpec[];
  /** The names of the entities that are not: requests for them are refused. Absent where there are none. */
  readonly disabledEntities?: readonly string[];
  /** How requests that name no entity are spread; absent where all go to the only entity. */
  readonly traffic?: TrafficSpec;
  /** The served entity of every other name that it is called by: the aliases and stages of its model version. Absent where there are none. */
  readonly aliases?: { readonly [alias: string]: string };
  /** What the log keeps of requests and answers; absent where there is no inference table, and it keeps neither. */
  readonly inferenceTable?: InferenceTableSpec;
  /**
   * The SHA-256 of each file beside this one, by its path: of models, routines and functions. So a hash of this document names all that the
   * endpoint serves. Absent where there are none.
   */
  readonly files?: { readonly [path: string]: string };
}

/** Which requests and answers the log keeps for an inference table, and what of them. */
export interface InferenceTableSpec {
  /** The share of the requests that are kept, above 0 and at most 1. */
  readonly sampledShare: number;
  /** Columns whose values are not kept; absent where there are none. */
  readonly redactedColumns?: readonly string[];
  /** How many bytes a request, an answer or the states of features may have as a string in JSON; a longer one is not kept. */
  readonly maxPayloadBytes: number;
}

/** Which entity answers a record whose request names none. */
export type TrafficSpec = AllTrafficSpec | RandomTrafficSpec | StickyTrafficSpec;

/** One entity answers all. */
export interface AllTrafficSpec {
  readonly kind: 'all';
  readonly servedEntity: string;
}

/** Each record is drawn for by itself. */
export interface RandomTrafficSpec {
  readonly kind: 'random';
  readonly weights: TrafficWeights;
}

/** The hash of a key decides, so that records of one key have one entity. */
export interface StickyTrafficSpec {
  readonly kind: 'sticky';
  /** Request columns, in order, or the name of a header in lower case. */
  readonly key: { readonly columns: readonly string[] } | { readonly header: string };
  readonly salt: string;
  readonly weights: TrafficWeights;
  /** Keys, as the online store writes them, that have an entity whatever their hash is; absent where there are none. */
  readonly forced?: { readonly [servedEntity: string]: readonly string[] };
}

/** The share of each entity, in percent; together 100. The share of one that is disabled goes to the others. */
export type TrafficWeights = { readonly [servedEntity: string]: number };

/** A column of the request. */
export interface RequestColumnSpec extends ColumnSpec {
  /** Whether it stands in for a looked-up feature of the same name, which is looked up where this is absent or null. */
  readonly overridesLookup?: boolean;
}

/** A feature table as lookups and loaders see it. */
export interface TableSpec {
  /** The logical name. */
  readonly name: string;
  /** In the order in which the stored key is made of them. */
  readonly primaryKey: readonly ColumnSpec[];
  readonly timestampKey?: ColumnSpec;
  readonly features: readonly ColumnSpec[];
  /** How old a row may be when it is looked up, in seconds; absent means any age. */
  readonly maxAgeSeconds?: number;
  /** How long a row stays after its event time, in seconds; absent means for ever. */
  readonly timeToLiveSeconds?: number;
  /** How items lie in an online store that somebody else fills; absent means as this library writes them. */
  readonly existing?: ExistingStoreSpec;
}

/** The items of an online store that somebody else fills. */
export interface ExistingStoreSpec {
  /** The attributes of the DynamoDB table's key, one for each key column in order: the partition key, then the sort key if there is one. */
  readonly key: readonly KeyAttributeSpec[];
  /** Where the event time is; absent where the table has no timestamp key. */
  readonly eventTime?: EventTimeSpec;
  /** The attributes of features, in the order of the table's features. */
  readonly features: readonly string[];
}

/** An attribute of a DynamoDB table's key. */
export interface KeyAttributeSpec {
  readonly name: string;
  /** DynamoDB's name of its type. */
  readonly type: 'S' | 'N';
}

/** An attribute that holds the event time of an item. */
export interface EventTimeSpec {
  readonly attribute: string;
  /** A number of these since 1970, or ISO 8601 with offset. */
  readonly format: 'seconds' | 'milliseconds' | 'microseconds' | 'iso8601';
}

/** What an endpoint serves under a name. */
export type ServedEntitySpec = ModelEntitySpec | FeatureEntitySpec;

/** A served model version. */
export interface ModelEntitySpec {
  readonly kind: 'model';
  readonly name: string;
  readonly model: ModelSpec;
  readonly features: FeaturesSpec;
}

/** A served feature spec. */
export interface FeatureEntitySpec {
  readonly kind: 'features';
  readonly name: string;
  readonly features: FeaturesSpec;
}

/** Request columns, lookups and functions: what is known of a record when it is scored, and where from. */
export interface FeaturesSpec {
  /** The names of the request columns that this entity reads, in declared order; last those that override a looked-up feature. */
  readonly requestColumns: readonly string[];
  /**
   * Those of the request columns that this entity takes otherwise than the endpoint's list says, which holds for all entities: with a default, a
   * null or a lookup of its own. Absent where there are none.
   */
  readonly ownColumns?: readonly RequestColumnSpec[];
  readonly lookups: readonly LookupSpec[];
  /** In declared order, which is that of the answer: a function may come before those that it needs. */
  readonly functions: readonly FunctionSpec[];
  /** Columns that feature serving leaves out of its answer. */
  readonly exclude: readonly string[];
}

/** Features of one table taken by a key. */
export interface LookupSpec {
  /** The table's logical name. */
  readonly table: string;
  /** The columns that give the key, in the order of the table's primary key. */
  readonly lookupKey: readonly string[];
  readonly features: readonly LookedUpFeatureSpec[];
}

/** A feature of a table, and the column that it becomes. */
export interface LookedUpFeatureSpec {
  /** Its name in the table. */
  readonly feature: string;
  /** The column: its name after renaming, its type, and the default that holds for this lookup. */
  readonly column: ColumnSpec;
}

/** A value computed at request time. */
export type FunctionSpec = ExpressionFunctionSpec | ModuleFunctionSpec;

interface FunctionSpecBase {
  readonly name: string;
  /** The function's own input names and the columns that they take. */
  readonly inputs: readonly FunctionInputSpec[];
  readonly output: ColumnSpec;
  /** Whether the function is called with nulls; otherwise a null input gives null without a call. */
  readonly nullsIn: boolean;
}

/** One input of a function. */
export interface FunctionInputSpec {
  readonly name: string;
  /** A request column, looked-up feature or function output, `params.<name>` for a param of the model, or {@link REQUEST_TIME}. */
  readonly column: string;
}

/** A function written in CEL (https://cel.dev). */
export interface ExpressionFunctionSpec extends FunctionSpecBase {
  readonly kind: 'expression';
  readonly expression: string;
}

/** A function in a JavaScript file of the asset. */
export interface ModuleFunctionSpec extends FunctionSpecBase {
  readonly kind: 'module';
  /** Relative to the asset's folder. */
  readonly file: string;
  /** The name under which the file exports it. */
  readonly exportName: string;
}

/** The built-in input of functions: the time of the request, a timestamp. */
export const REQUEST_TIME = 'request_time';

/** A model version's files and signature. */
export interface ModelSpec {
  readonly modelName: string;
  readonly version: string;
  /** The ONNX file, relative to the asset's folder; absent where it is an {@link object} instead. */
  readonly file?: string;
  readonly object?: ModelObjectSpec;
  readonly inputs: readonly ModelInputSpec[];
  readonly outputs: readonly ModelOutputSpec[];
  /** What a request may set beside its records: functions get it, the graph does not. Absent where there is nothing. */
  readonly params?: readonly ParamSpec[];
  /** How the model asks to be run; absent where it does not. */
  readonly session?: SessionSpec;
  /** A record that came with the model, by column, in the JSON form of its types; columns without a value are left out. */
  readonly example?: { readonly [column: string]: JsonValue };
  /** What runs around the graph; absent where the graph is all. */
  readonly routine?: RoutineSpec;
}

/** An ONNX file in S3, for a model that is too large for the asset. */
export interface ModelObjectSpec {
  /** The bucket's logical name. */
  readonly bucket: string;
  readonly key: string;
  /** Of its bytes, in lower-case hexadecimal. */
  readonly sha256: string;
  /** How long it is at most. */
  readonly maxBytes: number;
}

/** A value that a request may set for all of its records. */
export interface ParamSpec {
  readonly name: string;
  readonly type: DataType;
  /** In the JSON form of its type; absent means null. */
  readonly defaultValue?: JsonValue;
}

/** How ONNX Runtime runs a model; what is absent is as the runtime has it. */
export interface SessionSpec {
  readonly graphOptimizationLevel?: 'disabled' | 'basic' | 'extended' | 'all';
  readonly executionMode?: 'sequential' | 'parallel';
  /** At most so many threads, inside of a node and for nodes side by side; the machine may have fewer. */
  readonly intraOpNumThreads?: number;
  readonly interOpNumThreads?: number;
  readonly enableCpuMemArena?: boolean;
  readonly enableMemPattern?: boolean;
  /** Entries of the session's configuration, by ONNX Runtime's keys. */
  readonly config?: { readonly [key: string]: string };
}

/** What a JavaScript file of the asset does before and after a model, row by row. At least one of the two steps is there. */
export interface RoutineSpec {
  readonly name: string;
  /** Relative to the asset's folder. */
  readonly file: string;
  /** Its outputs are the model's columns of their names; the model's other columns come from outside. */
  readonly preprocess?: RoutineStepSpec;
  /** Its outputs are answered instead of the model's. It also gets those. */
  readonly postprocess?: RoutineStepSpec;
}

/** A function of a routine's file. */
export interface RoutineStepSpec {
  /** The name under which the file exports it. */
  readonly exportName: string;
  /** The columns that it reads, from outside, as it gets them. */
  readonly inputs: readonly ColumnSpec[];
  readonly outputs: readonly ColumnSpec[];
}

/** A tensor that the model takes, and the columns that it is made of. */
export interface ModelInputSpec {
  /** The graph's name for it. */
  readonly name: string;
  readonly type: TensorType;
  /** One entry a dimension, the batch first; null where any length goes. */
  readonly shape: readonly (number | null)[];
  /** `matrix`: scalar columns side by side make one rank-2 tensor, a lone one [N,1]. `column`: one column, whose rank is the tensor's less the batch. */
  readonly layout: 'matrix' | 'column';
  /** Their `nullable` and `defaultValue` already stand with the source of each: request column, looked-up column or function output. */
  readonly columns: readonly ColumnSpec[];
}

/** A tensor that the model gives. */
export interface ModelOutputSpec {
  /** The graph's name for it, which is also its name in the answer. */
  readonly name: string;
  /** The name under which the graph gives it; absent means `name` (a ZipMap that was cut out gives its input instead). */
  readonly tensor?: string;
  readonly type: TensorType;
  /** As declared in the file; absent where the file says nothing. */
  readonly shape?: readonly (number | null)[];
  /** The classes of a ZipMap that was cut out: the answer is an object with these keys. */
  readonly classes?: readonly string[];
}
