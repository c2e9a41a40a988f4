import type { LookupRead, LookupReader } from './lookup-reader';
import type { LookedUpTablePlan } from './lookup-plan';
import { readRowsOf } from '../offline/feature-rows';
import { isLater, offlineLookups, ofTable, type OfflineTable, StoredRow, withFeatures } from './offline-lookups';

/** A table of at most so many rows is held, and read once. */
export const HELD_ROWS = 500_000;

/**
 * Looks up the latest rows of one time in the offline store, as the online store has them then.
 * @param tables by the name of the feature table
 * @param time in microseconds since 1970
 * @param lead how much later than that a row may be dated, in microseconds
 */
export function latestLookups(tables: ReadonlyMap<string, OfflineTable>, time: bigint, lead: bigint): LookupReader {
  const scanned = offlineLookups(tables, lead);
  const held = new Map<LookedUpTablePlan, Promise<ReadonlyMap<string, StoredRow>>>();
  const readTable = async (read: LookupRead, deadline: number) => {
    const { table, keys } = read;
    const offline = tables.get(table.spec.name)!;
    if (!isHeld(offline)) return (await scanned.read([read], deadline))[0]!;
    let rows = held.get(table);
    if (rows === undefined) held.set(table, (rows = ofTable(table, () => latestRows(offline, table, time + lead))));
    const found = await rows;
    return keys.map((key) => found.get(key));
  };
  return { read: (reads, deadline) => Promise.all(reads.map((read) => readTable(read, deadline))) };
}

/** Whether a table is held while it is looked up in. */
export function isHeld({ files }: OfflineTable): boolean {
  return files.reduce((rows, { file }) => rows + rowCount(file.stats), 0) <= HELD_ROWS;
}

/** How many rows a data file has, as its statistics say; without them it may be any number. */
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
    // a row that cannot be one of the feature table is not online either
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
