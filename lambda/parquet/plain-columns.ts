// A column that is not nested is appended many rows at once. The common types have a loop each, because a function call for every value takes
// longer than the rest of the work and allocates doubles on the heap.
import { type GrowingBytes } from './growing-bytes';
import { TableError } from '../stores/table-error';
import { isTextBefore, type ValueBounds } from './value-bounds';

/** The unfinished page of a column without a dictionary. */
export interface PlainPage {
  readonly values: GrowingBytes;
  /** 1 for a value, 0 for null; undefined if the column is not nullable. */
  readonly definitions: GrowingBytes | undefined;
  readonly bounds: ValueBounds;
}

/** Rows of a column: `rows` from index `from` up to but not including index `to`; each is an index in `values`. */
export interface ColumnRows {
  readonly values: readonly unknown[];
  readonly rows: ArrayLike<number>;
  readonly from: number;
  readonly to: number;
}

/** Appends the values of rows to a page. */
export type AppendPlain = (page: PlainPage, range: ColumnRows) => void;

/** The loop for each common type; undefined for other types. */
export const APPEND_PLAIN: Readonly<Record<string, AppendPlain>> = {
  double: ({ values: bytes, definitions, bounds }, { values, rows, from, to }) => {
    let [least, greatest] = [Infinity, -Infinity];
    let hasNaN = false;
    for (let i = from; i < to; i++) {
      const value = values[rows[i]!] as number | null | undefined;
      if (isMissing(value, definitions, bounds)) continue;
      bytes.appendDouble(value);
      if (value < least) least = value;
      if (value > greatest) greatest = value;
      if (value !== value) hasNaN = true;
    }
    if (least <= greatest) bounds.addRange(least, greatest);
    if (hasNaN) bounds.add(Number.NaN);
  },
  long: appendInt64s,
  timestamp: appendInt64s,
  string: ({ values: bytes, definitions, bounds }, { values, rows, from, to }) => {
    let least: string | undefined;
    let greatest: string | undefined;
    for (let i = from; i < to; i++) {
      const value = values[rows[i]!] as string | null | undefined;
      if (isMissing(value, definitions, bounds)) continue;
      // if one of the strings is ASCII, comparing code units gives the same order as comparing bytes, and is faster
      const isBefore = bytes.appendText(value) === value.length ? isUnitBefore : isTextBefore;
      if (least === undefined || greatest === undefined) least = greatest = value;
      else if (isBefore(value, least)) least = value;
      else if (isBefore(greatest, value)) greatest = value;
    }
    if (least !== undefined && greatest !== undefined) bounds.addRange(least, greatest);
  },
};

function appendInt64s({ values: bytes, definitions, bounds }: PlainPage, { values, rows, from, to }: ColumnRows): void {
  let least: bigint | undefined;
  let greatest: bigint | undefined;
  for (let i = from; i < to; i++) {
    const value = values[rows[i]!] as bigint | null | undefined;
    if (isMissing(value, definitions, bounds)) continue;
    bytes.appendInt64(value);
    if (least === undefined || greatest === undefined) least = greatest = value;
    else if (value < least) least = value;
    else if (value > greatest) greatest = value;
  }
  if (least !== undefined && greatest !== undefined) bounds.addRange(least, greatest);
}

function isMissing<T>(value: T | null | undefined, definitions: GrowingBytes | undefined, bounds: ValueBounds): value is null | undefined {
  const isNull = value === null || value === undefined;
  definitions?.appendByte(isNull ? 0 : 1);
  if (!isNull) return false;
  if (definitions === undefined) throw missingValue();
  bounds.nullCount++;
  return true;
}

/** The error for a null in a column that is not nullable. Callers add the column's name. */
export function missingValue(): TableError {
  return new TableError('expected a value, got: null');
}

function isUnitBefore(a: string, b: string): boolean {
  return a < b;
}
