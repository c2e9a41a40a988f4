import { type AddFile } from './actions';
import { statsText } from './file-stats';
import { ParquetEncoder } from '../parquet/encoder';
import { type Slice } from '../parquet/file';
import { partitionFolder, partitionText } from './partition-value';
import { type StructField } from '../parquet/schema';
import { type Snapshot } from './snapshot';
import { type TableWriterIo } from './writer-io';

/** Where a data file ends: after so many rows, or so many bytes. */
const FILE_ROWS = 1 << 20;
const FILE_BYTES = 32 << 20;
/** How many bytes of unfinished files are held, those of all partitions together. */
const OPEN_BYTES = 64 << 20;
/** About what a column of an unfinished file takes before it holds anything. */
const COLUMN_BYTES = 4096;
/** How many rows are encoded between two looks at the sizes. */
const WINDOW_ROWS = 4096;

/** Statistics are of so many columns at most, unless the table says otherwise: with all of a wide table's they would be most of its log. */
const INDEXED_COLUMNS = 32;

/** A table's shape: what decides how its rows lie in data files. */
export type TableShape = Pick<Snapshot, 'schema' | 'partitionColumns'>;

interface OpenFile {
  readonly partitionValues: Readonly<Record<string, string | null>>;
  readonly encoder: ParquetEncoder;
}

/** Writes rows into new data files of a table, a file at a time for each partition. They are no part of the table until they are committed. */
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
    this.stored = fields.filter(({ field }) => !partitionColumns.includes(field.name));
    this.partitions = partitionColumns.map((column) => fields.find(({ field }) => field.name === column)!);
  }

  /** Takes rows; their columns are in the order of the schema's fields, and their values are of its types. */
  public async append({ rowCount, columns }: Slice): Promise<void> {
    const rows: number[] = [];
    for (let row = 0; row < rowCount; row++) rows.push(row);
    await this.appendRows(columns, rows);
  }

  /** Takes those rows of columns whose numbers are given. */
  public async appendRows(columns: Slice['columns'], rows: readonly number[]): Promise<void> {
    for (let start = 0; start < rows.length; start += WINDOW_ROWS) {
      await this.appendWindow(columns, rows.slice(start, start + WINDOW_ROWS));
      await this.closeLargest();
    }
    this.rowCount += rows.length;
  }

  /** Ends the files that are open. @returns all that were written */
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

  /** Ends files, the largest first, until what the others hold is little enough. */
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
