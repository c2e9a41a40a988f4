import { elementWriter, tensorData } from '../../../lambda/serving/tensor-elements';
import { columnTypeOf, converts, feedsTensor } from '../../../lib/contract/conversions';
import { SCALAR_TYPES, type ScalarType, TENSOR_TYPES, type TensorType } from '../../../lib/contract/data-types';

describe('writes', () => {
  test.each<[ScalarType, ScalarType, TensorType, unknown, unknown]>([
    ['boolean', 'boolean', 'bool', true, 1],
    ['boolean', 'boolean', 'int64', true, 1n],
    ['boolean', 'boolean', 'uint64', false, 0n],
    ['boolean', 'boolean', 'float32', false, 0],
    ['boolean', 'boolean', 'float16', true, 0x3c00],
    ['boolean', 'integer', 'int32', true, 1],
    ['boolean', 'long', 'int64', false, 0n],
    ['boolean', 'float', 'float32', true, 1],
    ['boolean', 'double', 'float64', true, 1],
    ['integer', 'integer', 'int8', -128, -128],
    ['integer', 'integer', 'int64', 5, 5n],
    ['integer', 'integer', 'float16', 2049, 0x6800],
    ['integer', 'long', 'int64', 5, 5n],
    ['integer', 'float', 'float32', 16_777_217, 16_777_216],
    ['integer', 'double', 'float64', 16_777_217, 16_777_217],
    ['long', 'long', 'uint64', 2n ** 64n - 1n, 2n ** 64n - 1n],
    ['long', 'long', 'int32', 5n, 5],
    ['long', 'integer', 'int32', 5n, 5],
    ['long', 'float', 'float32', 2n ** 53n + 1n, 2 ** 53],
    ['long', 'float', 'float32', 2n ** 60n + 2n ** 36n, 2 ** 60],
    ['long', 'float', 'float32', 2n ** 60n + 2n ** 36n + 1n, 2 ** 60 + 2 ** 37],
    ['long', 'long', 'float32', -(2n ** 60n + 2n ** 36n + 1n), -(2 ** 60 + 2 ** 37)],
    ['long', 'long', 'float32', 2n ** 64n - 1n, 2 ** 64],
    ['long', 'double', 'float64', 2n ** 53n + 1n, 2 ** 53],
    ['float', 'double', 'float64', 0.5, 0.5],
    ['double', 'float', 'float32', 0.1, Math.fround(0.1)],
    ['double', 'double', 'float32', Infinity, Infinity],
    ['double', 'double', 'float16', 1.5, 0x3e00],
    ['string', 'string', 'string', 'a', 'a'],
    ['binary', 'binary', 'uint8', 255, 255],
    ['date', 'date', 'int64', '1970-01-02', 1n],
    ['date', 'long', 'int64', '1969-12-31', -1n],
    ['timestamp', 'timestamp', 'int64', 5n, 5n],
    ['timestamp', 'long', 'int64', 5n, 5n],
  ])('%s through %s into %s', (from, through, to, value, element) => {
    expect(elementWriter(from, through, to)(value)).toBe(element);
  });
});

describe('fails on', () => {
  test.each<[ScalarType, ScalarType, TensorType, unknown, string]>([
    ['integer', 'integer', 'uint64', -1, 'expected a whole number from 0 to 2^64-1, which a uint64 tensor holds, got: -1'],
    [
      'long',
      'long',
      'int64',
      2n ** 63n,
      'expected a whole number from -2^63 to 2^63-1, which an int64 tensor holds, got: 9223372036854775808',
    ],
    [
      'long',
      'integer',
      'int64',
      2n ** 31n,
      'expected a whole number from -2147483648 to 2147483647, which an integer column holds, got: 2147483648',
    ],
    ['long', 'long', 'float16', 65_505n, 'expected a number from -65504 to 65504, which a float16 tensor holds, got: 65505'],
    ['double', 'float', 'float32', -3.5e38, 'expected a number in the range of a 32-bit float, got: -3.5e+38'],
  ])('%s through %s into %s: %p', (from, through, to, value, message) => {
    expect(() => elementWriter(from, through, to)(value)).toThrow(message);
  });
});

// what synth lets through, start-up can do: no deployed endpoint fails at its first request
describe.each(TENSOR_TYPES)('a %s tensor', (to) => {
  test('has room for its elements', () => {
    expect(tensorData(to, 3)).toHaveLength(3);
  });

  test.each(SCALAR_TYPES)('takes a column of type %s exactly where the spec says so', (from) => {
    const make = () => elementWriter(from, from, to);
    if (feedsTensor(from, to)) expect(make).not.toThrow();
    else expect(make).toThrow(`no ${from} column can feed a ${to} tensor`);
  });

  test.each(SCALAR_TYPES)('through its own column type takes what converts to that: %s', (from) => {
    const through = columnTypeOf(to);
    const make = () => elementWriter(from, through, to);
    if (converts(from, through)) expect(make).not.toThrow();
    else expect(make).toThrow(`no ${from} column becomes a ${through} column`);
  });
});
