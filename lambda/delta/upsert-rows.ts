import { type AddFile } from './actions';
import { RowChecker } from './check-rows';
import { commitChange, type TransactionId } from './commit';
import { DataFileWriter } from './data-file-writer';
import { KeyRanges } from './key-ranges';
import { KeyTable } from './key-table';
import { type Slice } from '../parquet/file';
import { FileRewriter } from './rewrite-files';
import { RowDigester } from './row-digest';
import { type RowKey, rowKey } from './row-keys';
import { type StructField } from '../parquet/schema';
import { type Snapshot } from './snapshot';
import { describeStored, TableError } from '../stores/table-error';
import { type CountedChange, outcomeOf, type RowCounts, type WriteOutcome } from './write-outcome';
import { type TableWriterIo } from './writer-io';

/** Rows that are put into a table, each in the place of the one with its key. */
export interface Upsert {
  /** Names of the columns that tell one row from another. */
  readonly key: readonly string[];
  /** The rows, some at a time; the same whenever it is called. Each has the columns of `columns`, in that order. */
  readonly rows: () => AsyncIterable<Slice>;
  /** Names of columns; those of the table that are not among them become null. @default - the table's columns */
  readonly columns?: readonly string[];
  /** @default - none */
  readonly transaction?: TransactionId;
}

/** How many words of the digest of a row's other columns are held: they are compared with those of one row only. */
const CONTENT_WORDS = 2;

/** What the table holds of a given row: no row of its key, the same row, or another one. */
const NEW = 0;
const SAME = 1;
const OTHER = 2;

/**
 * Puts rows into a table: a row takes the place of the one with its key, or is added. Rows that are there already stay where they are, and
 * nothing is committed if all of them are. Only data files that hold one of the keys are rewritten.
 * @throws TableError naming row and column of a value that the table does not take, or both rows that have one key; rows are counted from 0
 */
export async function upsertRows(io: TableWriterIo, upsert: Upsert): Promise<WriteOutcome> {
  const make = async (snapshot: Snapshot): Promise<CountedChange> => {
    const given = await GivenRows.read(io, snapshot, upsert);
    const writer = new DataFileWriter(io, snapshot);
    const rewriter = new FileRewriter(io, snapshot, given, writer);
    for (const file of snapshot.files.filter((one) => given.ranges.mayBeIn(one))) await rewriter.visit(file);
    await given.insert(writer);
    return changeOf(snapshot, upsert, given, rewriter, await writer.finish());
  };
  return outcomeOf(await commitChange(io, make, upsert.transaction));
}

function changeOf(
  { partitionColumns }: Snapshot,
  { key }: Upsert,
  { counts, rowCount, ranges }: GivenRows,
  { removed, paths, keptRows }: FileRewriter,
  added: readonly AddFile[],
): CountedChange {
  return {
    actions: [...removed, ...added.map((add) => ({ kind: 'add', add }) as const)],
    operation: 'MERGE',
    parameters: {
      predicate: JSON.stringify(key.map((column) => `target.${column} = source.${column}`).join(' AND ')),
      matchedPredicates: '[{"actionType":"update"}]',
      notMatchedPredicates: '[{"actionType":"insert"}]',
      partitionBy: JSON.stringify(partitionColumns),
    },
    metrics: {
      numSourceRows: rowCount,
      numTargetRowsInserted: counts.added,
      numTargetRowsUpdated: counts.updated,
      numTargetRowsDeleted: 0,
      numTargetRowsCopied: keptRows,
      numTargetFilesAdded: added.length,
      numTargetFilesRemoved: removed.length,
    },
    read: { paths, wouldRead: (file) => ranges.mayBeIn(file) },
    counts,
  };
}

/** The rows that are given, known by digests: of the rows themselves only some are held at a time. */
class GivenRows {
  public readonly keyFields: readonly StructField[];
  public readonly ranges: KeyRanges;
  private readonly table = new KeyTable(CONTENT_WORDS);
  private readonly keyDigester: RowDigester;
  private readonly contentDigester: RowDigester;
  private readonly keyIndexes: readonly number[];
  private readonly contentIndexes: readonly number[];

