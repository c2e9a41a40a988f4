import { converts, feedsTensor } from '../../../lib/contract/conversions';
import { type DataType, SCALAR_TYPES, type ScalarType, TENSOR_TYPES, type TensorType } from '../../../lib/contract/data-types';

/** What each type may stand for besides itself; a date or timestamp is a whole number of days or microseconds in an int64 tensor. */
const BECOMES: Record<ScalarType, ScalarType[]> = {
  boolean: ['integer', 'long', 'float', 'double'],
  integer: ['long', 'float', 'double'],
  long: ['integer', 'float', 'double'],
  float: ['double'],
  double: ['float'],
  string: [],
  binary: [],
  date: ['long'],
  timestamp: ['long'],
};

const FLOATS: TensorType[] = ['float16', 'float32', 'float64'];
const INTEGERS: TensorType[] = ['int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64'];

const FEEDS: Record<ScalarType, TensorType[]> = {
  boolean: ['bool', ...FLOATS, ...INTEGERS],
  integer: [...FLOATS, ...INTEGERS],
  long: [...FLOATS, ...INTEGERS],
  float: FLOATS,
  double: FLOATS,
  string: ['string'],
  binary: ['uint8'],
  date: ['int64'],
  timestamp: ['int64'],
};

test.each(SCALAR_TYPES)('%s converts to these types only', (from) => {
  expect(SCALAR_TYPES.filter((to) => to !== from && converts(from, to))).toEqual(SCALAR_TYPES.filter((to) => BECOMES[from].includes(to)));
  expect(converts(from, from)).toBe(true);
});

test.each(SCALAR_TYPES)('%s feeds these tensors, as a scalar or in an array', (type) => {
  const expected = TENSOR_TYPES.filter((tensor) => FEEDS[type].includes(tensor));
  expect(TENSOR_TYPES.filter((tensor) => feedsTensor(type, tensor))).toEqual(expected);
  expect(TENSOR_TYPES.filter((tensor) => feedsTensor({ element: type, shape: [2] }, tensor))).toEqual(expected);
});

test.each<[DataType, DataType, boolean]>([
  [{ element: 'float', shape: [3] }, { element: 'double', shape: [3] }, true],
  [{ element: 'float', shape: [3] }, { element: 'float', shape: [4] }, false],
  [{ element: 'float', shape: [null] }, { element: 'float', shape: [4] }, true],
  [{ element: 'long', shape: [2, 3] }, { element: 'float', shape: [null, 3] }, true],
  [{ element: 'float', shape: [3] }, { element: 'float', shape: [3, 1] }, false],
  [{ element: 'string', shape: [3] }, { element: 'float', shape: [3] }, false],
  ['float', { element: 'float', shape: [1] }, false],
  [{ element: 'float', shape: [1] }, 'float', false],
])('%j to %j: %s', (from, to, expected) => {
  expect(converts(from, to)).toBe(expected);
});
