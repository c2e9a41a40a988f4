import { parquetMetadata } from 'hyparquet';
import { isDeepStrictEqual } from 'node:util';
import { ParquetEncoder } from '../../../lambda/parquet/encoder';
import { readParquet } from '../../../lambda/parquet/file';
import { type FieldType } from '../../../lambda/parquet/schema';
import { field, schemaOf } from '../../helpers/delta-writer';
import { generator } from '../../helpers/generator';
import { memoryObjects } from '../../helpers/memory-objects';

const WINDOW = 1000;

/** Encodes `count` rows; each column is a function of the row number. */
function encode(types: Record<string, FieldType>, count: number, values: ((row: number) => unknown)[]): Uint8Array {
  const encoder = new ParquetEncoder(schemaOf(types).fields);
  for (let start = 0; start < count; start += WINDOW) {
    const rows = Array.from({ length: Math.min(WINDOW, count - start) }, (_, i) => i);
    encoder.append(
      values.map((valueOf) => rows.map((row) => valueOf(start + row))),
      rows,
    );
  }
  return encoder.finish();
}

async function expectRead(
  bytes: Uint8Array,
  types: Record<string, FieldType>,
  count: number,
  values: ((row: number) => unknown)[],
): Promise<void> {
  let first = 0;
  for await (const { rowCount, columns } of readParquet(memoryObjects({ f: bytes }), 'f', bytes.length, schemaOf(types).fields)) {
    const expected = values.map((valueOf) => Array.from({ length: rowCount }, (_, row) => valueOf(first + row)));
    // comparing with Jest takes twenty times as long
    if (!isDeepStrictEqual(columns, expected)) expect(columns).toEqual(expected);
    first += rowCount;
  }
  expect(first).toBe(count);
}

function chunksOf(bytes: Uint8Array) {
  const { row_groups: groups } = parquetMetadata(Uint8Array.from(bytes).buffer);
  return groups.map(({ num_rows: rows, columns }) => ({
    rows: Number(rows),
    columns: columns.map(({ meta_data: metadata }) => metadata!),
  }));
}

const TYPES: Record<string, FieldType> = {
  'few!': 'string',
  'many!': 'string',
  later: 'long',
  real: 'double',
  flag: 'boolean',
  list: { type: 'array', elementType: 'integer' },
};

const VALUES = [
  (row: number) => `city ${row % 50}`,
  (row: number) => `id ${row}`,
  // few values at first, then a new value in every row, which is more than a dictionary holds
  (row: number) => (row % 7 === 0 ? null : BigInt(row < 50_000 ? row % 10 : row)),
  (row: number) => (row % 5 === 0 ? null : row % 11 === 0 ? -0 : row / 3),
  (row: number) => (row % 3 === 0 ? null : row % 2 === 0),
  (row: number) => (row % 4 === 0 ? null : Array.from({ length: row % 4 }, (_, i) => (i === 1 ? null : row + i))),
];

test('many pages and row groups are read back as written', async () => {
  const bytes = encode(TYPES, 200_000, VALUES);
  await expectRead(bytes, TYPES, 200_000, VALUES);
  const [first, second] = chunksOf(bytes);
  expect([first!.rows, second!.rows]).toEqual([132_000, 68_000]);
});

test('a dictionary is written only if it saves bytes', () => {
  const { columns } = chunksOf(encode(TYPES, 132_000, VALUES))[0]!;
  const [few, many, later, real] = columns.map(({ encodings, dictionary_page_offset: offset }) => [
    encodings.includes('RLE_DICTIONARY'),
    offset !== undefined,
  ]);
  expect({ few, many, later, real }).toEqual({ few: [true, true], many: [false, false], later: [true, true], real: [false, false] });
});

test('a column that does not compress is written uncompressed', async () => {
  const types: Record<string, FieldType> = { 'noise!': 'binary', 'zeros!': 'binary' };
  const random = (row: number) => {
    const { int } = generator(row);
    return Uint8Array.from({ length: 50 }, () => int(256));
  };
  const values = [random, () => new Uint8Array(50)];
  const bytes = encode(types, 5_000, values);
  await expectRead(bytes, types, 5_000, values);
  expect(chunksOf(bytes)[0]!.columns.map(({ codec }) => codec)).toEqual(['UNCOMPRESSED', 'SNAPPY']);
});

