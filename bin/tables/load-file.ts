import type { OnlineTable } from '../../lambda/online/online-table';
import type { TableWriterIo } from '../../lambda/delta/writer-io';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { beforeWrites, OFFLINE } from './before-writes';
import { examineRows } from './examine-rows';
import type { RefusedRow, RowsFile } from '../rows/rows-file';
import { openTableFile } from './table-file';
import { type OfflineCounts, writeOffline } from './write-offline';
import { type OnlineCounts, writeOnline } from './write-online';

/** What to load, and where to. */
export interface LoadOptions {
  readonly table: TableSpec;
  /** A file, or the folder of a Delta Lake table. */
  readonly file: string;
  /** Absent for a table that is online only. */
  readonly offline?: TableWriterIo;
  /** Absent where the rows come online by materialization. */
  readonly online?: OnlineTable;
  /** Whether rows replace stored ones that are later online. */
  readonly force?: boolean;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** A UUID that nobody knows who wrote the file. */
  readonly secret: string;
  /** Is told now and then which share of the work is done, from 0 to 1. */
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
  /** Absent for a table that is online only. */
  readonly offline?: OfflineCounts;
  /** Absent where the rows come online by materialization. */
  readonly online?: OnlineCounts;
  /** Rows that were not written, in the order of the file. */
  readonly refused: readonly RefusedRow[];
  /** Rows that were written offline and that the online store did not take, in the order of the file. */
  readonly notOnline: readonly RefusedRow[];
  /** Columns of the file that the table does not declare. */
  readonly undeclared: readonly string[];
}

/** How often a file is read to be written offline: to know which rows are there already, and to write the others. */
const OFFLINE_PASSES = 2;

/**
 * Writes a file's rows to a feature table: offline in one commit, then online, where each replaces the stored row of its key unless that is later.
 * The file is read to its end before the first write.
 * @throws UserError, before the first write, when the file lacks a column or cannot be read to its end
 */
export async function loadFile(options: LoadOptions): Promise<LoadReport> {
  const { table, offline: io, online, force = false, now, secret } = options;
  const file = await beforeWrites(openTableFile(table, options.file));
  const passes = 1 + (io === undefined ? 0 : OFFLINE_PASSES) + (online === undefined ? 0 : 1);
  let bytes = 0;
  const read = (more: number): void => options.progress?.((bytes += more) / (passes * file.size));

  const { fitting, ...examined } = await beforeWrites(examineRows({ table, file, now, secret, read }));
  const refused = inOrder([...examined.refused, ...examined.repeated]);
  const loaded = { file, skipped: new Set(refused.map(({ line }) => line)), read };
  const offline = io === undefined || fitting === 0 ? undefined : await beforeWrites(writeOffline({ ...loaded, table, io }), OFFLINE);
  const version = offline?.version ?? 0;
  // what was offline already is most likely online too
  const compare = offline?.written === 0 && !force;
  const written = online && (await writeOnline({ ...loaded, table, online, version, compare, force, now }));
  const failed = written?.failed ?? [];
  return {
    table: table.name,
    file: file.name,
    unit: file.unit,
    offline,
    online: written?.counts,
    refused: offline === undefined ? inOrder([...refused, ...failed]) : refused,
    notOnline: offline === undefined ? [] : failed,
    undeclared: file.undeclared,
  };
}

function inOrder(rows: readonly RefusedRow[]): RefusedRow[] {
  return [...rows].sort((a, b) => a.line - b.line);
}
