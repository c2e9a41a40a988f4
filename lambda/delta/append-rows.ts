import { type AddFile } from './actions';
import { commitChange, type TransactionId } from './commit';
import { RowChecker } from './check-rows';
import { DataFileWriter } from './data-file-writer';
import { type Slice } from '../parquet/file';
import { type StructField } from '../parquet/schema';
import { type Snapshot } from './snapshot';
import { TableError } from '../stores/table-error';
import { type CountedChange, NO_ROWS, outcomeOf, type WriteOutcome } from './write-outcome';
import { type TableWriterIo } from './writer-io';

/** Rows that are appended, and how. */
export interface Append {
  /** Some rows at a time; each has the columns of `columns`, in that order. */
  readonly rows: AsyncIterable<Slice>;
  /** Names of columns; those of the table that are not among them are null. @default - the table's columns */
  readonly columns?: readonly string[];
  /** @default - none: what is appended again is there twice */
  readonly transaction?: TransactionId;
}

interface Written {
  readonly snapshot: Snapshot;
  readonly added: readonly AddFile[];
  readonly rowCount: number;
}

/**
 * Appends rows to a table. Nothing is committed unless all of them are written.
 * @throws TableError naming row and column of a value that the table does not take; rows are counted from 0
 */
export async function appendRows(io: TableWriterIo, append: Append): Promise<WriteOutcome> {
  let written: Written | undefined;
  const make = async (snapshot: Snapshot): Promise<CountedChange> => {
    // rows come once: after another writer's commit their files stay good, unless it gave the table another shape
    if (written === undefined) written = await writeRows(io, snapshot, append);
    else checkShape(written.snapshot, snapshot);
    return changeOf(written);
  };
  return outcomeOf(await commitChange(io, make, append.transaction));
}

async function writeRows(io: TableWriterIo, snapshot: Snapshot, { rows, columns }: Append): Promise<Written> {
  const writer = new DataFileWriter(io, snapshot);
  const checker = new RowChecker(snapshot, columns);
  for await (const slice of rows) await writer.append(checker.check(slice));
  return { snapshot, added: await writer.finish(), rowCount: writer.rowCount };
}

function changeOf({ snapshot, added, rowCount }: Written): CountedChange {
  const bytes = added.reduce((sum, { size }) => sum + size, 0);
  return {
    actions: added.map((add) => ({ kind: 'add', add })),
    operation: 'WRITE',
    parameters: { mode: 'Append', partitionBy: JSON.stringify(snapshot.partitionColumns) },
    metrics: { numFiles: added.length, numOutputRows: rowCount, numOutputBytes: bytes },
    read: undefined,
    counts: { ...NO_ROWS, added: rowCount },
  };
}

/** Holds that data files of an earlier version can be part of a later one: it may have more columns. */
function checkShape(written: Snapshot, now: Snapshot): void {
  const isSame = (field: StructField, i: number) => JSON.stringify(field) === JSON.stringify(now.schema.fields[i]);
  const isLonger =
    written.schema.fields.every(isSame) && now.schema.fields.slice(written.schema.fields.length).every(({ nullable }) => nullable);
  if (isLonger && JSON.stringify(written.partitionColumns) === JSON.stringify(now.partitionColumns)) return;
  throw new TableError(`expected the schema of version ${written.version}, got: another one in version ${now.version}`);
}