test('a page ends between rows, even if rows are long', async () => {
  const types: Record<string, FieldType> = { 'bytes!': { type: 'array', elementType: 'binary' } };
  const values = [(row: number) => Array.from({ length: 3 }, () => new Uint8Array(300_000).fill(row))];
  await expectRead(encode(types, 7, values), types, 7, values);
});

test('rows are appended in the requested order', async () => {
  const encoder = new ParquetEncoder([field('v', 'integer')]);
  encoder.append([[10, 11, 12, 13]], [3, 0, 0]);
  const bytes = encoder.finish();
  await expectRead(bytes, { v: 'integer' }, 3, [(row) => [13, 10, 10][row]]);
  expect(encoder.rowCount).toBe(3);
});

test('a file without rows can be read', async () => {
  await expectRead(encode(TYPES, 0, VALUES), TYPES, 0, VALUES);
});

test('a row group has statistics in its metadata', () => {
  const values = [(row: number) => [5n, null, -(2n ** 63n)][row], (row: number) => ['b', 'ä', null][row]];
  const { columns } = chunksOf(encode({ v: 'long', s: 'string' }, 3, values))[0]!;
  expect(columns.map(({ statistics }) => statistics)).toMatchObject([
    { min_value: -(2n ** 63n), max_value: 5n, null_count: 1n },
    { min_value: 'b', max_value: 'ä', null_count: 1n },
  ]);
});

test('a column with nulls only in its first pages, or in all, is read back as written', async () => {
  const types: Record<string, FieldType> = { none: 'string', late: 'long', 'id!': 'integer' };
  const values = [() => null, (row: number) => (row < 30_000 ? null : BigInt(row % 10)), (row: number) => row];
  const bytes = encode(types, 50_000, values);
  await expectRead(bytes, types, 50_000, values);
  const [none, late] = chunksOf(bytes)[0]!.columns.map(({ encodings }) => encodings.includes('RLE_DICTIONARY'));
  expect({ none, late }).toEqual({ none: false, late: true });
});

test('a dictionary does not grow beyond a page', async () => {
  const types: Record<string, FieldType> = { 'text!': 'string' };
  const values = [(row: number) => `${row % 100}`.repeat(20_000)];
  const bytes = encode(types, 1_000, values);
  await expectRead(bytes, types, 1_000, values);
  expect(chunksOf(bytes)[0]!.columns[0]!.encodings).not.toContain('RLE_DICTIONARY');
});

const PAIR: FieldType = { type: 'struct', fields: [field('a', 'long', false)] };

test.each<[FieldType, unknown]>([
  ['double', null],
  ['string', null],
  ['boolean', null],
  [{ type: 'array', elementType: 'long', containsNull: false }, [null]],
  [{ type: 'map', keyType: 'string', valueType: 'long' }, [[null, 1n]]],
  [PAIR, { a: null }],
])('fails on a null in %j that is not nullable, as a damaged table may have it', (type, value) => {
  const encoder = new ParquetEncoder([field('fine', 'long'), field('v', type, false)]);
  expect(() => encoder.append([[1n], [value]], [0])).toThrow(
    expect.objectContaining({ name: 'TableError', message: "column 'v': expected a value, got: null" }),
  );
});

test.each([
  ['a dictionary', 5000],
  ['plain values', 1],
])('invalid UTF-8 is an error that names the row and the column, from %s', async (_, repeats) => {
  const bytes = encode({ 'id!': 'long', 's!': 'string' }, 10_000, [
    BigInt,
    (row) => `house ${Math.floor(row / repeats) === 1 ? '\x7f' : row % repeats}`,
  ]);
  const fields = schemaOf({ s: 'string' }).fields;
  const damaged = Buffer.from(bytes.map((byte) => (byte === 0x7f ? 0xff : byte)));
  const read = async () => {
    for await (const slice of readParquet(memoryObjects({ f: damaged }), 'f', damaged.length, fields))
      expect(slice.rowCount).toBeGreaterThan(0);
  };
  await expect(read()).rejects.toThrow(
    expect.objectContaining({
      name: 'TableError',
      message: `f: row ${repeats}, column 's': expected text in UTF-8, got: the bytes 686f75736520ff`,
    }),
  );
});
