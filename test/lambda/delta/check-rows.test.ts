import { RowChecker } from '../../../lambda/delta/check-rows';
import { type FieldType } from '../../../lambda/parquet/schema';
import { field, schemaOf } from '../../helpers/delta-writer';

function check(type: FieldType, value: unknown, more: { nullable?: boolean; isPartition?: boolean } = {}): void {
  const { nullable = true, isPartition = false } = more;
  const shape = { schema: { type: 'struct' as const, fields: [field('v', type, nullable)] }, partitionColumns: isPartition ? ['v'] : [] };
  new RowChecker(shape).check({ rowCount: 1, columns: [[value]] });
}

const LIST: FieldType = { type: 'array', elementType: 'integer' };
const FULL_LIST: FieldType = { ...LIST, containsNull: false };
const MAP: FieldType = { type: 'map', keyType: 'string', valueType: 'long' };
const FULL_MAP: FieldType = { ...MAP, valueContainsNull: false };
const STRUCT: FieldType = { type: 'struct', fields: [field('a', 'integer', false), field('b', LIST)] };

test.each<[FieldType, unknown]>([
  ['boolean', false],
  ['byte', -128],
  ['byte', 127],
  ['short', 32_767],
  ['integer', -(2 ** 31)],
  ['integer', -0],
  ['long', 2n ** 63n - 1n],
  ['float', 0.1],
  ['float', Number.NaN],
  ['float', -Infinity],
  ['float', 3.4028235e38],
  ['double', 5e-324],
  ['string', ''],
  ['string', '😀'.repeat(100)],
  ['binary', Buffer.from('x')],
  ['date', '0001-01-01'],
  ['date', '2024-02-29'],
  ['timestamp', -62_135_596_800_000_000n],
  ['timestamp_ntz', 0n],
  ['decimal(4,2)', '-99.99'],
  ['decimal(4,2)', '0001.5'],
  ['decimal(3,0)', '999'],
  ['decimal(38,38)', '0.12345678901234567890123456789012345678'],
  [LIST, []],
  [LIST, [1, null]],
  [FULL_LIST, [1]],
  [
    MAP,
    [
      ['', null],
      ['k', 1n],
    ],
  ],
  [FULL_MAP, [['k', 1n]]],
  [STRUCT, { a: 1 }],
  [STRUCT, { a: 1, b: [null] }],
])('%j accepts %p', (type, value) => {
  check(type, value);
});

test.each<[FieldType, unknown, string, string]>([
  ['boolean', 1, 'boolean', '1'],
  ['byte', 128, 'byte', '128'],
  ['short', -32_769, 'short', '-32769'],
  ['integer', 2 ** 31, 'integer', '2147483648'],
  ['integer', 1.5, 'integer', '1.5'],
  ['integer', 1n, 'integer', '1'],
  ['long', 1, 'long', '1'],
  ['long', -(2n ** 63n) - 1n, 'long', '-9223372036854775809'],
  ['float', 3.5e38, 'float', '3.5e+38'],
  ['double', '1', 'double', '"1"'],
  ['double', 1n, 'double', '1'],
  ['string', 1, 'string', '1'],
  ['string', 'a\udc00', 'string', '"a\\udc00"'],
  ['string', `${'x'.repeat(100)}\ud800`, 'string', `"${'x'.repeat(76)}...`],
  ['binary', 'eA==', 'binary', '"eA=="'],
  ['date', '2024-02-30', 'date', '"2024-02-30"'],
  ['date', '0000-01-01', 'date', '"0000-01-01"'],
  ['date', 19_000, 'date', '19000'],
  ['timestamp', 1_700_000_000_000, 'timestamp', '1700000000000'],
  ['timestamp', 253_402_300_800_000_000n, 'timestamp', '253402300800000000'],
  ['decimal(4,2)', '100', 'decimal(4,2)', '"100"'],
  ['decimal(4,2)', '1.234', 'decimal(4,2)', '"1.234"'],
  ['decimal(4,2)', 1.5, 'decimal(4,2)', '1.5'],
  ['decimal(4,2)', '.5', 'decimal(4,2)', '".5"'],
  ['decimal(3,0)', '1.0', 'decimal(3,0)', '"1.0"'],
  ['decimal(3,0)', '1e2', 'decimal(3,0)', '"1e2"'],
  [LIST, 'x', 'array<integer>', '"x"'],
  [LIST, [1.5], 'array<integer>', '[1.5]'],
  [FULL_LIST, [1, null], 'array<integer>', '[1,null]'],
  [MAP, { k: 1n }, 'map<string, long>', '{"k":1}'],
  [MAP, [[null, 1n]], 'map<string, long>', '[[null,1]]'],
  [FULL_MAP, [['k', null]], 'map<string, long>', '[["k",null]]'],
  [STRUCT, { b: [] }, 'struct<a: integer, b: array<integer>>', '{"b":[]}'],
  [STRUCT, { a: 1, c: 2 }, 'struct<a: integer, b: array<integer>>', '{"a":1,"c":2}'],
  [STRUCT, [1], 'struct<a: integer, b: array<integer>>', '[1]'],
])('%j refuses %p', (type, value, expected, got) => {
  expect(() => check(type, value)).toThrow(
    expect.objectContaining({ name: 'TableError', message: `row 0, column 'v': expected ${expected}, got: ${got}` }),
  );
});

test('a null is accepted in a nullable column only', () => {
  check('long', null);
  expect(() => check('long', null, { nullable: false })).toThrow(
    expect.objectContaining({ name: 'TableError', message: "row 0, column 'v': expected a value, got: null" }),
  );
});

test.each<[FieldType, unknown]>([
  ['string', ''],
  ['binary', new Uint8Array(0)],
])('a partition column of type %j refuses a value that is read back as null', (type, value) => {
  check(type, value);
  expect(() => check(type, value, { isPartition: true })).toThrow(
    expect.objectContaining({
      name: 'TableError',
      message: 'row 0, column \'v\': expected a value or null in a partition column, got: ""',
    }),
  );
});

const SHAPE = { schema: schemaOf({ a: 'long', b: 'string' }), partitionColumns: [] };

test('rows have all columns of the table, or the given ones in any order', () => {
  const slice = { rowCount: 1, columns: [['x'], [1n]] };
  expect(new RowChecker(SHAPE, ['b', 'a']).check(slice)).toEqual({ rowCount: 1, columns: [[1n], ['x']] });
  expect(new RowChecker(SHAPE, ['b']).check({ rowCount: 2, columns: [['x', 'y']] })).toEqual({
    rowCount: 2,
    columns: [
      [null, null],
      ['x', 'y'],
    ],
  });
  expect(() => new RowChecker(SHAPE).check({ rowCount: 1, columns: [[1n]] })).toThrow(
    expect.objectContaining({ name: 'TableError', message: 'expected rows of 2 columns, got: 1' }),
  );
});

test('rows are counted over all slices', () => {
  const checker = new RowChecker(SHAPE, ['b']);
  checker.check({ rowCount: 2, columns: [['x', 'y']] });
  expect(() => checker.check({ rowCount: 2, columns: [['z', 1]] })).toThrow(
    expect.objectContaining({ name: 'TableError', message: "row 3, column 'b': expected string, got: 1" }),
  );
});

test.each([
  [['a', 'c'], '"c"'],
  [['a', 'a'], '"a"'],
])('fails on the columns %j', (columns, got) => {
  expect(() => new RowChecker(SHAPE, columns)).toThrow(
    expect.objectContaining({ name: 'TableError', message: `expected columns of the table, each once, got: ${got}` }),
  );
});
