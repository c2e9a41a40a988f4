import { basename, extname } from 'node:path';
import type { DataType } from '../../lib/spec/data-types';
import { UserError } from '../user-error';
import { csvFile } from './csv-file';
import { jsonLinesFile } from './json-lines-file';

/** A row of a file that cannot be loaded. */
export interface RefusedRow {
  /** The line on which the row begins; the first line of a file is 1. */
  readonly line: number;
  readonly column?: string;
  readonly expected: string;
  readonly got: string;
}

/** A row as it stands in a file: its values under the names asked for, undefined where it has none. */
export interface FileRow {
  readonly line: number;
  readonly values: readonly unknown[];
}

/** Rows in a file of some format. */
export interface RowsFile {
  /** The names of all columns that the file has. */
  columns(): Promise<ReadonlySet<string>>;
  /** The rows, and in their places what cannot be read as one; `read` is told the bytes of each piece read. */
  rows(names: readonly string[], read: (bytes: number) => void): AsyncIterable<FileRow | RefusedRow>;
  /** How a value that is not null becomes one of a column's type; it throws `Mismatch`. */
  valueReader(type: DataType): (value: unknown) => unknown;
}

/**
 * Opens a file by its ending: .csv, or .jsonl and .ndjson for JSON Lines.
 * @throws UserError for other endings
 */
export function openRows(path: string): RowsFile {
  switch (extname(path).toLowerCase()) {
    case '.csv':
      return csvFile(path);
    case '.jsonl':
    case '.ndjson':
      return jsonLinesFile(path);
    default:
      throw new UserError(`expected a file that ends in .csv, .jsonl or .ndjson, got: ${basename(path)}`);
  }
}
