import { type AddFile } from './actions';
import { storePath } from './data-file';
import { readDeletedRows } from './deletion-vector';
import { type ObjectStore } from '../stores/object-store';
import { readParquet, type RowRange, type Slice } from '../parquet/file';
import { partitionValue } from './partition-value';
import { vacuumedText } from './readable-versions';
import { type StructField } from '../parquet/schema';
import { type Snapshot } from './snapshot';
import { TableError } from '../stores/table-error';

/**
 * Reads a data file of a snapshot slice by slice, including its partition values.
 * @param columns the columns of a slice, in that order
 * @param range the rows to read, numbered with the deleted rows; by default all
 * @param leftOut the numbers of the rows to leave out, in ascending order; by default the deleted rows
 * @throws TableError naming the file if it is missing, damaged, or has another length than the log says
 */
export async function* readDataFile(
  store: ObjectStore,
  { version, partitionColumns }: Snapshot,
  file: AddFile,
  columns: readonly StructField[],
  range: RowRange = { start: 0, end: Infinity },
  leftOut?: readonly number[],
): AsyncGenerator<Slice> {
  const path = storePath(file.path);
  await checkSize(store, version, path, file.size);
  const isStored = columns.map(({ name }) => !partitionColumns.includes(name));
  const partition = columns.map(({ name, type, physicalName }, i) =>
    isStored[i] ? undefined : partitionValue(name, type, file.partitionValues[physicalName]),
  );
  const stored = columns.filter((_, i) => isStored[i]);
  const deleted = leftOut ?? (file.deletionVector === undefined ? [] : await readDeletedRows(store, file.deletionVector));
  const slices = withoutRows(path, readParquet(store, path, file.size, stored, range), deleted, range);
  for await (const { rowCount, columns: read } of slices) {
    let next = 0;
    yield { rowCount, columns: columns.map((_, i) => (isStored[i] ? read[next++]! : new Array<unknown>(rowCount).fill(partition[i]))) };
  }
}

/** Leaves out rows, given by their numbers in the file in ascending order. */
async function* withoutRows(path: string, slices: AsyncIterable<Slice>, rows: readonly number[], range: RowRange): AsyncGenerator<Slice> {
  let { start } = range;
  let next = rows.findIndex((row) => row >= start);
  if (next < 0) next = rows.length;
  for await (const slice of slices) {
    const first = next;
    while (next < rows.length && rows[next]! < start + slice.rowCount) next++;
    const left = new Set(rows.slice(first, next).map((row) => row - start));
    const columns = left.size === 0 ? slice.columns : slice.columns.map((values) => values.filter((_, i) => !left.has(i)));
    yield { rowCount: slice.rowCount - left.size, columns };
    start += slice.rowCount;
  }
  if (next < rows.length && range.end === Infinity)
    throw new TableError(`${path}: expected deleted rows below ${start}, got: ${rows[next]}`);
}

async function checkSize(store: ObjectStore, version: number, path: string, expected: number): Promise<void> {
  const size = await store.size(path);
  if (size === undefined) {
    const reason = await vacuumedText(store, version);
    throw new TableError(`${path}: expected a data file of ${expected} bytes, got: no file${reason === undefined ? '' : `; ${reason}`}`);
  }
  if (size !== expected) throw new TableError(`${path}: expected a data file of ${expected} bytes, got: ${size} bytes`);
}
