import type { LookupRead, LookupReader } from './lookup-reader';
import type { LookedUpTablePlan } from './lookup-plan';
import { readRowsOf } from '../offline/feature-rows';
import { isLater, offlineLookups, withTableName, type OfflineTable, StoredRow, withFeatures } from './offline-lookups';

/** A table of at most this many rows is read once and kept in memory. */
export const MAX_ROWS_IN_MEMORY = 500_000;

/**
 * Looks up the latest rows at one time in the offline store: the rows that the online store has at that time.
 * @param tables by the name of the feature table
 * @param time in microseconds since 1970
 * @param lead how much later than that a row may be dated, in microseconds
 */
export function latestLookups(tables: ReadonlyMap<string, OfflineTable>, time: bigint, lead: bigint): LookupReader {
  const scanned = offlineLookups(tables, lead);
  const tablesInMemory = new Map<LookedUpTablePlan, Promise<ReadonlyMap<string, StoredRow>>>();
  const readTable = async (read: LookupRead, deadline: number) => {
    const { table, keys } = read;
    const offline = tables.get(table.spec.name)!;
    if (!fitsInMemory(offline)) return (await scanned.read([read], deadline))[0]!;
    let rows = tablesInMemory.get(table);
    if (rows === undefined) tablesInMemory.set(table, (rows = withTableName(table, () => latestRows(offline, table, time + lead))));
    const found = await rows;
    return keys.map((key) => found.get(key));
  };
  return { read: (reads, deadline) => Promise.all(reads.map((read) => readTable(read, deadline))) };
}

/** Whether a table is kept in memory while it is looked up in. */
export function fitsInMemory({ files }: OfflineTable): boolean {
  return files.reduce((rows, { file }) => rows + rowCount(file.stats), 0) <= MAX_ROWS_IN_MEMORY;
}

/** The number of rows in a data file by its statistics; Infinity without them. */
function rowCount(stats: string | undefined): number {
  const count = stats === undefined ? undefined : (JSON.parse(stats) as { readonly numRecords?: unknown } | null)?.numRecords;
  return typeof count === 'number' ? count : Infinity;
}

async function latestRows(
  { store, snapshot, files }: OfflineTable,
  { spec, features }: LookedUpTablePlan,
  last: bigint,
): Promise<ReadonlyMap<string, StoredRow>> {
  const rows = new Map<string, StoredRow>();
  const table = withFeatures(spec, features);
  for (const { file } of files) {
    // rejected rows are left out, as they are not online either
    for await (const slice of readRowsOf(store, snapshot, file, table, () => true)) {
      for (const { row, number } of slice) {
        if (row.eventTime !== undefined && row.eventTime > last) continue;
        const stored = new StoredRow(spec, row.eventTime, row.features, file, number);
        const before = rows.get(row.key);
        if (before === undefined || isLater(stored, before)) rows.set(row.key, stored);
      }
    }
  }
  return rows;
}
