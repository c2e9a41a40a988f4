import { type DataType, isArray, type ScalarType, type TensorType } from './data-types';

const FLOATS = ['float32', 'float64', 'float16'] as const;
const INTEGERS = ['int32', 'int64', 'int16', 'int8', 'uint8', 'uint16', 'uint32', 'uint64'] as const;

/** The tensors that a column of each type may feed; the first is the tensor that holds the type exactly. */
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

/** Types that no other type becomes, though its numbers would fit the same tensor. */
const OPAQUE: readonly ScalarType[] = ['binary', 'date', 'timestamp'];

/** The column type of a tensor whose file says nothing more: the narrowest that holds all of its values. */
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

/** The column type that a tensor's element type stands for when nothing else says it. */
export function columnTypeOf(tensor: TensorType): ScalarType {
  return COLUMN_TYPE_OF[tensor];
}

/** Whether a column's elements may be written into a tensor; values are still checked against the tensor's range. */
export function feedsTensor(type: DataType, tensor: TensorType): boolean {
  return TENSORS_OF[isArray(type) ? type.element : type].includes(tensor);
}

/**
 * Whether values of one column type may stand where another is expected: the same type, or one that may feed the tensor
 * that holds the other exactly. Values are still checked against the target's range.
 */
export function converts(from: DataType, to: DataType): boolean {
  if (isArray(from) || isArray(to)) {
    return isArray(from) && isArray(to) && converts(from.element, to.element) && shapesMeet(from.shape, to.shape);
  }
  return from === to || (!OPAQUE.includes(to) && TENSORS_OF[from].includes(TENSORS_OF[to][0]!));
}

/** Whether an array of one declared shape can have the other: equal ranks, and equal lengths where both are known. */
function shapesMeet(from: readonly (number | null)[], to: readonly (number | null)[]): boolean {
  return from.length === to.length && from.every((length, i) => length === null || to[i] === null || length === to[i]);
}
