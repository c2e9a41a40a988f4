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

/** Rows to append. */
export interface Append {
  /** The rows in slices, each with the columns of `columns` in that order. */
  readonly rows: AsyncIterable<Slice>;
  /** The names of the columns; the table's other columns are null. @default - the table's columns */
  readonly columns?: readonly string[];
  /** Makes the append idempotent. @default - none: rows that are appended twice are in the table twice */
  readonly transaction?: TransactionId;
}

interface Written {
  readonly snapshot: Snapshot;
  readonly added: readonly AddFile[];
  readonly rowCount: number;
}

/**
 * Appends rows to a table in one commit.
 * @throws TableError naming the row and column of a value that the table does not accept; rows are counted from 0
 */
export async function appendRows(io: TableWriterIo, append: Append): Promise<WriteOutcome> {
  let written: Written | undefined;
  const make = async (snapshot: Snapshot): Promise<CountedChange> => {
    // the rows can be read only once. If another writer commits first, the written files are kept unless the schema changed
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

/** Checks that data files for an earlier version fit a later version, which may only have more columns. */
function checkShape(written: Snapshot, now: Snapshot): void {
  const isSame = (field: StructField, i: number) => JSON.stringify(field) === JSON.stringify(now.schema.fields[i]);
  const isLonger =
    written.schema.fields.every(isSame) && now.schema.fields.slice(written.schema.fields.length).every(({ nullable }) => nullable);
  if (isLonger && JSON.stringify(written.partitionColumns) === JSON.stringify(now.partitionColumns)) return;
  throw new TableError(
    `expected the schema of version ${written.version}, got: another schema in version ${now.version}; append the rows again`,
  );
}
