import type { ColumnSpec, DataType, JsonValue, TensorType } from './data-types';
import type { ExistingStoreSpec } from './existing-store-spec';
import type { TrafficSpec } from './traffic-spec';

/** The version of the document that this release writes and reads. */
export const SPEC_VERSION = 2;

/** The file name of the document in the serving function's asset. */
export const ENDPOINT_SPEC_FILE = 'endpoint.json';

/** The environment variable that holds the {@link Bindings} as JSON: the physical name of each logical name in the document. */
export const BINDINGS_VARIABLE = 'ML_SERVING_BINDINGS';

/** The physical names of tables and buckets, by logical name. */
export interface Bindings {
  /** The name of the DynamoDB table of each feature table. */
  readonly tables: { readonly [featureTableName: string]: string };
  /** The S3 buckets of models, by logical name; absent where no model is in S3. */
  readonly buckets?: { readonly [bucket: string]: string };
}

/** Everything that the runtime knows about an endpoint. The constructs write this document and the runtime reads it. */
export interface EndpointSpec {
  readonly specVersion: typeof SPEC_VERSION;
  readonly endpointName: string;
  /** The feature tables that lookups read, by name. */
  readonly tables: readonly TableSpec[];
  /** The columns that a request may send: the union over the entities, with the type in which a value is read. */
  readonly requestColumns: readonly RequestColumnSpec[];
  /** The enabled served entities. */
  readonly servedEntities: readonly ServedEntitySpec[];
  /** The names of the disabled entities. The endpoint refuses requests for them. Absent where all are enabled. */
  readonly disabledEntities?: readonly string[];
  /** How the entity is chosen for a request that names none; absent where the endpoint has one entity. */
  readonly traffic?: TrafficSpec;
  /** The served entity of each alias and stage of a model version; absent where there are none. */
  readonly aliases?: { readonly [alias: string]: string };
  /** What the log keeps of requests and answers. Without an inference table this is absent, and the log keeps neither. */
  readonly inferenceTable?: InferenceTableSpec;
  /**
   * The SHA-256 of each file beside the document (models, routines, functions), by path. A hash of the document thus identifies everything
   * that the endpoint serves. Absent where there are no files.
   */
  readonly files?: { readonly [path: string]: string };
}

/** Which requests and answers the log keeps for an inference table, and which parts of them. */
export interface InferenceTableSpec {
  /** The share of requests that the log keeps, above 0 and at most 1. */
  readonly sampledShare: number;
  /** The columns whose values the log leaves out; absent where there are none. */
  readonly redactedColumns?: readonly string[];
  /** The columns that are derived from redacted ones and stay in the log nevertheless; absent where there are none. */
  readonly unredactedColumns?: readonly string[];
  /**
   * The maximum number of bytes of a request, an answer or the feature states, each as a string in JSON. The log leaves out a longer one.
   */
  readonly maxPayloadBytes: number;
}

/** A column of the request. */
export interface RequestColumnSpec extends ColumnSpec {
  /** Whether the column replaces a looked-up feature of its name. The feature is looked up where the column is missing or null. */
  readonly overridesLookup?: boolean;
}

/** The schema of a feature table, for lookups and loaders. */
export interface TableSpec {
  /** The logical name. */
  readonly name: string;
  /** The columns of the primary key, in order. */
  readonly primaryKey: readonly ColumnSpec[];
  readonly timestampKey?: ColumnSpec;
  readonly features: readonly ColumnSpec[];
  /** The maximum age of a looked-up row, in seconds; absent where a row may have any age. */
  readonly maxAgeSeconds?: number;
  /** How long the online store keeps a row after its event time, in seconds; absent where rows do not expire. */
  readonly timeToLiveSeconds?: number;
  /** The layout of an externally managed online store; absent where this library writes the items. */
  readonly existing?: ExistingStoreSpec;
}

/** A model version or a feature spec that an endpoint serves under a name. */
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

/** The request columns, lookups and functions of a served entity. */
export interface FeaturesSpec {
  /** The names of the request columns that the entity reads, in declared order. Those that override a looked-up feature come last. */
  readonly requestColumns: readonly string[];
  /**
   * The request columns for which this entity differs from the endpoint's list: in the default, in `nullable`, or because it looks the
   * column up.
   * Absent where there are none.
   */
  readonly ownColumns?: readonly RequestColumnSpec[];
  readonly lookups: readonly LookupSpec[];
  /** The functions in declared order, which is the order of the answer. A function may come before another one that it reads. */
  readonly functions: readonly FunctionSpec[];
  /** The columns that feature serving leaves out of the answer. */
  readonly exclude: readonly string[];
}

/** A lookup of features of one table by a key. */
export interface LookupSpec {
  /** The table's logical name. */
  readonly table: string;
  /** The columns that hold the key, in the order of the table's primary key. */
  readonly lookupKey: readonly string[];
  readonly features: readonly LookedUpFeatureSpec[];
}

/** A feature of a table, and the column that holds its value. */
export interface LookedUpFeatureSpec {
  /** The name of the feature in the table. */
  readonly feature: string;
  /** The column: its name after renaming, its type, and the default of this lookup. */
  readonly column: ColumnSpec;
}

