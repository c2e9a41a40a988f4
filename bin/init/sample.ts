import { basename, extname } from 'node:path';
import { Mismatch } from '../../lambda/protocols/mismatch';
import { valueWriter } from '../../lambda/protocols/write-value';
import type { ColumnSpec, JsonValue } from '../../lib/contract/data-types';
import { CSV_FILE } from '../rows/csv-file';
import { openParquet } from '../rows/typed-rows';
import { cellText } from '../rows/value-text';
import { UserError } from '../terminal/user-error';
import type { RequestRecord } from './app-model';

/** The narrowest kind that all cells of a column have; `nothing` if all are empty. */
export type CellKind = 'nothing' | 'boolean' | 'integer' | 'long' | 'number' | 'text';

/** A column of a sample. */
export interface SampleColumn {
  readonly name: string;
  readonly kind: CellKind;
  /** The number of cells that are empty or NaN. */
  readonly missing: number;
  readonly isConstant: boolean;
  /** The first cell that is not a number. */
  readonly firstText?: { readonly line: number; readonly cell: string };
}

/** A file with input rows of a model. */
export interface Sample {
  /** The file's name. */
  readonly file: string;
  readonly rows: number;
  readonly columns: readonly SampleColumn[];
  /** A row as a record of a request: the first row without a missing value, else the first row. */
  readonly record: (columns: readonly ColumnSpec[]) => RequestRecord;
}

interface Row {
  readonly line: number;
  readonly cells: readonly (string | null)[];
}

const MISSING = /^nan$/i;
const BOOLEAN = /^(?:true|false)$/i;
const WHOLE = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const LARGEST_INTEGER = 2n ** 31n - 1n;

/**
 * Reads a sample.
 * @throws UserError if it is not a Parquet file, or a CSV file with a header, with at least one row
 */
export async function readSample(path: string): Promise<Sample> {
  const file = basename(path);
  const { names, rows } = extname(path).toLowerCase() === '.parquet' ? await parquetCells(path) : await csvCells(path);
  if (rows.length === 0) throw new UserError(`${file}: expected at least one row below the header, got: none`);
  const complete = rows.find(({ cells }) => !cells.includes(null)) ?? rows[0]!;
  return {
    file,
    rows: rows.length,
    columns: names.map((name, i) => summary(name, rows, i)),
    record: (columns) => Object.fromEntries(columns.map((column) => [column.name, valueOf(complete, names.indexOf(column.name), column)])),
  };

  function valueOf({ line, cells }: Row, place: number, { name, type }: ColumnSpec): JsonValue {
    const cell = cells[place]!;
    if (cell === null) return null;
    try {
      return valueWriter(type)(CSV_FILE.valueReader(type)(cell)) as JsonValue;
    } catch (error) {
      if (!(error instanceof Mismatch)) throw error;
      throw new UserError(`${file}:${line}: column '${name}': expected ${error.expected}, got: ${error.got}`, { cause: error });
    }
  }
}

/** The rows of a file as text. */
interface Cells {
  readonly names: readonly string[];
  readonly rows: readonly Row[];
}

async function csvCells(path: string): Promise<Cells> {
  const names = await CSV_FILE.columnNames(path);
  const rows: Row[] = [];
  for await (const { lines, columns, rejected } of CSV_FILE.slices(path, names, () => undefined)) {
    if (rejected.length > 0) throw new UserError(`${basename(path)}:${rejected[0]!.line}: ${rejected[0]!.reason}`);
    for (const [row, line] of lines.entries())
      rows.push({ line, cells: columns.map((column) => presentCell(column[row] as string | null)) });
  }
  return { names, rows };
}

async function parquetCells(path: string): Promise<Cells> {
  const parquet = await openParquet(path);
  const texts = parquet.columns.map(({ type }) => cellText(type));
  const rows: Row[] = [];
  for await (const { lines, columns } of parquet.slices(() => undefined)) {
    const cellAt = (column: number, row: number): string | null => {
      const value = columns[column]![row];
      return value === null || value === undefined ? null : presentCell(texts[column]!(value));
    };
    for (const [row, line] of lines.entries()) rows.push({ line, cells: columns.map((_, column) => cellAt(column, row)) });
  }
  return { names: parquet.columns.map(({ name }) => name), rows };
}

function presentCell(cell: string | null): string | null {
  return cell === null || MISSING.test(cell) ? null : cell;
}

function summary(name: string, rows: readonly Row[], place: number): SampleColumn {
  const present = rows.filter(({ cells }) => cells[place] !== null);
  const cells = present.map((row) => row.cells[place]!);
  const text = present.find((row) => !NUMBER.test(row.cells[place]!));
  return {
    name,
    kind: kindOf(cells),
    missing: rows.length - present.length,
    isConstant: cells.length > 1 && new Set(cells).size === 1,
    ...(text !== undefined && { firstText: { line: text.line, cell: text.cells[place]! } }),
  };
}

function kindOf(cells: readonly string[]): CellKind {
  if (cells.length === 0) return 'nothing';
  if (cells.every((cell) => BOOLEAN.test(cell))) return 'boolean';
  if (cells.every((cell) => WHOLE.test(cell))) return cells.every(isInteger) ? 'integer' : 'long';
  return cells.every((cell) => NUMBER.test(cell)) ? 'number' : 'text';
}

function isInteger(cell: string): boolean {
  const value = BigInt(cell.replace('+', ''));
  return value <= LARGEST_INTEGER && value >= -LARGEST_INTEGER - 1n;
}
