import { appendRows } from '../../../lambda/delta/append-rows';
import { createTable } from '../../../lambda/delta/create-table';
import { type FieldType } from '../../../lambda/parquet/schema';
import { readSnapshot } from '../../../lambda/delta/snapshot';
import { field, schemaOf, slices, writerIo } from '../../helpers/delta-writer';
import { memoryObjects } from '../../helpers/memory-objects';

/** The statistics of a file with these rows, from the log. */
async function statsOf(types: Record<string, FieldType>, rows: unknown[][], configuration = {}): Promise<string> {
  const store = memoryObjects();
  await createTable(writerIo(store), { schema: schemaOf(types), configuration });
  await appendRows(writerIo(store), { rows: slices(rows) });
  return (await readSnapshot(store)).files[0]!.stats!;
}

const column = (type: FieldType, values: unknown[]) =>
  statsOf(
    { v: type },
    values.map((value) => [value]),
  );

const LAST = '\u{10ffff}';
const quoted = (text: string) => JSON.stringify(text);

test.each<[FieldType, unknown[], string | undefined, string | undefined]>([
  ['long', [2n ** 63n - 1n, null, -(2n ** 63n)], '-9223372036854775808', '9223372036854775807'],
  ['integer', [3, -7], '-7', '3'],
  ['double', [0.1, 5e-324], '5e-324', '0.1'],
  ['double', [0], '-0.0', '0'],
  ['double', [1, Number.NaN], undefined, undefined],
  ['double', [1, Infinity], '1', undefined],
  ['double', [-Infinity, -1], undefined, '-1'],
  ['float', [Math.fround(0.1)], '0.10000000149011612', '0.10000000149011612'],
  ['boolean', [true, false, true], 'false', 'true'],
  ['date', ['2024-02-29', '0001-01-01'], '"0001-01-01"', '"2024-02-29"'],
  ['timestamp', [1_700_000_000_000_001n, -1n], '"1969-12-31T23:59:59.999Z"', '"2023-11-14T22:13:20.001Z"'],
  ['timestamp', [253_402_300_799_999_999n], '"9999-12-31T23:59:59.999Z"', '"9999-12-31T23:59:59.999Z"'],
  ['timestamp_ntz', [1_700_000_000_123_000n], '"2023-11-14T22:13:20.123"', '"2023-11-14T22:13:20.123"'],
  ['decimal(38,2)', ['0.01', '-123456789012345678901234567890123456.78'], '-123456789012345678901234567890123456.78', '0.01'],
  ['decimal(5,0)', ['12', '-3'], '-3', '12'],
  ['decimal(10,2)', ['-0.50', '1.5'], '-0.50', '1.50'],
  ['binary', [Uint8Array.of(1)], undefined, undefined],
  ['string', ['b', '', 'a'], '""', '"b"'],
  ['string', ['\uffff', '😀'], quoted('\uffff'), quoted('😀')],
  ['string', ['x'.repeat(32)], quoted('x'.repeat(32)), quoted('x'.repeat(32))],
  ['string', ['x'.repeat(33)], quoted('x'.repeat(32)), quoted('x'.repeat(32) + LAST)],
  ['string', ['😀'.repeat(40)], quoted('😀'.repeat(32)), quoted('😀'.repeat(32) + LAST)],
  ['string', [`${LAST.repeat(33)}yz`], quoted(LAST.repeat(32)), quoted(LAST.repeat(33) + LAST)],
  ['string', [LAST.repeat(33)], quoted(LAST.repeat(32)), quoted(LAST.repeat(33))],
  ['long', [null, null], undefined, undefined],
])('the bounds of %j in %j are %s and %s', async (type, values, min, max) => {
  const bound = (text: string | undefined) => (text === undefined ? '{}' : `{"v":${text}}`);
  const nulls = values.filter((value) => value === null).length;
  expect(await column(type, values)).toBe(
    `{"numRecords":${values.length},"minValues":${bound(min)},"maxValues":${bound(max)},"nullCount":{"v":${nulls}}}`,
  );
});

test('fields of a struct have statistics, elements of lists and maps do not', async () => {
  const inner = field('b', { type: 'struct', fields: [field('c', 'integer')] });
  const types = { s: { type: 'struct', fields: [field('a', 'long'), inner] }, l: { type: 'array', elementType: 'long' } } as const;
  const rows = [
    [{ a: 2n ** 60n, b: { c: 1 } }, [1n]],
    [{ a: 1n, b: null }, []],
    [null, null],
  ];
  expect(JSON.parse(await statsOf(types, rows))).toEqual({
    numRecords: 3,
    minValues: { s: { a: 1, b: { c: 1 } } },
    maxValues: { s: { a: 2 ** 60, b: { c: 1 } } },
    nullCount: { s: { a: 1, b: { c: 2 } } },
  });
});

test.each([
  [{}, 32],
  [{ 'delta.dataSkippingNumIndexedCols': '3' }, 3],
  [{ 'delta.dataSkippingNumIndexedCols': '0' }, 0],
  [{ 'delta.dataSkippingNumIndexedCols': '-1' }, 40],
])('a table with %j has statistics of its first %d columns', async (configuration, count) => {
  const types = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`c${i}`, 'integer']));
  const { minValues, nullCount } = JSON.parse(await statsOf(types, [Array(40).fill(1)], configuration)) as Record<string, object>;
  const first = Array.from({ length: count }, (_, i) => `c${i}`);
  expect([Object.keys(minValues!), Object.keys(nullCount!)]).toEqual([first, first]);
});