/** A function that computes a column at request time. */
export type FunctionSpec = ExpressionFunctionSpec | ModuleFunctionSpec;

interface FunctionSpecBase {
  readonly name: string;
  /** The names of the function's inputs, each with its column. */
  readonly inputs: readonly FunctionInputSpec[];
  readonly output: ColumnSpec;
  /** Whether the function is called with null inputs. If not, a null input makes the output null without a call. */
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

/** The name of the built-in input of functions: the time of the request, a timestamp. */
export const REQUEST_TIME = 'request_time';

/** The files and the signature of a model version. */
export interface ModelSpec {
  readonly modelName: string;
  readonly version: string;
  /** Where the model runs. */
  readonly scorer: ScorerSpec;
  readonly inputs: readonly ModelInputSpec[];
  readonly outputs: readonly ModelOutputSpec[];
  /**
   * The values that a request may set for all of its records. Functions and routines read them, the graph does not. Absent where there are
   * none.
   */
  readonly params?: readonly ParamSpec[];
  /** The session options that the model asks for; absent where it asks for none. */
  readonly session?: SessionSpec;
  /** The example record that came with the model, by column, in the JSON form of its types. Columns without a value are left out. */
  readonly example?: { readonly [column: string]: JsonValue };
  /** The user's code that runs before and after the graph; absent where there is none. */
  readonly routine?: RoutineSpec;
}

/** Where a model runs. */
export type ScorerSpec = FileScorerSpec | ObjectScorerSpec;

/** The process that answers, with an ONNX file of the asset. */
export interface FileScorerSpec {
  readonly kind: 'file';
  /** The ONNX file, relative to the asset's folder. */
  readonly file: string;
}

/** The process that answers, with an ONNX file in S3: for a model that is too large for the asset. */
export interface ObjectScorerSpec extends ModelObjectSpec {
  readonly kind: 'object';
}

/** An ONNX file in S3. */
export interface ModelObjectSpec {
  /** The bucket's logical name. */
  readonly bucket: string;
  readonly key: string;
  /** The SHA-256 of the file, in lower-case hexadecimal. */
  readonly sha256: string;
  /** The maximum size of the file, in bytes. */
  readonly maxBytes: number;
}

/** A value that a request may set for all of its records. */
export interface ParamSpec {
  readonly name: string;
  readonly type: DataType;
  /** The default, in the JSON form of the type; absent means null. */
  readonly defaultValue?: JsonValue;
}

/** Session options of ONNX Runtime. An absent option keeps the runtime's default. */
export interface SessionSpec {
  readonly graphOptimizationLevel?: 'disabled' | 'basic' | 'extended' | 'all';
  readonly executionMode?: 'sequential' | 'parallel';
  /** The maximum number of threads inside of a node, and for nodes that run in parallel. The machine may have fewer. */
  readonly intraOpNumThreads?: number;
  readonly interOpNumThreads?: number;
  readonly enableCpuMemArena?: boolean;
  readonly enableMemPattern?: boolean;
  /** Entries of the session configuration, by ONNX Runtime's keys. */
  readonly config?: { readonly [key: string]: string };
}

/** A JavaScript file of the asset that runs before and after a model, row by row. It has at least one of the two steps. */
export interface RoutineSpec {
  readonly name: string;
  /** Relative to the asset's folder. */
  readonly file: string;
  /**
   * The step before the model. Its outputs are input columns of the model; the model's other columns come from the request and the
   * features.
   */
  readonly preprocess?: RoutineStepSpec;
  /** The step after the model. It gets the model's outputs, and its outputs are the answer. */
  readonly postprocess?: RoutineStepSpec;
}

/** A function of a routine's file. */
export interface RoutineStepSpec {
  /** The name under which the file exports it. */
  readonly exportName: string;
  /** The columns of the request and the features that the step reads, with the types in which it gets them. */
  readonly inputs: readonly ColumnSpec[];
  readonly outputs: readonly ColumnSpec[];
}

/** An input tensor of a model, and its columns. */
export interface ModelInputSpec {
  /** The name of the tensor in the graph. */
  readonly name: string;
  readonly type: TensorType;
  /** The length of each dimension, the batch first; null for a dimension of any length. */
  readonly shape: readonly (number | null)[];
  /** `matrix`: scalar columns form a tensor of rank 2. `column`: one column, whose rank is that of the tensor without the batch. */
  readonly layout: 'matrix' | 'column';
  /**
   * The columns. Their `nullable` and `defaultValue` are copied to the source of each: request column, looked-up column or function output.
   */
  readonly columns: readonly ColumnSpec[];
}

/** An output tensor of a model. */
export interface ModelOutputSpec {
  /** The name of the output in the graph and in the answer. */
  readonly name: string;
  /** The name of the tensor in the graph where it differs from `name`: a removed ZipMap leaves its input. */
  readonly tensor?: string;
  readonly type: TensorType;
  /** The shape that the file declares; absent where it declares none. */
  readonly shape?: readonly (number | null)[];
  /** The classes by which the output is answered as an object. Absent where it is answered as a list. */
  readonly classes?: readonly string[];
  /** The classes of an output that is answered as a list, in the order of the list, where the model names them. */
  readonly classNames?: readonly string[];
}
