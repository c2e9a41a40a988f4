import { INT64, UINT64, valueReader } from '../../../lambda/protocols/read-value';
import { valueWriter } from '../../../lambda/protocols/write-value';
import type { ArrayType, DataType } from '../../../lib/contract/data-types';

const INTEGER = 'a whole number from -2147483648 to 2147483647';
const LONG = 'a whole number from -2^63 to 2^63-1';
const FLOAT = 'a number in the range of a 32-bit float';
const DOUBLE = 'a number in the range of a 64-bit float';
const DATE = 'a date as YYYY-MM-DD';
const TIMESTAMP = 'an ISO 8601 timestamp with offset and at most six digits of a second';
const MATRIX: ArrayType = { element: 'long', shape: [null, 2] };

describe('reads', () => {
  test.each<[DataType, unknown, unknown]>([
    ['boolean', true, true],
    ['boolean', false, false],
    ['integer', 5.0, 5],
    ['integer', -0, 0],
    ['integer', 2 ** 31 - 1, 2 ** 31 - 1],
    ['integer', -(2 ** 31), -(2 ** 31)],
    ['long', 7, 7n],
    ['long', 2 ** 53 - 1, 2n ** 53n - 1n],
    ['long', '9223372036854775807', 2n ** 63n - 1n],
    ['long', '-9223372036854775808', -(2n ** 63n)],
    ['float', 0.1, Math.fround(0.1)],
    ['float', 'Infinity', Infinity],
    ['float', 'NaN', null],
    ['double', 1e308, 1e308],
    ['double', '-Infinity', -Infinity],
    ['double', 'NaN', null],
    ['string', '', ''],
    ['string', 'größe 🏠', 'größe 🏠'],
    ['binary', 'AP8=', new Uint8Array([0, 255])],
    ['binary', '', new Uint8Array()],
    ['date', '2024-02-29', '2024-02-29'],
    ['timestamp', '1970-01-01T00:00:00Z', 0n],
    ['timestamp', '2024-02-29T12:30:15.123456+02:00', 1709202615123456n],
    ['timestamp', '1969-12-31 23:59:59.5-00:00', -500000n],
    [{ element: 'float', shape: [3] }, [1, 'NaN', '-Infinity'], [1, NaN, -Infinity]],
    [
      MATRIX,
      [
        [1, '2'],
        [3, 4],
      ],
      [
        [1n, 2n],
        [3n, 4n],
      ],
    ],
    [MATRIX, [], []],
    [{ element: 'string', shape: [null] }, ['a'], ['a']],
  ])('%j %j', (type, value, expected) => {
    expect(valueReader(type)(value)).toEqual(expected);
  });

  test('a long into uint64 up to 2^64-1', () => {
    expect(valueReader('long', UINT64)('18446744073709551615')).toBe(2n ** 64n - 1n);
    expect(() => valueReader('long', UINT64)(-1)).toThrow('expected a whole number from 0 to 2^64-1, got: -1');
    expect(() => valueReader('long', INT64)('18446744073709551615')).toThrow(`expected ${LONG}, got: "18446744073709551615"`);
  });
});

