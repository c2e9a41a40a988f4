import { basename } from 'node:path';
import { columnsOf } from '../../lib/contract/table-columns';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { UserError } from '../terminal/user-error';
import { openRows, type RefusedRow, type RowsFile } from '../rows/rows-file';
import { type FittingRow, requiredColumns, rowReader } from './table-row';

/** A file that has the columns of a feature table. */
export interface TableFile {
  /** Without its folder. */
  readonly name: string;
  /** What its rows are told apart by. */
  readonly unit: RowsFile['unit'];
  /** In bytes. */
  readonly size: number;
  /** Columns of the file that the table does not declare. */
  readonly undeclared: readonly string[];
  /**
   * The rows that fit, and in their places why others do not; `read` is told the bytes of each piece read.
   * @throws UserError when the file is damaged or, before the first row, when it holds another type under a column's name
   */
  rows(read: (bytes: number) => void): AsyncIterable<FittingRow | RefusedRow>;
}

/**
 * Opens a file for a feature table.
 * @throws UserError when it cannot be read, or lacks a column
 */
export async function openTableFile(table: TableSpec, path: string): Promise<TableFile> {
  const file = openRows(path);
  const found = await file.columns();
  const columns = columnsOf(table);
  const name = basename(path);
  const missing = requiredColumns(table).filter((column) => !found.has(column.name));
  if (missing.length > 0) {
    const lines = missing.map(
      (column) => `${name}: expected a column '${column.name}' for ${table.name}, because ${column.why}, got: none`,
    );
    throw new UserError(lines.join('\n'));
  }
  const read = rowReader(table, file);
  return {
    name,
    unit: file.unit,
    size: await file.size(),
    undeclared: [...found].filter((column) => columns.every((declared) => declared.name !== column)),
    async *rows(told) {
      for await (const raw of file.rows(columns, told)) yield 'values' in raw ? read(raw) : raw;
    },
  };
}
