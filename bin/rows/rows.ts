import type { FieldType } from '../../lambda/parquet/schema';
import type { ValueReader } from '../../lambda/protocols/read-value';
import { MOST_FAULTS } from '../../lambda/refusal';
import type { DataType } from '../../lib/contract/data-types';

/** A column of a file or table. */
export interface RowColumn {
  readonly name: string;
  readonly type: FieldType;
}

/** A column whose values are read. */
export interface InputColumn extends RowColumn {
  /**
   * Makes a value of the column's type from a value that is not null. It throws `Mismatch`.
   * @default - the values are of the type as they are
   */
  readonly value?: (value: unknown) => unknown;
}

/** What is wrong with a row. */
export interface RowProblem {
  /** Undefined if the whole row is wrong. */
  readonly column?: string;
  readonly expected: string;
  readonly got: string;
}

/** A row that was set aside, and why. */
export interface RejectedRow {
  /** The number of the row in its file, as in {@link RowSlice.lines}. */
  readonly line: number;
  /** The key of the row, for the rows of a feature table. */
  readonly key?: string;
  /** Undefined if the whole row is wrong. */
  readonly column?: string;
  /** What is wrong; other wrong columns of the row come after the first. */
  readonly reason: string;
}

/** Rejects a row for values that are not as expected. */
export function rejectedRow(line: number, first: RowProblem, ...others: readonly RowProblem[]): RejectedRow {
  const { column } = first;
  const more = others.slice(0, MOST_FAULTS - 1).map((problem) => `; column '${problem.column}': ${problemText(problem)}`);
  return { line, ...(column !== undefined && { column }), reason: `${problemText(first)}${more.join('')}` };
}

function problemText({ expected, got }: RowProblem): string {
  return `expected ${expected}, got: ${got}`;
}

/** Rows that follow one another, as columns. */
export interface RowSlice {
  /** The number of each row: the line on which it starts in a text file, else its place in the file. The first is 1. */
  readonly lines: readonly number[];
  /** The values of each column, null or undefined where a row has none. */
  readonly columns: readonly (readonly unknown[])[];
  /** The text of each row, without the end of its line. Absent if the rows are not from a text file. */
  readonly texts?: readonly string[];
  /** Rows between these that could not be read, in the order of the file. */
  readonly rejected: readonly RejectedRow[];
}

/** A part of the rows that can be read without the others. It is plain data, so it can be sent to another process. */
export interface RowPiece {
  /** About how many bytes are read. */
  readonly bytes: number;
  readonly at: TextRange | StoredRange;
}

/** Whole lines of a text file. */
export interface TextRange {
  /** The first byte, and the first byte after the range. */
  readonly start: number;
  readonly end: number;
  /** The number of the first line; the first line of the file is 1. */
  readonly line: number;
}

/** Rows of one file of a Parquet file or a Delta Lake table. */
export interface StoredRange {
  /** The index of the file in the table; 0 for a Parquet file. */
  readonly file: number;
  /** The index in the file of the first row, and of the first row after the range. */
  readonly start: number;
  readonly end: number;
  /** The number of the first row among all rows, from 1. */
  readonly line: number;
  /**
   * The indexes of the rows to skip, in ascending order. They must include the deleted rows.
   * @default - the deleted rows are skipped
   */
  readonly skipped?: readonly number[];
  /** Whether all rows from the first to the last are read. */
  readonly isDense: boolean;
}

/** The rows of a file or of a Delta Lake table. */
export interface Rows {
  /** The name in messages. */
  readonly name: string;
  /** What the numbers of rows count. */
  readonly unit: 'line' | 'row';
  /** In bytes. */
  readonly size: number;
  readonly columns: readonly InputColumn[];
  /** Columns that are left out, because their types cannot be read. */
  readonly unreadable: readonly RowColumn[];
  /** The names of columns in nanoseconds, whose {@link InputColumn.value} is in microseconds. */
  readonly nanosecondColumns: readonly string[];
  /** The same rows with some of the columns. Names that are not found are ignored. */
  select(names: readonly string[]): Rows;
  /** Divides the rows into pieces, in the order of the rows. */
  pieces(): Promise<readonly RowPiece[]>;
  /**
   * Reads the rows. Each slice has the columns of {@link columns}, in that order.
   * @param read gets the number of bytes of each part that is read
   * @param piece reads these rows only
   * @throws UserError if the file is damaged
   */
  slices(read: (bytes: number) => void, piece?: RowPiece): AsyncIterable<RowSlice>;
  /**
   * Makes the function that turns a value of a column, not null, into a value of a type. The function throws `Mismatch`.
   * @param read reads the JSON form of the type
   * @returns undefined if no value of the column can be of the type
   */
  valueReader(column: RowColumn, type: DataType, read?: ValueReader): ValueReader | undefined;
}

/** Joins slices that follow one another; at least one. */
export function joinSlices(slices: readonly RowSlice[]): RowSlice {
  const [first, ...others] = slices;
  if (others.length === 0) return first!;
  return {
    lines: slices.flatMap(({ lines }) => lines),
    columns: first!.columns.map((_, i) => slices.flatMap(({ columns }) => columns[i]!)),
    ...(first!.texts !== undefined && { texts: slices.flatMap(({ texts }) => texts!) }),
    rejected: slices.flatMap(({ rejected }) => rejected),
  };
}

/** Cuts a slice into the rows before a line, and the rows from this line on. */
export function cutSlice({ lines, columns, texts, rejected }: RowSlice, line: number): [RowSlice, RowSlice] {
  const found = lines.findIndex((one) => one >= line);
  const at = found < 0 ? lines.length : found;
  const part = (start: number, end: number, isInPart: (line: number) => boolean): RowSlice => ({
    lines: lines.slice(start, end),
    columns: columns.map((values) => values.slice(start, end)),
    ...(texts !== undefined && { texts: texts.slice(start, end) }),
    rejected: rejected.filter((row) => isInPart(row.line)),
  });
  return [part(0, at, (one) => one < line), part(at, lines.length, (one) => one >= line)];
}

/** Cuts and joins slices so that all but the last have `size` rows. Rows without any slice are one empty slice. */
export async function* slicesOfSize({ columns, slices }: Rows, size: number, read: (bytes: number) => void): AsyncGenerator<RowSlice> {
  let held: RowSlice[] = [];
  let count = 0;
  let isFirst = true;
  for await (const slice of slices(read)) {
    let rest = slice;
    while (count + rest.lines.length > size) {
      const [head, tail] = cutSlice(rest, rest.lines[size - count]!);
      yield joinSlices([...held, head]);
      [held, count, rest, isFirst] = [[], 0, tail, false];
    }
    held.push(rest);
    count += rest.lines.length;
  }
  if (held.length > 0) yield joinSlices(held);
  else if (isFirst) yield { lines: [], columns: columns.map(() => []), rejected: [] };
}
