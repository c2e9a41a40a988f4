import type { TableWriterIo } from '../../lambda/delta/writer-io';
import type { OnlineTable } from '../../lambda/online/online-table';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { inOrder } from '../rows/rejected-rows';
import type { RejectedRow, Rows } from '../rows/rows';
import { beforeWrites, OFFLINE } from './before-writes';
import { examineRows } from './examine-rows';
import { openTableRows } from './table-rows';
import { type OfflineCounts, writeOffline } from './write-offline';
import { type OnlineCounts, writeOnline } from './write-online';

/** What to load, and where to. */
export interface LoadOptions {
  readonly table: TableSpec;
  /** The path of a file, or of the folder of a Delta Lake table. */
  readonly file: string;
  /** Absent if the table has no offline store. */
  readonly offline?: TableWriterIo;
  /** Absent if the rows are written online by materialization. */
  readonly online?: OnlineTable;
  /** Whether rows replace newer rows of the online store. */
  readonly force?: boolean;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** A UUID that the author of the file does not know. */
  readonly secret: string;
  /** Gets the share of the work that is done, from 0 to 1. */
  readonly progress?: (share: number) => void;
}

/** What a load did with the rows of a file. */
export interface LoadReport extends Pick<Rows, 'name' | 'unit'> {
  /** The table's logical name. */
  readonly table: string;
  /** Absent if the table has no offline store. */
  readonly offline?: OfflineCounts;
  /** Absent if the rows are written online by materialization. */
  readonly online?: OnlineCounts;
  /** Rows that were not written, in the order of the file. */
  readonly rejected: readonly RejectedRow[];
  /** Rows that were written offline, but that the online store rejected, in the order of the file. */
  readonly notOnline: readonly RejectedRow[];
  /** Columns of the file that the table does not declare. */
  readonly undeclared: readonly string[];
}

/** How often a file is read to write it offline: to find the rows that the store already has, and to write the others. */
const OFFLINE_PASSES = 2;

/**
 * Writes the rows of a file to a feature table: offline in one commit, then online, where each row replaces an older row of its key. The file
 * is read to its end before the first write.
 * @throws UserError, before the first write, if the file lacks a column or cannot be read to its end
 */
export async function loadFile(options: LoadOptions): Promise<LoadReport> {
  const { table, offline: io, online, force = false, now, secret } = options;
  const file = await beforeWrites(openTableRows(table, options.file));
  const passes = 1 + (io === undefined ? 0 : OFFLINE_PASSES) + (online === undefined ? 0 : 1);
  let bytes = 0;
  const read = (more: number): void => options.progress?.((bytes += more) / (passes * file.size));

  const { accepted, ...examined } = await beforeWrites(examineRows({ table, file, now, secret, read }));
  const rejected = inOrder([...examined.rejected, ...examined.repeated]);
  const rows = { file, skipped: new Set(rejected.map(({ line }) => line)), read };
  const offline = io === undefined || accepted === 0 ? undefined : await beforeWrites(writeOffline({ ...rows, table, io }), OFFLINE);
  const version = offline?.version ?? 0;
  // rows that the offline store already had are most likely online too
  const compare = offline?.written === 0 && !force;
  const written = online && (await writeOnline({ ...rows, table, online, version, compare, force, now }));
  const failed = written?.failed ?? [];
  return {
    table: table.name,
    name: file.name,
    unit: file.unit,
    offline,
    online: written?.counts,
    rejected: offline === undefined ? inOrder([...rejected, ...failed]) : rejected,
    notOnline: offline === undefined ? [] : failed,
    undeclared: file.undeclared,
  };
}
