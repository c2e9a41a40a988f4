import { openRows } from '../../../bin/rows/open-rows';
import { type Row, rowsText } from '../../../bin/tables/row-format';
import type { ColumnSpec } from '../../../lib/contract/data-types';
import { temporaryFile } from '../../helpers/files';

const COLUMNS: readonly ColumnSpec[] = [
  { name: 'id', type: 'string' },
  { name: 'count, of "all"', type: 'long' },
  { name: 'price', type: 'float' },
  { name: 'ratio', type: 'double' },
  { name: 'is_new', type: 'boolean' },
  { name: 'hash', type: 'binary' },
  { name: 'day', type: 'date' },
  { name: 'at', type: 'timestamp' },
  { name: 'vector', type: { element: 'double', shape: [2] } },
];
const ROWS: readonly Row[] = [
  ['a', 9007199254740993n, Math.fround(0.1), 1e-300, true, Uint8Array.from([0, 255]), '2024-02-29', 1709209815123456n, [1.5, NaN]],
  ['', -5n, Infinity, -Infinity, false, new Uint8Array(0), '0001-01-01', -1n, [0, -Infinity]],
  ['two\nlines, "quoted"', ...Array<null>(8).fill(null)],
  ...['NaN', ' ', 'null', '\u0007', '\ufeff'].map((id) => [id, ...Array<null>(8).fill(null)]),
];

test.each(['jsonl', 'csv'] as const)('a load reads the rows that are printed as %s', async (format) => {
  const rows = await openRows(temporaryFile(`rows.${format}`, rowsText(format, COLUMNS, ROWS)));
  const readers = COLUMNS.map(({ type }, i) => rows.valueReader(rows.columns[i]!, type)!);
  const read: Row[] = [];
  for await (const { lines, columns } of rows.slices(() => undefined)) {
    const valueAt = (value: unknown, i: number): unknown => (value === null ? null : readers[i]!(value));
    lines.forEach((_, row) => read.push(columns.map((values, i) => valueAt(values[row], i))));
  }
  expect(read).toEqual(ROWS);
});

test('a table is aligned: numbers to the right, null is blank, the empty string is in quotes, long values are cut', () => {
  const columns: ColumnSpec[] = [
    { name: 'id', type: 'string' },
    { name: 'rooms', type: 'integer' },
    { name: 'vector', type: { element: 'float', shape: [null] } },
    { name: 'note', type: 'string' },
  ];
  const rows = [
    ['a', 12, [0.5, 1], 'two\nlines'],
    ['', null, null, 'x'.repeat(61)],
    ['longer', 1000, [], '"'],
  ];
  expect(rowsText('table', columns, rows)).toBe(
    [
      'id      rooms  vector   note',
      'a          12  [0.5,1]  "two\\nlines"',
      `""                      ${'x'.repeat(59)}…`,
      'longer   1000  []       "\\""',
    ].join('\n'),
  );
});
