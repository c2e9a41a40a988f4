import { type Action, type AddFile } from './actions';
import { readDataFile } from './data-file-reader';
import { type DataFileWriter } from './data-file-writer';
import { decodedPath } from './data-file';
import { type Slice } from '../parquet/file';
import { type StructField } from '../parquet/schema';
import { type Snapshot } from './snapshot';
import { type TableWriterIo } from './writer-io';

/** Which rows of data files a write is about. */
export interface RowChoice {
  /** The columns that tell whether it is about a row. */
  readonly keyFields: readonly StructField[];
  /** Whether it is about a row, given by its key columns. */
  readonly isAbout: (keyColumns: Slice['columns'], row: number) => boolean;
  /** Whether a row of the whole table stays as it is. It says the same however often it is asked. */
  readonly stays: (columns: Slice['columns'], row: number) => boolean;
}

/** Rewrites data files without the rows that do not stay; a file that keeps all of its rows is left as it is. */
export class FileRewriter {
  public readonly removed: Action[] = [];
  /** The decoded paths of the files that have rows that the write is about. */
  public readonly paths = new Set<string>();
  /** How many rows of rewritten files were kept, and how many were not. */
  public keptRows = 0;
  public droppedRows = 0;

  constructor(
    private readonly io: TableWriterIo,
    private readonly snapshot: Snapshot,
    private readonly choice: RowChoice,
    /** Gets the rows that stay. */
    private readonly writer: DataFileWriter,
  ) {}

  /** Looks at a data file of the snapshot: at its key columns only, unless the write is about one of its rows. */
  public async visit(file: AddFile): Promise<void> {
    const { keyFields, isAbout, stays } = this.choice;
    if (!(await this.hasRow(file, keyFields, isAbout))) return;
    this.paths.add(decodedPath(file.path));
    const { fields } = this.snapshot.schema;
    if (!(await this.hasRow(file, fields, (columns, row) => !stays(columns, row)))) return;
    for await (const { rowCount, columns } of readDataFile(this.io.store, this.snapshot, file, fields)) {
      const kept = Array.from({ length: rowCount }, (_, row) => row).filter((row) => stays(columns, row));
      await this.writer.appendRows(columns, kept);
      this.keptRows += kept.length;
      this.droppedRows += rowCount - kept.length;
    }
    this.removed.push({ kind: 'remove', remove: removeOf(file, this.io.now()) });
  }

  private async hasRow(file: AddFile, fields: readonly StructField[], isWanted: RowChoice['isAbout']): Promise<boolean> {
    for await (const { rowCount, columns } of readDataFile(this.io.store, this.snapshot, file, fields)) {
      for (let row = 0; row < rowCount; row++) if (isWanted(columns, row)) return true;
    }
    return false;
  }
}

/** The action that takes a data file out of a table. */
export function removeOf({ path, partitionValues, size, deletionVector }: AddFile, now: number) {
  return { path, deletionTimestamp: now, dataChange: true, partitionValues, size, deletionVector };
}