  private constructor(
    io: TableWriterIo,
    private readonly rowKey: RowKey,
    private readonly upsert: Upsert,
  ) {
    const { fields, shape } = rowKey;
    const all = shape.schema.fields;
    this.keyFields = fields;
    this.ranges = new KeyRanges(fields, shape.partitionColumns);
    this.keyIndexes = fields.map((field) => all.indexOf(field));
    this.contentIndexes = all.flatMap((field, i) => (fields.includes(field) ? [] : [i]));
    this.keyDigester = new RowDigester(fields, io.uuid());
    this.contentDigester = new RowDigester(
      all.filter((field) => !fields.includes(field)),
      io.uuid(),
    );
  }

  /** Reads the rows and checks them. */
  public static async read(io: TableWriterIo, snapshot: Snapshot, upsert: Upsert): Promise<GivenRows> {
    const given = new GivenRows(io, rowKey(snapshot, upsert.key), upsert);
    for await (const slice of given.slices()) given.take(slice);
    return given;
  }

  public get rowCount(): number {
    return this.table.length;
  }

  public get counts(): RowCounts {
    const counts = [0, 0, 0];
    for (let row = 0; row < this.rowCount; row++) counts[this.table.mark(row)]!++;
    return { added: counts[NEW]!, updated: counts[OTHER]!, deleted: 0, unchanged: counts[SAME]! };
  }

  public readonly isAbout = (keyColumns: Slice['columns'], row: number): boolean =>
    this.table.find(this.keyDigester.take(keyColumns, row)) !== undefined;

  public readonly stays = (columns: Slice['columns'], row: number): boolean => {
    const given = this.table.find(this.keyDigester.take(this.keyOf(columns), row));
    if (given === undefined) return true;
    const content = this.contentDigester.take(this.contentOf(columns), row);
    const isSame = content.subarray(0, CONTENT_WORDS).every((word, i) => word === this.table.extra(given, i));
    // of several stored rows of one key, one that is the same stays, and the given one is not needed
    if (isSame || this.table.mark(given) !== SAME) this.table.setMark(given, isSame ? SAME : OTHER);
    return isSame;
  };

  /** Writes the rows that the table does not hold. */
  public async insert(writer: DataFileWriter): Promise<void> {
    let first = 0;
    for await (const { rowCount, columns } of this.slices()) {
      const keys = this.keyOf(columns);
      const missing: number[] = [];
      for (let row = 0; row < rowCount; row++) {
        // what stays was decided by the rows as they came first
        if (this.table.find(this.keyDigester.take(keys, row)) !== first + row)
          throw new TableError(`row ${first + row}: expected the same rows each time, got: another key`);
        if (this.table.mark(first + row) !== SAME) missing.push(row);
      }
      await writer.appendRows(columns, missing);
      first += rowCount;
    }
    if (first !== this.rowCount) throw new TableError(`expected ${this.rowCount} rows each time, got: ${first}`);
  }

  private async *slices(): AsyncGenerator<Slice> {
    const checker = new RowChecker(this.rowKey.shape, this.upsert.columns);
    for await (const slice of this.upsert.rows()) yield checker.check(slice);
  }

  private take({ rowCount, columns }: Slice): void {
    const keys = this.keyOf(columns);
    const content = this.contentOf(columns);
    this.ranges.add({ rowCount, columns: keys });
    for (let row = 0; row < rowCount; row++) {
      const number = this.table.length;
      const first = this.table.add(this.keyDigester.take(keys, row));
      if (first !== number) {
        const key = this.keyFields.map(({ name }, i) => `${name} ${describeStored(keys[i]![row])}`).join(', ');
        throw new TableError(`row ${number}: expected each key once, got: the key of row ${first} again, ${key}`);
      }
      const digest = this.contentDigester.take(content, row);
      for (let word = 0; word < CONTENT_WORDS; word++) this.table.setExtra(number, word, digest[word]!);
    }
  }

  private keyOf(columns: Slice['columns']): Slice['columns'] {
    return this.keyIndexes.map((index) => columns[index]!);
  }

  private contentOf(columns: Slice['columns']): Slice['columns'] {
    return this.contentIndexes.map((index) => columns[index]!);
  }
}