describe('fails on', () => {
  test.each<[DataType, unknown, string, string]>([
    ['boolean', 0, 'true or false', '0'],
    ['boolean', 'true', 'true or false', '"true"'],
    ['integer', 5.5, INTEGER, '5.5'],
    ['integer', 2 ** 31, INTEGER, '2147483648'],
    ['integer', -(2 ** 31) - 1, INTEGER, '-2147483649'],
    ['integer', '5', INTEGER, '"5"'],
    ['integer', true, INTEGER, 'true'],
    ['integer', [5], INTEGER, 'a list of 1'],
    ['integer', 'NaN', INTEGER, '"NaN"'],
    ['integer', { a: 1 }, INTEGER, 'an object'],
    ['integer', 1e400, INTEGER, 'Infinity'],
    [{ element: 'long', shape: [null, null] }, [1, 2], 'array<long>[?,?]', 'lists of shape [2]'],
    [{ element: 'long', shape: [null] }, 5, 'array<long>[?]', '5'],
    ['integer', { toString: 1, valueOf: 1 }, INTEGER, 'an object'],
    ['long', 2 ** 53, `${LONG}: send it as a string, because it is beyond 2^53-1`, 'an unquoted number beyond 2^53-1'],
    ['long', -1e300, `${LONG}: send it as a string, because it is beyond 2^53-1`, 'an unquoted number beyond 2^53-1'],
    ['long', 1.5, LONG, '1.5'],
    ['long', '007', LONG, '"007"'],
    ['long', '1e3', LONG, '"1e3"'],
    ['long', '', LONG, '""'],
    ['long', '9223372036854775808', LONG, '"9223372036854775808"'],
    ['long', '9'.repeat(5000), LONG, `"${'9'.repeat(40)}…"`],
    ['long', true, LONG, 'true'],
    ['float', 3.5e38, FLOAT, '3.5e+38'],
    ['float', '1', FLOAT, '"1"'],
    ['float', 'nan', FLOAT, '"nan"'],
    ['float', 'toString', FLOAT, '"toString"'],
    ['float', false, FLOAT, 'false'],
    ['double', 1e999, DOUBLE, 'a number beyond it'],
    ['double', [], DOUBLE, 'a list of 0'],
    ['string', 5, 'a string', '5'],
    ['string', 'a\ud800', 'a string of well-formed Unicode', '"a\\ud800"'],
    ['binary', 'a', 'a string in base64', '"a"'],
    ['binary', 'a-_=', 'a string in base64', '"a-_="'],
    ['binary', 5, 'a string in base64', '5'],
    ['date', '2023-02-29', DATE, '"2023-02-29"'],
    ['date', '2024-2-9', DATE, '"2024-2-9"'],
    ['date', '0000-01-01', DATE, '"0000-01-01"'],
    ['date', 20240229, DATE, '20240229'],
    ['timestamp', '2024-02-29T12:30:15', TIMESTAMP, '"2024-02-29T12:30:15"'],
    ['timestamp', '2024-02-29T12:30:15.1234567Z', TIMESTAMP, '"2024-02-29T12:30:15.1234567Z"'],
    ['timestamp', '2024-02-30T12:30:15Z', TIMESTAMP, '"2024-02-30T12:30:15Z"'],
    ['timestamp', '2024-02-29T24:00:00Z', TIMESTAMP, '"2024-02-29T24:00:00Z"'],
    ['timestamp', 1709202615, TIMESTAMP, '1709202615'],
    [MATRIX, 5, 'array<long>[?,2]', '5'],
    [MATRIX, [[1, 2, 3]], 'array<long>[?,2]', 'lists of shape [1,3]'],
    [MATRIX, [1, 2], 'array<long>[?,2]', 'lists of shape [2]'],
    [MATRIX, [[1, 2], [3]], 'array<long>[?,2]', 'lists of unequal lengths, 2 and 1'],
    [MATRIX, [[1, 2], null], 'array<long>[?,2]', 'null inside a list'],
    [MATRIX, [[1, null]], 'array<long>[?,2]', 'null inside a list, at 1'],
    [MATRIX, [[1, 1.5]], `array<long>[?,2], each ${LONG}`, '1.5 inside a list, at 1'],
    [MATRIX, [[[1], [2]]], `array<long>[?,2], each ${LONG}`, 'a list of 1 inside a list, at 0'],
  ])('%j %j', (type, value, expected, got) => {
    expect(() => valueReader(type)(value)).toThrow(expect.objectContaining({ name: 'Mismatch', expected, got }));
  });
});

describe('writes', () => {
  test.each<[DataType, unknown, unknown]>([
    ['boolean', true, true],
    ['integer', 5, 5],
    ['long', 5n, 5],
    ['long', 2n ** 53n, '9007199254740992'],
    ['long', -(2n ** 63n), '-9223372036854775808'],
    ['float', Math.fround(0.1), 0.1],
    ['float', Math.fround(16777217.5), 16777218],
    ['float', Infinity, 'Infinity'],
    ['double', 0.30000000000000004, 0.30000000000000004],
    ['double', -Infinity, '-Infinity'],
    ['string', 'a', 'a'],
    ['binary', new Uint8Array([0, 255]), 'AP8='],
    ['date', '2024-02-29', '2024-02-29'],
    ['timestamp', 1709202615123450n, '2024-02-29T10:30:15.12345Z'],
    ['timestamp', -500000n, '1969-12-31T23:59:59.5Z'],
    ['timestamp', 0n, '1970-01-01T00:00:00Z'],
    [{ element: 'double', shape: [2] }, [NaN, 1], ['NaN', 1]],
    [MATRIX, [[1n, 2n]], [[1, 2]]],
  ])('%j %p', (type, value, expected) => {
    expect(valueWriter(type)(value)).toEqual(expected);
  });
});

test.each(['integer', 'long', 'float', 'string'] as const)('fails on lists that nest deeper than the stack is, in %s', (type) => {
  const deep: unknown = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));
  expect(() => valueReader(type)(deep)).toThrow(expect.objectContaining({ name: 'Mismatch', got: 'a list of 1' }));
});
