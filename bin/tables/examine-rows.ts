import { KeyTable } from '../../lambda/delta/key-table';
import { deltaSchemaOf } from '../../lambda/offline/feature-schema';
import { RowDigester } from '../../lambda/delta/row-digest';
import { eventTimeCheck } from '../../lambda/online/writer';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import type { RefusedRow } from '../rows/rows-file';
import type { TableFile } from './table-file';
import type { FittingRow } from './table-row';

/** What a file has for a table. */
export interface ExaminedRows {
  /** How many rows can be loaded. */
  readonly fitting: number;
  /** Those that cannot, whatever a store says of them, in the order of the file. */
  readonly refused: readonly RefusedRow[];
  /** Those whose key and event time came before, in the order of the file. */
  readonly repeated: readonly RefusedRow[];
}

/** What {@link examineRows} needs to know. */
export interface Examination {
  readonly table: TableSpec;
  readonly file: TableFile;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** A UUID that nobody knows who wrote the file. */
  readonly secret: string;
  /** Is told the bytes of each piece of the file that is read. */
  readonly read: (bytes: number) => void;
}

/**
 * Reads a file to its end and tells which of its rows cannot be loaded. Of a row it keeps no more than a digest.
 * @throws UserError when the file is damaged
 */
export async function examineRows({ table, file, now, secret, read }: Examination): Promise<ExaminedRows> {
  const places = new PlaceTable(table, secret);
  const checkTime = eventTimeCheck(table, now);
  const refused: RefusedRow[] = [];
  const repeated: RefusedRow[] = [];
  let fitting = 0;
  for await (const found of file.rows(read)) {
    if (!('row' in found)) {
      refused.push(found);
      continue;
    }
    const { line } = found;
    const before = places.add(found);
    const unfit = checkTime(found.row);
    if (before !== undefined) {
      const expected = `one row a key${table.timestampKey === undefined ? '' : ' and event time'}`;
      repeated.push({ line, expected, got: `that of ${file.unit} ${before} again` });
    } else if (unfit?.kind === 'rejected') {
      const { column, expected, got } = unfit;
      refused.push({ line, column, expected, got });
    } else {
      fitting++;
    }
  }
  return { fitting, refused, repeated };
}

/** The keys and event times that a file has, and their lines. */
class PlaceTable {
  private readonly lines = new KeyTable(1);
  private readonly digester: RowDigester;
  private readonly width: number;

  constructor(table: TableSpec, secret: string) {
    this.width = table.primaryKey.length + (table.timestampKey === undefined ? 0 : 1);
    this.digester = new RowDigester(deltaSchemaOf(table).fields.slice(0, this.width), secret);
  }

  /** Adds a row; the line of the first with the same key and event time, if there is one. */
  public add({ line, values }: FittingRow): number | undefined {
    const number = this.lines.length;
    const first = this.lines.add(
      this.digester.take(
        values.slice(0, this.width).map((value) => [value]),
        0,
      ),
    );
    this.lines.setExtra(number, 0, line);
    return first === number ? undefined : this.lines.extra(first, 0);
  }
}
