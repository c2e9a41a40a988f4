import { type WritableStore } from '../../lambda/stores/object-store';
import { type Slice } from '../../lambda/parquet/file';
import { readRows } from './delta-rows';
import { type FieldType, type StructField, type StructType } from '../../lambda/parquet/schema';
import { readSnapshot } from '../../lambda/delta/snapshot';
import { type TableWriterIo } from '../../lambda/delta/writer-io';

/** A field of a schema. */
export function field(name: string, type: FieldType, nullable = true): StructField {
  return { name, type, nullable, physicalName: name, fieldId: undefined };
}

/** A schema of nullable columns, given as name and type; a name that ends in `!` is of a column that is not nullable. */
export function schemaOf(types: Readonly<Record<string, FieldType>>): StructType {
  const fields = Object.entries(types).map(([name, type]) => field(name.replace('!', ''), type, !name.endsWith('!')));
  return { type: 'struct', fields };
}

let made = 0;

/** What a writer needs, over a store: the clock stands still unless a test moves it, and nothing waits. */
export function writerIo(store: WritableStore, now = () => 1_700_000_000_000): TableWriterIo & { slept: number[] } {
  const slept: number[] = [];
  return {
    store,
    now,
    uuid: () => `00000000-0000-4000-8000-${String(++made).padStart(12, '0')}`,
    random: () => 0.5,
    sleep: async (milliseconds) => void slept.push(milliseconds),
    slept,
  };
}

/** Rows as slices of columns, at most so many rows each. */
export async function* slices(rows: readonly (readonly unknown[])[], most = 3): AsyncGenerator<Slice> {
  for (let start = 0; start < rows.length; start += most) {
    const some = rows.slice(start, start + most);
    yield { rowCount: some.length, columns: some[0]!.map((_, i) => some.map((row) => row[i])) };
  }
}

/** The rows of a table, sorted. */
export async function rowsOf(store: WritableStore, version?: number): Promise<unknown[][]> {
  const rows: unknown[][] = [];
  for await (const row of readRows(store, await readSnapshot(store, version))) rows.push([...row]);
  return sorted(rows);
}

/** Rows in the order of their first columns, which hold values of one type. */
export function sorted(rows: readonly (readonly unknown[])[]): unknown[][] {
  return rows.map((row) => [...row]).sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1));
}
