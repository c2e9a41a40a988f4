import type { OnlineTable } from '../../lambda/online/online-table';
import type { OnlineRow } from '../../lambda/online/row';
import type { TableSpec } from '../../lib/spec/endpoint-spec';
import { UserError } from '../user-error';
import type { RefusedRow, RowsFile } from './rows-file';
import { openTableFile, type TableFile } from './table-file';
import { writeOnline } from './write-online';

/** What to load, and where to. */
export interface LoadOptions {
  readonly table: TableSpec;
  readonly online: OnlineTable;
  /** A file, or the folder of a Delta Lake table. */
  readonly file: string;
  /** Whether rows replace stored ones that are later. */
  readonly force?: boolean;
  /** Is told now and then which share of the file has been read, from 0 to 1. */
  readonly progress?: (share: number) => void;
}

/** What became of a file's rows. */
export interface LoadReport {
  /** The table's logical name. */
  readonly table: string;
  /** The file's name, without its folder. */
  readonly file: string;
  /** What its rows are told apart by. */
  readonly unit: RowsFile['unit'];
  readonly written: number;
  /** Rows whose key has a later row stored. */
  readonly older: number;
  /** Rows outside the table's age. */
  readonly outdated: number;
  /** Rows that were not written though they should be, in the order of the file. */
  readonly refused: readonly RefusedRow[];
  /** Columns of the file that the table does not declare. */
  readonly undeclared: readonly string[];
}

/** How often a file is read: to its end before the first write, so that a damaged one leaves nothing written, and to write its rows. */
const PASSES = 2;

/**
 * Writes a file's rows to a feature table's online store; each replaces the stored row of its key, unless that is later.
 * @throws UserError, before the first write, when the file lacks a column or cannot be read to its end
 */
export async function loadFile({ table, file: path, progress, ...options }: LoadOptions): Promise<LoadReport> {
  const file = await beforeWrites(openTableFile(table, path));
  const share = (pass: number) => {
    let bytes = 0;
    return (more: number) => progress?.((pass + (bytes += more) / file.size) / PASSES);
  };
  const refused = await beforeWrites(refusedRows(table, file, share(0)));
  const skipped = new Set(refused.map(({ line }) => line));
  const { failed, ...counts } = await writeOnline({ table, file, skipped, read: share(1), force: false, ...options });
  return {
    table: table.name,
    file: file.name,
    unit: file.unit,
    ...counts,
    refused: [...refused, ...failed].sort((a, b) => a.line - b.line),
    undeclared: file.undeclared,
  };
}

/** What cannot be read must not look as if a part of it had been loaded. */
async function beforeWrites<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof UserError ? new UserError(`${error.message}\nnothing was written`, { cause: error.cause }) : error;
  }
}

/** The rows of a file that cannot be loaded whatever a store says of them. */
async function refusedRows(table: TableSpec, file: TableFile, read: (bytes: number) => void): Promise<RefusedRow[]> {
  const refused: RefusedRow[] = [];
  const lineOf = new Map<string, number>();
  for await (const found of file.rows(read)) {
    if (!('row' in found)) {
      refused.push(found);
      continue;
    }
    const { line, row } = found;
    const place = placeOf(row);
    const before = lineOf.get(place);
    if (before === undefined) lineOf.set(place, line);
    else
      refused.push({
        line,
        expected: `one row a key${table.timestampKey ? ' and event time' : ''}`,
        got: `that of ${file.unit} ${before} again`,
      });
  }
  return refused;
}

/** A row's key and event time: what the file may have once. The time is digits, so the last `|` parts the two. */
function placeOf({ key, eventTime = 0n }: OnlineRow): string {
  return `${key}|${eventTime}`;
}
