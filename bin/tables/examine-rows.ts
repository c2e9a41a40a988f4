import { KeyTable } from '../../lambda/delta/key-table';
import { RowDigester } from '../../lambda/delta/row-digest';
import { deltaSchemaOf } from '../../lambda/offline/feature-schema';
import { eventTimeCheck } from '../../lambda/online/writer';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { inOrder } from '../rows/rejected-rows';
import { type RejectedRow, rejectedRow } from '../rows/rows';
import type { TableRows, TableSlice } from './table-rows';

/** The rows of a file, before any is written. */
export interface ExaminedRows {
  /** How many rows can be written. */
  readonly accepted: number;
  /** Rows that no store takes, in the order of the file. */
  readonly rejected: readonly RejectedRow[];
  /** Rows whose key and event time an earlier row has, in the order of the file. */
  readonly repeated: readonly RejectedRow[];
}

/** The input of {@link examineRows}. */
export interface Examination {
  readonly table: TableSpec;
  readonly file: TableRows;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** A UUID that the author of the file does not know. */
  readonly secret: string;
  /** Gets the number of bytes of each part of the file that is read. */
  readonly read: (bytes: number) => void;
}

/**
 * Reads a file to its end to find the rows that cannot be written. It keeps a digest of each row only.
 * @throws UserError if the file is damaged
 */
export async function examineRows({ table, file, now, secret, read }: Examination): Promise<ExaminedRows> {
  const keys = new KeyLines(table, secret);
  const checkTime = eventTimeCheck(table, now);
  const unique = table.timestampKey === undefined ? 'key' : 'key and event time';
  const rejected: RejectedRow[] = [];
  const repeated: RejectedRow[] = [];
  let accepted = 0;
  for await (const slice of file.slices(read)) {
    rejected.push(...slice.rejected);
    for (const [row, line] of slice.lines.entries()) {
      const before = keys.add(slice, row);
      const outcome = checkTime({ eventTime: table.timestampKey && (slice.columns[table.primaryKey.length]![row] as bigint) });
      if (before !== undefined) {
        repeated.push(rejectedRow(line, { expected: `one row for each ${unique}`, got: `the same as in ${file.unit} ${before}` }));
      } else if (outcome?.kind === 'rejected') {
        rejected.push(rejectedRow(line, outcome));
      } else {
        accepted++;
      }
    }
  }
  return { accepted, rejected: inOrder(rejected), repeated };
}

/** The keys and event times of a file, with the number of the first row of each. */
class KeyLines {
  private readonly lines = new KeyTable(1);
  private readonly digester: RowDigester;

  constructor(table: TableSpec, secret: string) {
    const length = table.primaryKey.length + (table.timestampKey === undefined ? 0 : 1);
    this.digester = new RowDigester(deltaSchemaOf(table).fields.slice(0, length), secret);
  }

  /** Adds a row. @returns the number of the first row with the same key and event time, if there is one */
  public add({ lines, columns }: TableSlice, row: number): number | undefined {
    const number = this.lines.length;
    const first = this.lines.add(this.digester.digestRow(columns, row));
    this.lines.setExtra(number, 0, lines[row]!);
    return first === number ? undefined : this.lines.extra(first, 0);
  }
}
