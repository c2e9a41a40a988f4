import { type DataType, isArray, type ScalarType, type TensorType } from './data-types';

const FLOATS = ['float32', 'float64', 'float16'] as const;
const INTEGERS = ['int32', 'int64', 'int16', 'int8', 'uint8', 'uint16', 'uint32', 'uint64'] as const;

/** The tensor types that a column of each type may feed. The first one holds every value of the type exactly. */
const TENSORS_OF: Record<ScalarType, readonly TensorType[]> = {
  boolean: ['bool', ...INTEGERS, ...FLOATS],
  integer: [...INTEGERS, ...FLOATS],
  long: ['int64', 'int32', 'int16', 'int8', 'uint8', 'uint16', 'uint32', 'uint64', ...FLOATS],
  float: [...FLOATS],
  double: ['float64', 'float32', 'float16'],
  string: ['string'],
  binary: ['uint8'],
  date: ['int64'],
  timestamp: ['int64'],
};

/** The types that no other type converts to, although their tensors hold the same numbers. */
const OPAQUE: readonly ScalarType[] = ['binary', 'date', 'timestamp'];

/** The narrowest column type that holds every value of a tensor type. */
const COLUMN_TYPE_OF: Record<TensorType, ScalarType> = {
  bool: 'boolean',
  float16: 'float',
  float32: 'float',
  float64: 'double',
  int8: 'integer',
  int16: 'integer',
  int32: 'integer',
  int64: 'long',
  uint8: 'integer',
  uint16: 'integer',
  uint32: 'long',
  uint64: 'long',
  string: 'string',
};

/** Returns the column type of a tensor whose columns are not declared. */
export function columnTypeOf(tensor: TensorType): ScalarType {
  return COLUMN_TYPE_OF[tensor];
}

/** Whether a column may feed a tensor. The runtime checks each value against the tensor's range. */
export function feedsTensor(type: DataType, tensor: TensorType): boolean {
  return TENSORS_OF[isArray(type) ? type.element : type].includes(tensor);
}

/**
 * Whether one column type converts to another: both are the same type, or the first may feed the tensor that holds the second exactly.
 * The runtime checks each value against the target's range.
 */
export function converts(from: DataType, to: DataType): boolean {
  if (isArray(from) || isArray(to)) {
    return isArray(from) && isArray(to) && converts(from.element, to.element) && shapesMeet(from.shape, to.shape);
  }
  return from === to || (!OPAQUE.includes(to) && TENSORS_OF[from].includes(TENSORS_OF[to][0]!));
}

/** Whether two shapes are compatible: equal ranks, and equal lengths where both are known. */
function shapesMeet(from: readonly (number | null)[], to: readonly (number | null)[]): boolean {
  return from.length === to.length && from.every((length, i) => length === null || to[i] === null || length === to[i]);
}
