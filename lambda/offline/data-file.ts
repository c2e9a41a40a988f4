import { type AddFile } from './actions';
import { storePath } from './data-path';
import { type ObjectStore } from './object-store';
import { readParquet, type Slice } from './parquet-file';
import { partitionValue } from './partition-value';
import { type StructField } from './schema';
import { type Snapshot } from './snapshot';
import { TableError } from './table-error';

/**
 * Reads a data file of a snapshot, a slice after the other, the values of its partition among the columns.
 * @param columns in the order in which a slice has them
 * @throws TableError naming the file if it is gone, of another length than the log says, or damaged
 */
export async function* readDataFile(
  store: ObjectStore,
  { partitionColumns }: Snapshot,
  file: AddFile,
  columns: readonly StructField[],
): AsyncGenerator<Slice> {
  const path = storePath(file.path);
  await checkSize(store, path, file.size);
  const isStored = columns.map(({ name }) => !partitionColumns.includes(name));
  const partition = columns.map(({ name, type, physicalName }, i) =>
    isStored[i] ? undefined : partitionValue(name, type, file.partitionValues[physicalName]),
  );
  const stored = columns.filter((_, i) => isStored[i]);
  for await (const slice of readParquet(store, path, file.size, stored)) {
    let next = 0;
    const merged = columns.map((_, i) => (isStored[i] ? slice.columns[next++]! : new Array<unknown>(slice.rowCount).fill(partition[i])));
    yield { rowCount: slice.rowCount, columns: merged };
  }
}

async function checkSize(store: ObjectStore, path: string, expected: number): Promise<void> {
  const size = await store.size(path);
  if (size === undefined) throw new TableError(`${path}: expected a data file of ${expected} bytes, got: no file`);
  if (size !== expected) throw new TableError(`${path}: expected a data file of ${expected} bytes, got: ${size} bytes`);
}
