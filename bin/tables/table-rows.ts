import { InvalidKey, keyEncoder } from '../../lambda/online/key';
import type { OnlineRow } from '../../lambda/online/row';
import type { Slice } from '../../lambda/parquet/file';
import { fieldTypeText } from '../../lambda/parquet/schema';
import { Mismatch } from '../../lambda/protocols/mismatch';
import type { ValueReader } from '../../lambda/protocols/read-value';
import { typeText } from '../../lib/contract/data-types';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { columnsOf } from '../../lib/contract/table-columns';
import { foundColumnsLine } from '../rows/found-columns';
import { openRows } from '../rows/open-rows';
import { inOrder } from '../rows/rejected-rows';
import { rejectedRow, type RowProblem, type Rows, type RowSlice } from '../rows/rows';
import { UserError } from '../terminal/user-error';

/** Rows of a feature table: the columns of {@link columnsOf}, with values in the JavaScript form of their types. */
export interface TableSlice extends RowSlice {
  /** The key of each row, as `keyEncoder` makes it. */
  readonly keys: readonly string[];
}

/** The rows of a file as rows of a feature table. */
export interface TableRows extends Pick<Rows, 'name' | 'unit' | 'size'> {
  /** Columns of the file that the table does not declare. */
  readonly undeclared: readonly string[];
  /**
   * Reads the file. Rows that do not fit the table are in `rejected`.
   * @param read gets the number of bytes of each part that is read
   * @throws UserError if the file is damaged
   */
  slices(read: (bytes: number) => void): AsyncIterable<TableSlice>;
}

/**
 * Opens a file for a feature table.
 * @throws UserError if it cannot be read, lacks a column, or has a column of a wrong type
 */
export async function openTableRows(table: TableSpec, path: string): Promise<TableRows> {
  const all = await openRows(path);
  const rows = all.select(columnsOf(table).map(({ name }) => name));
  checkColumns(table, all, rows);
  const convert = sliceConverter(table, rows);
  return {
    name: rows.name,
    unit: rows.unit,
    size: rows.size,
    undeclared: [...all.columns, ...all.unreadable]
      .map(({ name }) => name)
      .filter((name) => columnsOf(table).every((one) => one.name !== name)),
    async *slices(read) {
      for await (const slice of rows.slices(read)) yield convert(slice);
    },
  };
}

function checkColumns(table: TableSpec, all: Rows, rows: Rows): void {
  const stored = [...rows.columns, ...rows.unreadable];
  const missing = requiredColumns(table).filter((column) => !stored.some(({ name }) => name === column.name));
  const problems = missing.map(({ name, why }) => `${rows.name}: expected a column '${name}' for ${table.name}, because ${why}, got: none`);
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name);
    throw new UserError([...problems, foundColumnsLine(all, names)].join('\n'));
  }
  for (const { name, type } of columnsOf(table)) {
    const column = stored.find((one) => one.name === name);
    if (column === undefined || (rows.columns.includes(column) && rows.valueReader(column, type) !== undefined)) continue;
    problems.push(`${rows.name}: column '${name}': expected ${typeText(type)}, got: ${fieldTypeText(column.type)}`);
  }
  if (problems.length > 0) throw new UserError(problems.join('\n'));
}

/** The columns that a file must have, and why. */
function requiredColumns({ primaryKey, timestampKey, features }: TableSpec): { name: string; why: string }[] {
  return [
    ...primaryKey.map(({ name }) => ({ name, why: 'it is part of the primary key' })),
    ...(timestampKey === undefined ? [] : [{ name: timestampKey.name, why: 'it is the timestamp key' }]),
    ...features
      .filter(({ nullable = false, defaultValue }) => !nullable && defaultValue === undefined)
      .map(({ name }) => ({ name, why: 'it is not nullable and has no default' })),
  ];
}

