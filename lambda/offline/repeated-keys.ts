import { KeyTable } from './key-table';
import { type Slice } from './parquet-file';
import { RowDigester } from './row-digest';
import { type StructField } from './schema';
import { type TableWriterIo } from './writer-io';

/** A row that has the key of an earlier one. */
export interface RepeatedKey {
  /** Rows are counted from 0. */
  readonly row: number;
  /** The first row of the key. */
  readonly earlierRow: number;
}

/**
 * Lists the rows whose key an earlier row has: an upsert would refuse them.
 * @param fields of the key columns
 * @param keys some at a time, with the key columns in the order of `fields`; none of their values null
 */
export async function* repeatedKeys(
  { uuid }: Pick<TableWriterIo, 'uuid'>,
  fields: readonly StructField[],
  keys: AsyncIterable<Slice>,
): AsyncGenerator<RepeatedKey> {
  const table = new KeyTable(0);
  const digester = new RowDigester(fields, uuid());
  for await (const { rowCount, columns } of keys) {
    for (let row = 0; row < rowCount; row++) {
      const number = table.length;
      const earlierRow = table.add(digester.take(columns, row));
      if (earlierRow !== number) yield { row: number, earlierRow };
    }
  }
}
