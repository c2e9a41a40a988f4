// Rows whose columns have types: Parquet files and Delta Lake tables.
import { realpathSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { readDataFile } from '../../lambda/delta/data-file-reader';
import { storePath } from '../../lambda/delta/data-file';
import type { Snapshot } from '../../lambda/delta/snapshot';
import { readParquet, readParquetFields, readRowCount, type Slice } from '../../lambda/parquet/file';
import { TIMESTAMP_NANOS, TIMESTAMP_NTZ_NANOS } from '../../lambda/parquet/file-schema';
import { type FieldType, isReadable, type StructField } from '../../lambda/parquet/schema';
import { FolderStore } from '../../lambda/stores/folder-store';
import type { ObjectStore } from '../../lambda/stores/object-store';
import { countingStore } from '../stores/counting-store';
import { withErrorPrefix, withErrorPrefixes } from '../terminal/user-error';
import type { InputColumn, RowPiece, Rows, RowSlice, StoredRange } from './rows';
import { exactMicroseconds, typedValueReader, wholeMicroseconds } from './typed-values';

/** How many rows a piece has at most. */
export const PIECE_ROWS = 65_536;

interface TypedFile {
  /** In bytes. */
  readonly size: number;
  /** Counts the rows, the deleted ones too. */
  rowCount(): Promise<number>;
  readonly hasDeleted: boolean;
  slices(fields: readonly StructField[], read: (bytes: number) => void, range?: StoredRange): AsyncIterable<Slice>;
}

/** Opens a Parquet file. @throws UserError if it is not a Parquet file or is damaged */
export function openParquet(path: string): Promise<Rows> {
  const name = basename(path);
  return withErrorPrefix(name, async () => {
    // a store reads no links out of its folder, but this file was named by the user
    const real = realpathSync(path);
    const [store, stored] = [new FolderStore(dirname(real)), basename(real)];
    const { size } = statSync(real);
    const file: TypedFile = {
      size,
      rowCount: () => readRowCount(store, stored, size),
      hasDeleted: false,
      slices: (fields, read, range) => readParquet(countingStore(store, read), stored, size, fields, range),
    };
    return typedRows(name, [file], await readParquetFields(store, stored, size));
  });
}

/** The rows of a version of a Delta Lake table. @param name the name in messages */
export function deltaRows(store: ObjectStore, name: string, snapshot: Snapshot): Rows {
  const files = snapshot.files.map((file): TypedFile => ({
    size: file.size,
    rowCount: () => readRowCount(store, storePath(file.path), file.size),
    hasDeleted: file.deletionVector !== undefined,
    slices: (fields, read, range) => readDataFile(countingStore(store, read), snapshot, file, fields, range, range?.skipped),
  }));
  return typedRows(name, files, snapshot.schema.fields);
}

/** The rows of files that are read one after the other. */
function typedRows(name: string, files: readonly TypedFile[], all: readonly StructField[]): Rows {
  const fields = all.filter(isReadableColumn);
  return {
    name,
    unit: 'row',
    size: files.reduce((sum, { size }) => sum + size, 0),
    columns: fields.map(columnOf),
    unreadable: all.filter((field) => !isReadableColumn(field)).map(columnOf),
    nanosecondColumns: fields.filter(({ type }) => isInNanos(type)).map((field) => field.name),
    select: (names) => typedRows(name, files, all.filter((field) => names.includes(field.name))), // prettier-ignore
    pieces: () => piecesOf(files),
    slices: (read, piece) => withErrorPrefixes(name, readSlices(files, fields, read, piece?.at as StoredRange | undefined)),
    valueReader({ name: column }, type, read) {
      const stored = fields.find((field) => field.name === column)!.type;
      const reader = typedValueReader(microsecondType(stored), type, read);
      return reader && isInNanos(stored) ? (value) => reader(exactMicroseconds(value)) : reader;
    },
  };
}

async function* readSlices(
  files: readonly TypedFile[],
  fields: readonly StructField[],
  read: (bytes: number) => void,
  range: StoredRange | undefined,
): AsyncGenerator<RowSlice> {
  // times in nanoseconds are read as longs
  const stored = fields.map((field) => (isInNanos(field.type) ? { ...field, type: 'long' } : field));
  let line = range?.line ?? 1;
  for (const file of range === undefined ? files : [files[range.file]!]) {
    for await (const { rowCount, columns } of file.slices(stored, read, range)) {
      const lines = new Array<number>(rowCount);
      for (let row = 0; row < rowCount; row++) lines[row] = line++;
      yield { lines, columns, rejected: [] };
    }
  }
}

async function piecesOf(files: readonly TypedFile[]): Promise<RowPiece[]> {
  const pieces: RowPiece[] = [];
  let line = 1;
  for (const [file, { size, rowCount, hasDeleted }] of files.entries()) {
    const rows = await rowCount();
    for (let start = 0; start < rows; start += PIECE_ROWS) {
      const end = Math.min(rows, start + PIECE_ROWS);
      pieces.push({ bytes: (size * (end - start)) / rows, at: { file, start, end, line: line + start, isDense: !hasDeleted } });
    }
    line += rows;
  }
  return pieces;
}

function columnOf({ name, type }: StructField): InputColumn {
  return { name, type: microsecondType(type), ...(isInNanos(type) && { value: wholeMicroseconds }) };
}

function isInNanos(type: FieldType): boolean {
  return type === TIMESTAMP_NANOS || type === TIMESTAMP_NTZ_NANOS;
}

function microsecondType(type: FieldType): FieldType {
  return type === TIMESTAMP_NANOS ? 'timestamp' : type === TIMESTAMP_NTZ_NANOS ? 'timestamp_ntz' : type;
}

function isReadableColumn({ type }: StructField): boolean {
  return isInNanos(type) || isReadable(type);
}
