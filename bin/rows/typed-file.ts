// Files whose columns have types: a Parquet file, and a Delta Lake table as a folder. Whether a column fits is known before its first value.
import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { readDataFile } from '../../lambda/delta/data-file-reader';
import { storePath } from '../../lambda/delta/data-file';
import { storedValueReader } from '../../lambda/offline/feature-rows';
import { holds } from '../../lambda/offline/feature-schema';
import { fieldTypeText } from '../../lambda/parquet/schema';
import { FolderStore } from '../../lambda/stores/folder-store';
import type { ObjectStore } from '../../lambda/stores/object-store';
import { readParquet, readParquetFields, readRowCount, type RowRange, type Slice } from '../../lambda/parquet/file';
import { TIMESTAMP_NANOS, TIMESTAMP_NTZ_NANOS } from '../../lambda/parquet/file-schema';
import type { FieldType, StructField } from '../../lambda/parquet/schema';
import { readSnapshot, type Snapshot } from '../../lambda/delta/snapshot';
import { TableError } from '../../lambda/stores/table-error';
import { type ColumnSpec, type DataType, typeText } from '../../lib/contract/data-types';
import { UserError } from '../terminal/user-error';
import { countingStore } from '../tables/counting-store';
import type { FileRow, RefusedRow, RowsFile } from './rows-file';

/** Rows whose columns have types. */
export interface TypedRows {
  readonly fields: readonly StructField[];
  /** In bytes. */
  readonly size: number;
  /** The files that they are in, in order. */
  readonly files: readonly TypedRowsFile[];
  /**
   * The values of some of the fields, some rows at a time; `read` is told the bytes of each piece read.
   * @param range those rows of one of the files; by default all rows
   * @throws UserError when they are damaged
   */
  slices(fields: readonly StructField[], read: (bytes: number) => void, range?: RowsOfFile): AsyncIterable<Slice>;
}

/** A file of typed rows. */
export interface TypedRowsFile {
  /** In bytes. */
  readonly size: number;
  /** How many rows it has, those that are deleted among them. */
  rowCount(): Promise<number>;
  readonly hasDeleted: boolean;
}

/** Some rows of a file. */
export interface RowsOfFile extends RowRange {
  /** The file's place among the files. */
  readonly file: number;
  /** The numbers in the file of rows to leave out, in ascending order, deleted ones among them; by default those that are deleted. */
  readonly leftOut?: readonly number[];
}

/** Rows in a Parquet file. */
export function parquetFile(path: string): RowsFile {
  return typedFile(path, () => openParquet(path));
}

/** Rows of the latest version of a Delta Lake table in a folder. */
export function deltaTable(folder: string): RowsFile {
  return typedFile(folder, () => openDelta(new FolderStore(folder), folder));
}

/** Opens a Parquet file. @throws UserError when it is none, or damaged */
export function openParquet(path: string): Promise<TypedRows> {
  const name = basename(path);
  return mending(path, async () => {
    const store = new FolderStore(dirname(path));
    const { size } = statSync(path);
    const fields = await readParquetFields(store, name, size);
    return {
      fields,
      size,
      files: [{ size, rowCount: () => readRowCount(store, name, size), hasDeleted: false }],
      slices: (asked, read, range) => mendingRows(path, readParquet(countingStore(store, read), name, size, asked, range)),
    };
  });
}

/**
 * Opens the latest version of a Delta Lake table.
 * @param place as errors call it: its last part
 * @throws UserError when it cannot be read
 */
export function openDelta(store: ObjectStore, place: string): Promise<TypedRows> {
  return mending(place, async () => deltaRows(store, place, await readSnapshot(store)));
}

/** The rows of a version of a Delta Lake table. */
export function deltaRows(store: ObjectStore, place: string, snapshot: Snapshot): TypedRows {
  const rows = async function* (counting: ObjectStore, asked: readonly StructField[], range?: RowsOfFile): AsyncGenerator<Slice> {
    const files = range === undefined ? snapshot.files : [snapshot.files[range.file]!];
    for (const file of files) yield* readDataFile(counting, snapshot, file, asked, range, range?.leftOut);
  };
  return {
    fields: snapshot.schema.fields,
    size: snapshot.files.reduce((sum, { size }) => sum + size, 0),
    files: snapshot.files.map(({ path, size, deletionVector }) => ({
      size,
      rowCount: () => readRowCount(store, storePath(path), size),
      hasDeleted: deletionVector !== undefined,
    })),
    slices: (asked, read, range) => mendingRows(place, rows(countingStore(store, read), asked, range)),
  };
}

