import { attributeDecoder, attributeEncoder } from '../../../lambda/online/attribute';
import type { AttributeValue } from '../../../lambda/online/reader';
import type { DataType, ScalarType } from '../../../lib/contract/data-types';
import { generator } from '../../helpers/generator';

const encode = (type: DataType, value: unknown) => attributeEncoder({ name: 'f', type })(value);
const decode = (type: DataType, attribute: AttributeValue) => attributeDecoder({ name: 'f', type })(attribute);
const array = (element: ScalarType, ...shape: (number | null)[]): DataType => ({ element, shape });

const float64Of = (bits: bigint) => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigInt64(0, bits);
  return view.getFloat64(0);
};

const float32Of = (bits: bigint) => {
  const view = new DataView(new ArrayBuffer(4));
  view.setInt32(0, Number(BigInt.asIntN(32, bits)));
  return view.getFloat32(0);
};

test.each<[DataType, unknown, AttributeValue]>([
  ['boolean', false, { BOOL: false }],
  ['integer', -2147483648, { N: '-2147483648' }],
  ['long', 9223372036854775807n, { N: '9223372036854775807' }],
  ['float', Math.fround(0.1), { N: '0.1' }],
  ['float', Math.fround(1e-45), { N: '1e-45' }],
  ['float', Math.fround(3.4028235e38), { N: '3.4028235e+38' }],
  ['float', NaN, { S: 'NaN' }],
  ['float', -0, { S: '-0' }],
  ['double', 0.1, { N: '0.1' }],
  ['double', 0, { N: '0' }],
  ['double', -0, { S: '-0' }],
  ['double', 1e-130, { N: '1e-130' }],
  ['double', 9.9e-131, { S: '9.9e-131' }],
  ['double', 9.9e125, { N: '9.9e+125' }],
  ['double', -1e126, { S: '-1e+126' }],
  ['double', 5e-324, { S: '5e-324' }],
  ['double', NaN, { S: 'NaN' }],
  ['double', -Infinity, { S: '-Infinity' }],
  ['string', '', { S: '' }],
  ['string', 'NaN', { S: 'NaN' }],
  ['binary', Uint8Array.of(0, 255, 16), { B: 'AP8Q' }],
  ['binary', new Uint8Array(0), { B: '' }],
  ['date', '2024-02-29', { S: '2024-02-29' }],
  ['timestamp', 1272797100000317n, { N: '1272797100000317' }],
  [array('integer', 2), [1, -1], { B: 'AQAAAP////8=' }],
  [array('long', null), [1n, -(2n ** 63n)], { B: 'AQAAAAAAAAAAAAAAAAAAgA==' }],
  [array('float', 2), [1, NaN], { B: 'AACAPwAAwH8=' }],
  [array('double', 1), [-0], { B: 'AAAAAAAAAIA=' }],
  [array('float', null), [], { B: '' }],
  [array('string', null), ['a', ''], { L: [{ S: 'a' }, { S: '' }] }],
  [array('boolean', 2), [true, false], { L: [{ BOOL: true }, { BOOL: false }] }],
  [array('timestamp', 1), [5n], { L: [{ N: '5' }] }],
  [array('double', 2, null), [[1.5], [Infinity]], { L: [{ L: [{ N: '1.5' }] }, { L: [{ S: 'Infinity' }] }] }],
])('stores %j %p', (type, value, attribute) => {
  expect(encode(type, value)).toEqual(attribute);
  expect(decode(type, attribute)).toEqual(value);
});

