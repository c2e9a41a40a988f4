import { isArray } from '../../lib/contract/data-types';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import type { FoundRow, LookupRead, LookupReader } from './lookup-reader';
import type { LookedUpFeaturePlan, LookedUpTablePlan } from './lookup-plan';
import { earliestEventTime, readRowsOf } from '../offline/feature-rows';
import { compareFiles } from '../delta/data-file';
import { LatestAt } from './latest-at';
import type { ObjectStore } from '../stores/object-store';
import type { DataFile } from '../delta/data-file';
import { readSnapshot, type Snapshot } from '../delta/snapshot';
import { TableError } from '../stores/table-error';
import { LEAD_SECONDS } from '../online/writer';

/** A version of a feature table's offline store, to look up in. */
export interface OfflineTable {
  readonly store: ObjectStore;
  readonly snapshot: Snapshot;
  readonly files: readonly VisibleFile[];
}

/** A data file, and the times at which lookups see its rows. */
export interface VisibleFile {
  readonly file: DataFile;
  /** The start, inclusive, in microseconds since 1970; undefined for no start. */
  readonly from?: bigint;
  /** The end, exclusive, in microseconds since 1970; undefined for no end. */
  readonly before?: bigint;
}

/** How much later than the time of a lookup a row may be dated, as in the online store, in microseconds. */
export const ROW_LEAD = BigInt(LEAD_SECONDS) * 1_000_000n;

/** Opens a version of an offline store. @param version undefined for the latest */
export async function openOfflineTable(store: ObjectStore, version?: number): Promise<OfflineTable> {
  const snapshot = await readSnapshot(store, version);
  return { store, snapshot, files: snapshot.files.map((file) => ({ file })) };
}

/** Earlier than any time of a column. */
const BEGINNING = -(2n ** 63n);

/**
 * Looks up in the offline store: finds the last row of a key whose event time is not after the time of the lookup. Rows are ordered by event time
 * and version, as in the online store.
 * @param tables by the name of the feature table
 * @param lead how much later than the time of the lookup a row may be dated, in microseconds
 */
export function offlineLookups(tables: ReadonlyMap<string, OfflineTable>, lead = 0n): LookupReader {
  const readTable = async ({ table, keys, times }: LookupRead): Promise<(FoundRow | undefined)[]> => {
    if (keys.length === 0) return [];
    const found = await withTableName(table, () => findRows(tables.get(table.spec.name)!, table, timesByKey(keys, times), lead));
    return keys.map((key, i) => found.get(key)!.at(times[i]!));
  };
  return { read: (reads) => Promise.all(reads.map(readTable)) };
}

/** Reads rows of a table. @throws TableError with the table's name, if it cannot be read */
export async function withTableName<T>({ spec: { name } }: LookedUpTablePlan, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw error instanceof TableError ? new TableError(`${name}: ${error.message}`, { cause: error }) : error;
  }
}

/** The times of each key, ascending. */
function timesByKey(keys: readonly string[], times: readonly bigint[]): Map<string, bigint[]> {
  const byKey = new Map<string, Set<bigint>>();
  keys.forEach((key, i) => {
    const keyTimes = byKey.get(key);
    if (keyTimes === undefined) byKey.set(key, new Set([times[i]!]));
    else keyTimes.add(times[i]!);
  });
  return new Map(Array.from(byKey, ([key, keyTimes]) => [key, [...keyTimes].sort((a, b) => (a < b ? -1 : 1))]));
}

async function findRows(
  { store, snapshot, files }: OfflineTable,
  { spec, features }: LookedUpTablePlan,
  wanted: ReadonlyMap<string, readonly bigint[]>,
  lead: bigint,
): Promise<Map<string, LatestAt<StoredRow>>> {
  const rows = new Map(Array.from(wanted, ([key, times]) => [key, new LatestAt<StoredRow>(times, isLater)]));
  const table = withFeatures(spec, features);
  const last = maximum(Array.from(wanted.values(), (times) => times.at(-1)!));
  for (const { file, from = BEGINNING, before } of files) {
    if (earliestEventTime(file, snapshot, spec) > last + lead) continue;
    // rejected rows are left out, as they are not online either
    for await (const slice of readRowsOf(store, snapshot, file, table, (key) => rows.has(key))) {
      for (const { row, number } of slice) {
        const stored = new StoredRow(spec, row.eventTime, row.features, file, number);
        rows.get(row.key)!.add(stored, maximum([from, (row.eventTime ?? BEGINNING) - lead]), before);
      }
    }
  }
  return rows;
}

/**
 * A feature table with only some of its features, followed by the features that decide whether a row is rejected.
 */
export function withFeatures(spec: TableSpec, features: readonly string[]): TableSpec {
  const wanted = features.map((name) => spec.features.find((feature) => feature.name === name)!);
  const others = spec.features.filter(
    ({ name, type }) => !features.includes(name) && (isArray(type) || type === 'date' || type === 'timestamp'),
  );
  return { ...spec, features: [...wanted, ...others] };
}

function maximum(times: readonly bigint[]): bigint {
  return times.reduce((most, time) => (time > most ? time : most));
}

/** A row of the offline store. */
export class StoredRow implements FoundRow {
  constructor(
    private readonly spec: TableSpec,
    public readonly eventTime: bigint | undefined,
    private readonly features: readonly unknown[],
    public readonly file: DataFile,
    /** The row's number in the file. */
    public readonly number: number,
  ) {}

  public isExpired(time: bigint): boolean {
    const { timeToLiveSeconds } = this.spec;
    if (timeToLiveSeconds === undefined || this.eventTime === undefined) return false;
    // the online store keeps the expiry in whole seconds
    return (this.eventTime / 1_000_000n + BigInt(timeToLiveSeconds)) * 1_000_000n <= time;
  }

  public age(time: bigint): number {
    return this.eventTime === undefined ? NaN : Number(time - this.eventTime);
  }

  public feature({ place }: LookedUpFeaturePlan): unknown {
    return this.features[place];
  }
}

/** The order of rows in both stores: by event time, then by version; rows of one version by their place. */
export function isLater(row: StoredRow, than: StoredRow): boolean {
  if (row.eventTime !== than.eventTime) return row.eventTime! > than.eventTime!;
  const order = compareFiles(row.file, than.file);
  return order === 0 ? row.number > than.number : order > 0;
}
