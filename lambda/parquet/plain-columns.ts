// A column that is in no other is taken many rows at once, in a loop of its own for the types that tables are full of: a call for each value
// takes longer than all the rest, and puts doubles on the heap.
import { type GrowingBytes } from './growing-bytes';
import { TableError } from '../stores/table-error';
import { isTextBefore, type ValueBounds } from './value-bounds';

/** Where the values of a column go, those of a page that has no dictionary. */
export interface PlainPage {
  readonly values: GrowingBytes;
  /** Gets 1 for a value and 0 for null; undefined where none may be null. */
  readonly definitions: GrowingBytes | undefined;
  readonly bounds: ValueBounds;
}

/** Some rows of a column: from the `from`-th up to but not including the `to`-th of `rows`, which are numbers of rows in `values`. */
export interface RowRange {
  readonly values: readonly unknown[];
  readonly rows: ArrayLike<number>;
  readonly from: number;
  readonly to: number;
}

/** Appends the values of some rows to a page. */
export type AppendPlain = (page: PlainPage, range: RowRange) => void;

/** How the values of a type are appended many at once; undefined for a type that has no loop of its own. */
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
      // between two strings of which one is ASCII the order of code units is that of bytes, and faster
      const isBefore = bytes.appendText(value) === value.length ? isUnitBefore : isTextBefore;
      if (least === undefined || greatest === undefined) least = greatest = value;
      else if (isBefore(value, least)) least = value;
      else if (isBefore(greatest, value)) greatest = value;
    }
    if (least !== undefined && greatest !== undefined) bounds.addRange(least, greatest);
  },
};

function appendInt64s({ values: bytes, definitions, bounds }: PlainPage, { values, rows, from, to }: RowRange): void {
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

/** What a null is where none may be; whoever knows the column adds it. */
export function missingValue(): TableError {
  return new TableError('expected a value, got: null');
}

function isUnitBefore(a: string, b: string): boolean {
  return a < b;
}