/** Makes the function that turns a slice of a file into a slice of the table. */
function sliceConverter(table: TableSpec, rows: Rows): (slice: RowSlice) => TableSlice {
  const keyLength = table.primaryKey.length;
  const headLength = keyLength + (table.timestampKey === undefined ? 0 : 1);
  const encodeKey = keyEncoder(table.primaryKey);
  const keyNames = table.primaryKey.map(({ name }) => name);
  const columns = columnsOf(table).map(({ name, type }, i) => {
    const index = rows.columns.findIndex((column) => column.name === name);
    return { name, index, read: index < 0 ? readNothing : cellReader(rows.valueReader(rows.columns[index]!, type)!, i < headLength) };
  });
  return ({ lines, columns: cells, rejected }) => {
    const problems = new Map<number, [RowProblem, ...RowProblem[]]>();
    const addProblem = (row: number, problem: RowProblem): void => {
      const found = problems.get(row);
      if (found === undefined) problems.set(row, [problem]);
      else found.push(problem);
    };
    const values = columns.map(({ name, index, read }) => {
      const from = cells[index];
      const to = new Array<unknown>(lines.length);
      for (let row = 0; row < lines.length; row++) {
        try {
          to[row] = read(from?.[row]);
        } catch (error) {
          if (!(error instanceof Mismatch)) throw error;
          addProblem(row, { column: name, expected: error.expected, got: error.got });
        }
      }
      return to;
    });
    const keyColumns = values.slice(0, keyLength);
    const isKeyRead = (row: number): boolean => !problems.get(row)?.some(({ column }) => keyNames.includes(column!));
    const keys = lines.map((_, row) => {
      try {
        return isKeyRead(row) ? encodeKey(keyColumns.map((column) => column[row])) : '';
      } catch (error) {
        if (!(error instanceof InvalidKey)) throw error;
        addProblem(row, { column: error.column, expected: error.expected, got: error.got });
        return '';
      }
    });
    const slice = { lines, columns: values, keys, rejected };
    if (problems.size === 0) return slice;
    const bad = Array.from(problems, ([row, found]) => rejectedRow(lines[row]!, ...found));
    return { ...withRows(slice, (row) => !problems.has(row)), rejected: inOrder([...rejected, ...bad]) };
  };
}

function cellReader(read: ValueReader, isRequired: boolean): ValueReader {
  return (value) => {
    if (value !== undefined && value !== null) return read(value);
    if (isRequired) throw new Mismatch('a value', 'null');
    return null;
  };
}

const readNothing: ValueReader = () => null;

function withRows(slice: TableSlice, isKept: (row: number) => boolean): TableSlice {
  const kept = [...slice.lines.keys()].filter(isKept);
  return {
    lines: kept.map((row) => slice.lines[row]!),
    columns: slice.columns.map((values) => kept.map((row) => values[row])),
    keys: kept.map((row) => slice.keys[row]!),
    rejected: slice.rejected,
  };
}

/** Rows of a file that are written to a feature table. */
export interface WrittenRows {
  readonly file: TableRows;
  /** The numbers of the rows that are not written. */
  readonly skipped: ReadonlySet<number>;
  /** Gets the number of bytes of each part of the file that is read. */
  readonly read: (bytes: number) => void;
}

/** Reads the rows that are written. */
export async function* writtenSlices({ file, skipped, read }: WrittenRows): AsyncGenerator<TableSlice> {
  for await (const slice of file.slices(read)) {
    const isWhole = !slice.lines.some((line) => skipped.has(line));
    yield isWhole ? slice : withRows(slice, (row) => !skipped.has(slice.lines[row]!));
  }
}

/** Reads the rows that are written, as a Delta Lake table takes them. */
export async function* deltaSlices(rows: WrittenRows): AsyncGenerator<Slice> {
  for await (const { lines, columns } of writtenSlices(rows)) yield { rowCount: lines.length, columns };
}

/** Returns a row of a slice as the online store takes it. */
export function onlineRow(table: TableSpec, { keys, columns }: TableSlice, row: number): OnlineRow {
  const values = columns.map((column) => column[row]);
  const features = values.slice(values.length - table.features.length);
  const eventTime = table.timestampKey && (values[table.primaryKey.length] as bigint);
  return { key: keys[row]!, eventTime, features };
}
