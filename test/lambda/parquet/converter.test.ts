import { type SchemaElement } from 'hyparquet';
import { converterOf } from '../../../lambda/parquet/converter';

const element = (type: SchemaElement['type'], more: Partial<SchemaElement> = {}): SchemaElement => ({ name: 'x', type, ...more });
const timestamp = (unit: 'MILLIS' | 'MICROS' | 'NANOS') =>
  element('INT64', { logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit } });

test.each([
  ['long', element('INT32'), 7, 7n],
  ['long', element('INT64'), -(2n ** 63n), -(2n ** 63n)],
  ['double', element('FLOAT'), 0.5, 0.5],
  ['double', element('INT32'), 3, 3],
  ['string', element('BYTE_ARRAY'), Buffer.from('\ufeffé'), '\ufeffé'],
  ['date', element('INT32'), -719162, '0001-01-01'],
  ['timestamp', timestamp('MILLIS'), -1n, -1000n],
  ['timestamp', timestamp('MICROS'), -1n, -1n],
  ['timestamp', timestamp('NANOS'), -1n, -1n],
  ['timestamp', timestamp('NANOS'), 1999n, 1n],
  ['timestamp', element('INT64', { converted_type: 'TIMESTAMP_MILLIS' }), 2n, 2000n],
  ['timestamp', element('INT96'), (2_440_587n << 64n) | 86_399_999_999_000n, -1n],
  ['timestamp_ntz', element('INT32', { converted_type: 'DATE' }), 1, 86_400_000_000n],
  ['decimal(10,2)', element('INT32', { converted_type: 'DECIMAL', scale: 2 }), -1, '-0.01'],
  ['decimal(10,3)', element('INT64', { converted_type: 'DECIMAL', scale: 1 }), 15n, '1.500'],
  ['decimal(10,0)', element('INT32'), -12, '-12'],
  ['decimal(38,2)', element('FIXED_LEN_BYTE_ARRAY', { converted_type: 'DECIMAL', scale: 2 }), Uint8Array.of(0xff, 0xfe), '-0.02'],
  ['string', element('INT32', { logical_type: { type: 'NULL' } }), 0, null],
  ['void', element('INT32'), 0, null],
] as const)('reads %s', (type, stored, value, expected) => {
  expect(converterOf(type, stored)(value)).toEqual(expected);
});

test.each([
  ['integer', element('INT64'), 'expected integer, got: Parquet INT64'],
  ['string', element('INT32', { converted_type: 'DATE' }), 'expected string, got: Parquet INT32 (DATE)'],
  ['timestamp', element('BYTE_ARRAY', { logical_type: { type: 'STRING' } }), 'expected timestamp, got: Parquet BYTE_ARRAY (STRING)'],
  [
    'decimal(10,2)',
    element('INT32', { converted_type: 'DECIMAL', scale: 3 }),
    'expected decimal(10,2), got: Parquet INT32 (DECIMAL of scale 3)',
  ],
  ['boolean', element(undefined), 'expected boolean, got: Parquet group'],
  ['decimal(10,2)', element('INT32'), 'expected decimal(10,2), got: Parquet INT32'],
  ['decimal(10,2)', element('BYTE_ARRAY'), 'expected decimal(10,2), got: Parquet BYTE_ARRAY'],
] as const)('fails on %s if the file has another type', (type, stored, message) => {
  expect(() => converterOf(type, stored)).toThrow(expect.objectContaining({ name: 'TableError', message }));
});

test.each([
  ['string', element('BYTE_ARRAY'), Buffer.from('c328', 'hex'), 'expected text in UTF-8, got: the bytes c328'],
  ['string', element('BYTE_ARRAY'), new Uint8Array(40).fill(0xff), `expected text in UTF-8, got: the bytes ${'ff'.repeat(32)}...`],
  ['date', element('INT32'), 2 ** 31 - 1, 'expected a date, got: 2147483647 days since 1970'],
  ['timestamp', element('INT96'), (1n << 64n) - 1n, 'expected a timestamp, got: -1 nanoseconds of Julian day 0'],
  ['timestamp', element('INT96'), -1n << 64n, 'expected a timestamp, got: 0 nanoseconds of Julian day -1'],
] as const)('fails on a damaged %s', (type, stored, value, message) => {
  expect(() => converterOf(type, stored)(value)).toThrow(expect.objectContaining({ name: 'TableError', message }));
});
