import { type AddFile } from './actions';
import { statsText } from './file-stats';
import { ParquetEncoder } from '../parquet/encoder';
import { type Slice } from '../parquet/file';
import { partitionFolder, partitionText } from './partition-value';
import { type FieldType, isReadable, type StructField, VOID } from '../parquet/schema';
import { type Snapshot } from './snapshot';
import { type TableWriterIo } from './writer-io';

/** A data file ends after this many rows or bytes. */
const FILE_ROWS = 1 << 20;
const FILE_BYTES = 32 << 20;
/** The most bytes of unfinished files in memory, over all partitions. */
const OPEN_BYTES = 64 << 20;
/** About the memory of an empty column in an unfinished file. */
const COLUMN_BYTES = 4096;
/** The number of rows to encode between two checks of these limits. */
const WINDOW_ROWS = 4096;

/** The most columns with statistics, unless a table property says otherwise. In a wide table, statistics of all columns would fill the log. */
const INDEXED_COLUMNS = 32;

/** The parts of a table that determine how rows are stored in data files. */
export type TableShape = Pick<Snapshot, 'schema' | 'partitionColumns'>;

interface OpenFile {
  readonly partitionValues: Readonly<Record<string, string | null>>;
  readonly encoder: ParquetEncoder;
}

/** Writes rows to new data files of a table, one file at a time in each partition. The caller commits the files. */
export class DataFileWriter {
  public rowCount = 0;
  private readonly stored: readonly { readonly field: StructField; readonly index: number }[];
  private readonly partitions: readonly { readonly field: StructField; readonly index: number }[];
  private readonly indexedColumns: number;
  private readonly open = new Map<string, OpenFile>();
  private readonly added: AddFile[] = [];

  constructor(
    private readonly io: TableWriterIo,
    { schema, partitionColumns, metadata }: Snapshot,
  ) {
    const indexed = Number(metadata.configuration['delta.dataSkippingNumIndexedCols'] ?? INDEXED_COLUMNS);
    this.indexedColumns = indexed < 0 ? Infinity : indexed;
    const fields = schema.fields.map((field, index) => ({ field, index }));
    this.stored = fields.flatMap(({ field, index }) => {
      const stored = partitionColumns.includes(field.name) ? undefined : storedField(field);
      return stored === undefined ? [] : [{ field: stored, index }];
    });
    this.partitions = partitionColumns.map((column) => fields.find(({ field }) => field.name === column)!);
  }

  /** Appends rows. Their columns must have the order and the types of the schema. */
  public async append({ rowCount, columns }: Slice): Promise<void> {
    const rows: number[] = [];
    for (let row = 0; row < rowCount; row++) rows.push(row);
    await this.appendRows(columns, rows);
  }

  /** Appends the rows with the given indexes. */
  public async appendRows(columns: Slice['columns'], rows: readonly number[]): Promise<void> {
    for (let start = 0; start < rows.length; start += WINDOW_ROWS) {
      await this.appendWindow(columns, rows.slice(start, start + WINDOW_ROWS));
      await this.closeLargest();
    }
    this.rowCount += rows.length;
  }

  /** Finishes all open files. @returns the actions that add the written files */
  public async finish(): Promise<readonly AddFile[]> {
    for (const [key, file] of this.open) await this.closeFile(key, file);
    return this.added;
  }

  private async appendWindow(columns: Slice['columns'], rows: readonly number[]): Promise<void> {
    const stored = this.stored.map(({ index }) => columns[index]!);
    for (const [key, part] of this.byPartition(columns, rows)) {
      const file = this.open.get(key) ?? this.openFile(key, columns, part[0]!);
      file.encoder.append(stored, part);
      if (file.encoder.rowCount >= FILE_ROWS || file.encoder.byteLength >= FILE_BYTES) await this.closeFile(key, file);
    }
  }

  private byPartition(columns: Slice['columns'], rows: readonly number[]): Iterable<[string, readonly number[]]> {
    if (this.partitions.length === 0) return [['', rows]];
    const parts = new Map<string, number[]>();
    for (const row of rows) {
      const key = JSON.stringify(this.partitions.map(({ field, index }) => partitionText(field.type, columns[index]![row])));
      const part = parts.get(key);
      if (part === undefined) parts.set(key, [row]);
      else part.push(row);
    }
    return parts;
  }

  private openFile(key: string, columns: Slice['columns'], row: number): OpenFile {
    const values = this.partitions.map(({ field, index }) => [field.name, partitionText(field.type, columns[index]![row])] as const);
    const file = { partitionValues: Object.fromEntries(values), encoder: new ParquetEncoder(this.stored.map(({ field }) => field)) };
    this.open.set(key, file);
    return file;
  }

  /** Finishes files, the largest first, until the others are within the memory limit. */
  private async closeLargest(): Promise<void> {
    const sizes = [...this.open].map(([key, file]) => ({ key, file, size: file.encoder.byteLength + COLUMN_BYTES * this.stored.length }));
    let held = sizes.reduce((sum, { size }) => sum + size, 0);
    if (held < OPEN_BYTES) return;
    for (const { key, file, size } of sizes.sort((a, b) => b.size - a.size)) {
      if (held < OPEN_BYTES) return;
      await this.closeFile(key, file);
      held -= size;
    }
  }

  private async closeFile(key: string, { partitionValues, encoder }: OpenFile): Promise<void> {
    this.open.delete(key);
    const bytes = encoder.finish();
    const name = `part-${String(this.added.length).padStart(5, '0')}-${this.io.uuid()}-c000.snappy.parquet`;
    const folder = partitionFolder(partitionValues);
    const path = folder === '' ? name : `${folder}/${name}`;
    await this.io.store.write(path, bytes);
    this.added.push({
      path: encodeURI(path),
      partitionValues,
      size: bytes.length,
      modificationTime: this.io.now(),
      dataChange: true,
      stats: statsText(
        this.stored.map(({ field }) => field),
        encoder.rowCount,
        encoder.bounds.slice(0, this.indexedColumns),
      ),
      tags: undefined,
      deletionVector: undefined,
    });
  }
}

/**
 * Returns the part of a field that data files contain. Readers take a missing field as null, so fields without values are left out: Spark does
 * not read a void column of a Parquet file, and the values of a type that is not known are all null.
 */
function storedField(field: StructField): StructField | undefined {
  const type = storedType(field.type);
  return type === undefined ? undefined : { ...field, type };
}

function storedType(type: FieldType): FieldType | undefined {
  if (typeof type === 'object' && type.type === 'struct') {
    const fields = type.fields.flatMap((field) => storedField(field) ?? []);
    return fields.length === 0 ? undefined : { type: 'struct', fields };
  }
  return type === VOID || !isReadable(type) ? undefined : type;
}