test.each<[DataType, AttributeValue, unknown]>([
  ['integer', { N: '5.0' }, 5],
  ['integer', { N: '5E+1' }, 50],
  ['long', { N: '9.223372036854775807E+18' }, 9223372036854775807n],
  ['long', { N: '1E+3' }, 1000n],
  ['long', { N: '-70.00' }, -70n],
  ['float', { N: '0.1' }, Math.fround(0.1)],
  ['float', { N: '0.10000000149011612' }, Math.fround(0.1)],
  ['double', { N: '1E-130' }, 1e-130],
  ['double', { S: '5' }, 5],
  ['boolean', { NULL: true }, null],
  [array('integer', 2), { L: [{ N: '1' }, { N: '2' }] }, [1, 2]],
  [array('double', null), { L: [{ S: 'NaN' }, { N: '2.5' }] }, [NaN, 2.5]],
  [array('long', null), { L: [] }, []],
  [array('float', 2), { NULL: true }, null],
])('reads %j also from %j', (type, attribute, value) => {
  expect(decode(type, attribute)).toEqual(value);
});

test.each<[DataType, string, AttributeValue]>([
  ['boolean', 'boolean', { N: '1' }],
  ['integer', 'integer', { N: '5.5' }],
  ['integer', 'integer', { N: '2147483648' }],
  ['integer', 'integer', { S: '5' }],
  ['long', 'long', { N: '9223372036854775808' }],
  ['long', 'long', { N: '1E+300' }],
  ['long', 'long', { N: '0.5' }],
  ['long', 'long', { N: 'x' }],
  ['float', 'float', { S: 'x' }],
  ['double', 'double', { S: '' }],
  ['double', 'double', { BOOL: true }],
  ['string', 'string', { N: '5' }],
  ['binary', 'binary', { S: '5' }],
  ['date', 'date', { S: 'today' }],
  ['date', 'date', { S: '2024-02-30' }],
  ['timestamp', 'timestamp', { N: '1.5' }],
  ['timestamp', 'timestamp', { N: '253402300800000000' }],
  [array('float', 2), 'array<float>[2]', { B: 'AACAPw==' }],
  [array('float', null), 'array<float>[?]', { B: 'AACA' }],
  [array('long', 2), 'array<long>[2]', { L: [{ N: '1' }] }],
  [array('string', null), 'array<string>[?]', { L: [{ S: 'a' }, { NULL: true }] }],
  [array('double', 1, 2), 'array<double>[1,2]', { B: 'AACAPw==' }],
  [array('double', 1, 2), 'array<double>[1,2]', { L: [{ L: [{ N: '1' }] }] }],
])('fails on a stored value that is no %j', (type, expected, attribute) => {
  expect(() => decode(type, attribute)).toThrow(
    new Error(`attribute 'f': expected ${expected}, got: another value, of type ${Object.keys(attribute)[0]}`),
  );
});

/** The values of many that do not come back as they were, or whose stored form is not as it should be. */
function lost<T>(type: DataType, values: T[], wellStored: (stored: AttributeValue, value: T) => boolean = () => true): T[] {
  const write = attributeEncoder({ name: 'f', type });
  const read = attributeDecoder({ name: 'f', type });
  return values.filter((value) => !Object.is(read(write(value)), value) || !wellStored(write(value), value));
}

const { int64, int } = generator(1);
const longs = Array.from({ length: 50_000 }, int64);

test('every double comes back exactly, in the fewest digits', () => {
  expect(lost('double', longs.map(float64Of), (stored, value) => !('N' in stored) || stored.N === String(value))).toEqual([]);
});

test('every float32 comes back exactly, in at most nine digits', () => {
  const nineDigits = (stored: AttributeValue) => !('N' in stored) || Number(Number(stored.N).toPrecision(9)) === Number(stored.N);
  expect(lost('float', longs.map(float32Of), nineDigits)).toEqual([]);
});

test('every long comes back exactly', () => {
  expect(lost('long', longs)).toEqual([]);
});

test('every vector comes back exactly', () => {
  for (let n = 0; n < 500; n++) {
    const vector = longs.slice(n, n + int(5));
    expect(decode(array('long', null), encode(array('long', null), vector))).toEqual(vector);
    const doubles = vector.map(float64Of);
    expect(decode(array('double', null), encode(array('double', null), doubles))).toEqual(doubles);
    const floats = vector.map(float32Of);
    expect(decode(array('float', null), encode(array('float', null), floats))).toEqual(floats);
  }
});
