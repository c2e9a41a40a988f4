import { existsSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import type { ValueReader } from '../../lambda/protocols/read-value';
import { LOG_FOLDER } from '../../lambda/delta/log-path';
import type { ColumnSpec, DataType } from '../../lib/contract/data-types';
import { UserError } from '../terminal/user-error';
import { csvFile } from './csv-file';
import { jsonLinesFile } from './json-lines-file';
import { deltaTable, parquetFile } from './typed-file';

/** A row of a file that cannot be loaded. */
export interface RefusedRow {
  /** The line on which the row begins, or the row's number in a file without lines; the first is 1. */
  readonly line: number;
  readonly column?: string;
  readonly expected: string;
  readonly got: string;
}

/** A row as it stands in a file: its values in the columns asked for, undefined where it has none. */
export interface FileRow {
  readonly line: number;
  readonly values: readonly unknown[];
}

/** Rows in a file of some format. */
export interface RowsFile {
  /** What {@link RefusedRow.line} counts. */
  readonly unit: 'line' | 'row';
  /** How long it is, in bytes. */
  size(): Promise<number>;
  /** The names of all columns that the file has. */
  columns(): Promise<ReadonlySet<string>>;
  /**
   * The rows, and in their places what cannot be read as one; `read` is told the bytes of each piece read.
   * @throws UserError when the file is damaged or, before the first row, when it holds another type under a column's name
   */
  rows(columns: readonly ColumnSpec[], read: (bytes: number) => void): AsyncIterable<FileRow | RefusedRow>;
  /**
   * How a value of a row that is not null becomes one of a column's type; it throws `Mismatch`.
   * @param read reads the JSON form of the type, where a file's values have one; by default as a request's are read
   */
  valueReader(type: DataType, read?: ValueReader): ValueReader;
}

/**
 * Opens a file by its ending: .csv, .jsonl and .ndjson for JSON Lines, .parquet; or the folder of a Delta Lake table.
 * @throws UserError when it is not there or none of these
 */
export function openRows(path: string): RowsFile {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new UserError(`expected a file, got: ${path}, which is not there`);
  if (stat.isDirectory()) {
    if (existsSync(join(path, LOG_FOLDER))) return deltaTable(path);
    throw new UserError(`expected a file, or the folder of a Delta Lake table, got: ${path}, which has no ${LOG_FOLDER}`);
  }
  switch (extname(path).toLowerCase()) {
    case '.csv':
      return csvFile(path);
    case '.jsonl':
    case '.ndjson':
      return jsonLinesFile(path);
    case '.parquet':
      return parquetFile(path);
    default:
      throw new UserError(`expected a file that ends in .csv, .jsonl, .ndjson or .parquet, got: ${basename(path)}`);
  }
}
