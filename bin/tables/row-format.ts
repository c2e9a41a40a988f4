import { valueWriter } from '../../lambda/protocols/write-value';
import { type ColumnSpec, isArray } from '../../lib/contract/data-types';
import { csvCell } from '../rows/part-format';
import { textTable } from '../terminal/text-table';

/** The formats of printed rows: a table for reading, or exact text that `tables load` can read. */
export const ROW_FORMATS = ['table', 'jsonl', 'csv'] as const;

/** One of {@link ROW_FORMATS}. */
export type RowFormat = (typeof ROW_FORMATS)[number];

/** Values of columns, in the JavaScript form of their types, or null. */
export type Row = readonly unknown[];

/** Writes rows as text, with a header in the formats that have one. */
export function rowsText(format: RowFormat, columns: readonly ColumnSpec[], rows: readonly Row[]): string {
  const writers = columns.map(({ type }) => valueWriter(type));
  const json = rows.map((row) => row.map((value, i) => (value === null ? null : writers[i]!(value))));
  return WRITERS[format](columns, json);
}

/** Longer cells of a table are cut. */
const LONGEST_CELL = 60;

const NUMBERS = ['integer', 'long', 'float', 'double'];

/** Writes values in the JSON form of their types. */
const WRITERS: Record<RowFormat, (columns: readonly ColumnSpec[], rows: readonly Row[]) => string> = {
  table(columns, rows) {
    const header = columns.map(({ name, type }) => ({ name, isNumber: !isArray(type) && NUMBERS.includes(type) }));
    return textTable(
      header,
      rows.map((row) => row.map(tableCell)),
    );
  },
  jsonl: (columns, rows) => rows.map((row) => JSON.stringify(Object.fromEntries(columns.map(({ name }, i) => [name, row[i]])))).join('\n'),
  csv: (columns, rows) => [columns.map(({ name }) => name), ...rows].map((row) => row.map(csvValue).join(',')).join('\n'),
};

/** Null is blank, and the empty string is `""`. */
function tableCell(value: unknown): string {
  if (value === null) return '';
  const text = typeof value === 'string' && /^[^"\p{Cc}]+$/u.test(value) ? value : JSON.stringify(value);
  return text.length > LONGEST_CELL ? `${text.slice(0, LONGEST_CELL - 1)}…` : text;
}

function csvValue(value: unknown): string {
  if (value === null) return '';
  return csvCell(typeof value === 'object' ? JSON.stringify(value) : String(value));
}
