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

/** Rows to write to a table, each replacing the row with the same key. */
export interface Upsert {
  /** The names of the key columns. */
  readonly key: readonly string[];
  /** Returns the rows in slices, with the columns of `columns` in that order. Every call must return the same rows. */
  readonly rows: () => AsyncIterable<Slice>;
  /** The names of the columns; the table's other columns become null. @default - the table's columns */
  readonly columns?: readonly string[];
  /** @default - none */
  readonly transaction?: TransactionId;
}

/** The words kept of the digest of a row's other columns. It needs fewer words than a key's, because it is compared with one row only. */
const CONTENT_WORDS = 2;

/** The mark of a given row: the table has no row with its key, an equal row, or another row. */
const NEW = 0;
const SAME = 1;
const OTHER = 2;

/**
 * Writes rows to a table: each row replaces the row with its key, or is added. Rows that are already in the table are not written again, and
 * nothing is committed if all of them are. Rewrites only data files that have one of the keys.
 * @throws TableError naming the row and column of a value that the table does not accept, or two rows with the same key; rows are counted
 * from 0
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

/** The given rows, kept as digests. Only one slice of the rows themselves is in memory. */
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

  public readonly hasKey = (keyColumns: Slice['columns'], row: number): boolean =>
    this.table.find(this.keyDigester.digestRow(keyColumns, row)) !== undefined;

  public readonly stays = (columns: Slice['columns'], row: number): boolean => {
    const given = this.table.find(this.keyDigester.digestRow(this.keyOf(columns), row));
    if (given === undefined) return true;
    const content = this.contentDigester.digestRow(this.contentOf(columns), row);
    const isSame = content.subarray(0, CONTENT_WORDS).every((word, i) => word === this.table.extra(given, i));
    // the table may have several rows with one key: if one of them equals the given row, it stays and the given row is not inserted
    if (isSame || this.table.mark(given) !== SAME) this.table.setMark(given, isSame ? SAME : OTHER);
    return isSame;
  };

  /** Writes the rows that are not in the table. */
  public async insert(writer: DataFileWriter): Promise<void> {
    let first = 0;
    for await (const { rowCount, columns } of this.slices()) {
      const keys = this.keyOf(columns);
      const missing: number[] = [];
      for (let row = 0; row < rowCount; row++) {
        // which rows stay was decided with the rows of the first call
        if (this.table.find(this.keyDigester.digestRow(keys, row)) !== first + row)
          throw new TableError(`row ${first + row}: expected the same rows in each pass, got: another key`);
        if (this.table.mark(first + row) !== SAME) missing.push(row);
      }
      await writer.appendRows(columns, missing);
      first += rowCount;
    }
    if (first !== this.rowCount) throw new TableError(`expected ${this.rowCount} rows in each pass, got: ${first}`);
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
      const first = this.table.add(this.keyDigester.digestRow(keys, row));
      if (first !== number) {
        const key = this.keyFields.map(({ name }, i) => `${name} ${describeStored(keys[i]![row])}`).join(', ');
        throw new TableError(`row ${number}: expected each key once, got: the key of row ${first} again, ${key}`);
      }
      const digest = this.contentDigester.digestRow(content, row);
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
