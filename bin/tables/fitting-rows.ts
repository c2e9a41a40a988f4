import { type Slice, SLICE_ROWS } from '../../lambda/parquet/file';
import type { RowsFile } from '../rows/rows-file';
import type { TableFile } from './table-file';
import type { FittingRow } from './table-row';

/** Rows of a file that are loaded. */
export interface LoadedRows {
  readonly file: TableFile;
  /** Rows that are left out, by `RefusedRow.line`. */
  readonly skipped: ReadonlySet<number>;
  /** Is told the bytes of each piece of the file that is read. */
  readonly read: Parameters<RowsFile['rows']>[1];
}

/** The rows, some at a time. */
export async function* fittingRows({ file, skipped, read }: LoadedRows): AsyncGenerator<readonly FittingRow[]> {
  let rows: FittingRow[] = [];
  for await (const found of file.rows(read)) {
    if (!('row' in found) || skipped.has(found.line)) continue;
    rows.push(found);
    if (rows.length < SLICE_ROWS) continue;
    yield rows;
    rows = [];
  }
  if (rows.length > 0) yield rows;
}

/** The rows, column by column. */
export async function* slicesOf(loaded: LoadedRows): AsyncGenerator<Slice> {
  for await (const rows of fittingRows(loaded)) {
    yield { rowCount: rows.length, columns: rows[0]!.values.map((_, i) => rows.map(({ values }) => values[i])) };
  }
}
