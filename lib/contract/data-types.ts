/** The column types that hold one value. */
export const SCALAR_TYPES = ['boolean', 'integer', 'long', 'float', 'double', 'string', 'binary', 'date', 'timestamp'] as const;

/** A column type that holds one value. */
export type ScalarType = (typeof SCALAR_TYPES)[number];

/** A column type that holds nested lists of one scalar type; `shape` has one entry a dimension, null where any length goes. */
export interface ArrayType {
  readonly element: ScalarType;
  readonly shape: readonly (number | null)[];
}

/** The type of a column. */
export type DataType = ScalarType | ArrayType;

/** A value in a JSON document. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/** A named, typed column: of a table, a request, a model's input or a function's output. */
export interface ColumnSpec {
  readonly name: string;
  readonly type: DataType;
  /** Whether a missing value without a default becomes null; absent means false. */
  readonly nullable?: boolean;
  /** What stands in for a missing value, in the JSON form of its type; absent means there is none. */
  readonly defaultValue?: JsonValue;
}

/** The element types of ONNX tensors that ONNX Runtime's Node.js binding takes, by its own names. */
export const TENSOR_TYPES = [
  'bool',
  'float16',
  'float32',
  'float64',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'string',
] as const;

/** The element type of an ONNX tensor. */
export type TensorType = (typeof TENSOR_TYPES)[number];

/** Whether a type is an array. */
export function isArray(type: DataType): type is ArrayType {
  return typeof type !== 'string';
}

/** The type as errors and documents write it: `integer`, `array<float>[64]`, `array<long>[?,3]`. */
export function typeText(type: DataType): string {
  return isArray(type) ? `array<${type.element}>[${type.shape.map((length) => length ?? '?').join(',')}]` : type;
}
