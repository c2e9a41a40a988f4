import { type Action, type AddFile } from './actions';
import { readDataFile } from './data-file-reader';
import { type DataFileWriter } from './data-file-writer';
import { decodedPath } from './data-file';
import { type Slice } from '../parquet/file';
import { type StructField } from '../parquet/schema';
import { type Snapshot } from './snapshot';
import { type TableWriterIo } from './writer-io';

/** Chooses the rows of data files that a write changes. */
export interface RowChoice {
  /** The columns that `hasKey` needs. */
  readonly keyFields: readonly StructField[];
  /** Whether the write has a row's key. `keyColumns` are the columns of `keyFields`. */
  readonly hasKey: (keyColumns: Slice['columns'], row: number) => boolean;
  /** Whether a row stays unchanged. `columns` are all columns of the table. Repeated calls for a row must return the same answer. */
  readonly stays: (columns: Slice['columns'], row: number) => boolean;
}

/** Rewrites data files without the rows that do not stay. A file that keeps all its rows is not rewritten. */
export class FileRewriter {
  public readonly removed: Action[] = [];
  /** The decoded paths of the files that have rows with a key of the write. */
  public readonly paths = new Set<string>();
  /** The number of kept and dropped rows in rewritten files. */
  public keptRows = 0;
  public droppedRows = 0;

  constructor(
    private readonly io: TableWriterIo,
    private readonly snapshot: Snapshot,
    private readonly choice: RowChoice,
    /** Writes the rows that stay. */
    private readonly writer: DataFileWriter,
  ) {}

  /** Rewrites a data file of the snapshot if necessary. Reads only its key columns unless it has a row with a key of the write. */
  public async visit(file: AddFile): Promise<void> {
    const { keyFields, hasKey, stays } = this.choice;
    if (!(await this.hasRow(file, keyFields, hasKey))) return;
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

  private async hasRow(file: AddFile, fields: readonly StructField[], isWanted: RowChoice['hasKey']): Promise<boolean> {
    for await (const { rowCount, columns } of readDataFile(this.io.store, this.snapshot, file, fields)) {
      for (let row = 0; row < rowCount; row++) if (isWanted(columns, row)) return true;
    }
    return false;
  }
}

/** Makes the action that removes a data file from a table. */
export function removeOf({ path, partitionValues, size, deletionVector }: AddFile, now: number) {
  return { path, deletionTimestamp: now, dataChange: true, partitionValues, size, deletionVector };
}
