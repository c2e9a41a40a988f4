/** The column types that hold one value. */
export const SCALAR_TYPES = ['boolean', 'integer', 'long', 'float', 'double', 'string', 'binary', 'date', 'timestamp'] as const;

/** A column type that holds one value. */
export type ScalarType = (typeof SCALAR_TYPES)[number];

/** A column type that holds nested lists of one scalar type. */
export interface ArrayType {
  readonly element: ScalarType;
  /** The length of each dimension; null for a dimension of any length. */
  readonly shape: readonly (number | null)[];
}

/** The type of a column. */
export type DataType = ScalarType | ArrayType;

/** A value in a JSON document. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/** A named and typed column of a table, a request, a model input or a function output. */
export interface ColumnSpec {
  readonly name: string;
  readonly type: DataType;
  /** Whether a missing value becomes null where the column has no default. Absent means false. */
  readonly nullable?: boolean;
  /** The value that replaces a missing one, in the JSON form of the type; absent if the column has no default. */
  readonly defaultValue?: JsonValue;
}

/** The element types of ONNX tensors that ONNX Runtime's Node.js binding accepts, by the binding's names. */
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

/** Formats the type for errors and documents: `integer`, `array<float>[64]`, `array<long>[?,3]`. */
export function typeText(type: DataType): string {
  return isArray(type) ? `array<${type.element}>[${type.shape.map((length) => length ?? '?').join(',')}]` : type;
}
