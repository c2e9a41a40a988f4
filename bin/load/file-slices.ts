import { type Slice, SLICE_ROWS } from '../../lambda/offline/parquet-file';
import type { TableFile } from './table-file';

/**
 * The rows of a file that fit, column by column.
 * @param skipped rows that are left out, by `RefusedRow.line`
 * @param read is told the bytes of each piece of the file that is read
 */
export async function* slicesOf(file: TableFile, skipped: ReadonlySet<number>, read: (bytes: number) => void): AsyncGenerator<Slice> {
  let rows: (readonly unknown[])[] = [];
  for await (const found of file.rows(read)) {
    if (!('row' in found) || skipped.has(found.line)) continue;
    rows.push(found.values);
    if (rows.length < SLICE_ROWS) continue;
    yield sliceOf(rows);
    rows = [];
  }
  if (rows.length > 0) yield sliceOf(rows);
}

function sliceOf(rows: readonly (readonly unknown[])[]): Slice {
  return { rowCount: rows.length, columns: rows[0]!.map((_, i) => rows.map((values) => values[i])) };
}
