import { RowChecker } from './check-rows';
import { commitChange, type TransactionId } from './commit';
import { DataFileWriter } from './data-file-writer';
import { KeyRanges } from './key-ranges';
import { KeyTable } from './key-table';
import { type Slice } from '../parquet/file';
import { FileRewriter } from './rewrite-files';
import { RowDigester } from './row-digest';
import { rowKey } from './row-keys';
import { type Snapshot } from './snapshot';
import { type CountedChange, NO_ROWS, outcomeOf, type WriteOutcome } from './write-outcome';
import { type TableWriterIo } from './writer-io';

/** The keys of rows to delete. */
export interface Delete {
  /** The names of the key columns. */
  readonly key: readonly string[];
  /** Returns the keys in slices, with the columns of `key` in that order. Every call must return the same keys. A key may be repeated. */
  readonly keys: () => AsyncIterable<Slice>;
  /** @default - none */
  readonly transaction?: TransactionId;
}

/** The index of the extra word that says whether the table has a row with the key. */
const FOUND = 0;

/** The outcome of a delete. */
export interface DeleteOutcome extends WriteOutcome {
  /** The number of different keys without a row in the table. */
  readonly missingKeys: number;
}

/**
 * Deletes all rows with the given keys. Rewrites only data files with such rows, and commits nothing if there are none.
 * @throws TableError naming the row and column of a value that cannot be part of a key; keys are counted from 0
 */
export async function deleteRows(io: TableWriterIo, { key, keys, transaction }: Delete): Promise<DeleteOutcome> {
  let missingKeys = 0;
  const make = async (snapshot: Snapshot): Promise<CountedChange> => {
    const { fields, shape } = rowKey(snapshot, key);
    const ranges = new KeyRanges(fields, shape.partitionColumns);
    const table = new KeyTable(FOUND + 1);
    missingKeys = 0;
    const digester = new RowDigester(fields, io.uuid());
    const checker = new RowChecker({ schema: { type: 'struct', fields }, partitionColumns: shape.partitionColumns });
    for await (const given of keys()) {
      const { rowCount, columns } = checker.check(given);
      ranges.add({ rowCount, columns });
      for (let row = 0; row < rowCount; row++) {
        const number = table.length;
        if (table.add(digester.digestRow(columns, row)) === number) missingKeys++;
      }
    }
    const indexes = fields.map((field) => shape.schema.fields.indexOf(field));
    const hasKey = (columns: Slice['columns'], row: number) => {
      const number = table.find(digester.digestRow(columns, row));
      if (number !== undefined && table.extra(number, FOUND) === 0) {
        table.setExtra(number, FOUND, 1);
        missingKeys--;
      }
      return number !== undefined;
    };
    const stays = (columns: Slice['columns'], row: number) =>
      !hasKey(
        indexes.map((index) => columns[index]!),
        row,
      );
    const writer = new DataFileWriter(io, snapshot);
    const rewriter = new FileRewriter(io, snapshot, { keyFields: fields, hasKey, stays }, writer);
    for (const file of snapshot.files.filter((one) => ranges.mayBeIn(one))) await rewriter.visit(file);
    const added = await writer.finish();
    const { removed, paths, droppedRows, keptRows } = rewriter;
    return {
      actions: [...removed, ...added.map((add) => ({ kind: 'add', add }) as const)],
      operation: 'DELETE',
      parameters: { predicate: JSON.stringify([`(${key.join(', ')}) IN (${table.length} keys)`]) },
      metrics: { numDeletedRows: droppedRows, numCopiedRows: keptRows, numAddedFiles: added.length, numRemovedFiles: removed.length },
      read: { paths, wouldRead: (file) => ranges.mayBeIn(file) },
      counts: { ...NO_ROWS, deleted: droppedRows },
    };
  };
  const outcome = outcomeOf(await commitChange(io, make, transaction));
  return { ...outcome, missingKeys };
}