function typedFile(path: string, open: () => Promise<TypedRows>): RowsFile {
  return {
    unit: 'row',
    size: async () => (await open()).size,
    columns: async () => new Set((await open()).fields.map(({ name }) => name)),
    async *rows(columns, read) {
      const { fields, slices } = await open();
      const found = columns.map(({ name }) => fields.find((field) => field.name === name));
      checkTypes(path, columns, found);
      const asked = found.filter((field) => field !== undefined).map(asRead);
      let before = 0;
      for await (const slice of slices(asked, read)) {
        yield* rowsOf(slice, found, before);
        before += slice.rowCount;
      }
    },
    valueReader: storedValueReader,
  };
}

async function mending<T>(place: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    throw failureOf(place, error);
  }
}

async function* mendingRows(place: string, slices: AsyncIterable<Slice>): AsyncGenerator<Slice> {
  try {
    yield* slices;
  } catch (error) {
    throw failureOf(place, error);
  }
}

/** What is wrong with a file is something that its user can mend. */
function failureOf(path: string, error: unknown): unknown {
  if (!(error instanceof TableError)) return error;
  const place = `${basename(path)}: `;
  return new UserError(error.message.startsWith(place) ? error.message : `${place}${error.message}`, { cause: error });
}

function checkTypes(path: string, columns: readonly ColumnSpec[], found: readonly (StructField | undefined)[]): void {
  const lines = columns.flatMap(({ name, type }, i) => {
    const field = found[i];
    if (field === undefined || fits(type, field.type)) return [];
    return `${basename(path)}: column '${name}': expected ${typeText(type)}, got: ${fieldTypeText(field.type)}`;
  });
  if (lines.length > 0) throw new UserError(lines.join('\n'));
}

function fits(type: DataType, stored: FieldType): boolean {
  return holds(type, stored) || (type === 'timestamp' && stored === TIMESTAMP_NANOS);
}

/** Whether the values of a field are times in nanoseconds. */
export function isInNanos({ type }: StructField): boolean {
  return type === TIMESTAMP_NANOS || type === TIMESTAMP_NTZ_NANOS;
}

/** A field as it is asked for: nanoseconds as a long. */
export function asRead(field: StructField): StructField {
  return isInNanos(field) ? { ...field, type: 'long' } : field;
}

function* rowsOf(
  { rowCount, columns }: Slice,
  found: readonly (StructField | undefined)[],
  before: number,
): Generator<FileRow | RefusedRow> {
  let next = 0;
  const values = found.map((field) => (field === undefined ? undefined : columns[next++]!));
  const inNanos = found.flatMap((field, i) => (field?.type === TIMESTAMP_NANOS ? i : []));
  for (let row = 0; row < rowCount; row++) {
    const line = before + row + 1;
    const read = values.map((column) => column?.[row]);
    const cut = inNanos.find((i) => !isWholeMicroseconds(read[i]));
    if (cut !== undefined) {
      yield cutTime(line, found[cut]!.name, read[cut]);
      continue;
    }
    for (const i of inNanos) read[i] = microseconds(read[i]);
    yield { line, values: read };
  }
}

/** Whether a time in nanoseconds, or null, has no fraction of a microsecond. */
export function isWholeMicroseconds(nanoseconds: unknown): boolean {
  return nanoseconds === null || (nanoseconds as bigint) % 1000n === 0n;
}

/** The microseconds of such a time. */
export function microseconds(nanoseconds: unknown): unknown {
  return nanoseconds === null ? null : (nanoseconds as bigint) / 1000n;
}

/** A row with a time that is no such. */
export function cutTime(line: number, column: string, nanoseconds: unknown): RefusedRow {
  return { line, column, expected: 'whole microseconds', got: `${String(nanoseconds)} nanoseconds` };
}
