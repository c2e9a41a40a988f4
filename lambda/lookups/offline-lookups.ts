import { isArray } from '../../lib/contract/data-types';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import type { FoundRow, LookupRead, LookupReader } from './lookup-reader';
import type { LookedUpFeaturePlan, LookedUpTablePlan } from './lookup-plan';
import { earliestEventTime, readRowsOf } from '../offline/feature-rows';
import { compareFiles } from '../delta/data-file';
import { LatestAt } from './latest-at';
import type { ObjectStore } from '../stores/object-store';
import type { DataFile } from '../delta/data-file';
import type { Snapshot } from '../delta/snapshot';
import { TableError } from '../stores/table-error';

/** The version of a feature table's offline store in which rows are looked up. */
export interface OfflineTable {
  readonly store: ObjectStore;
  readonly snapshot: Snapshot;
  readonly files: readonly VisibleFile[];
}

/** A data file, and when lookups see its rows. */
export interface VisibleFile {
  readonly file: DataFile;
  /** From this time on, in microseconds since 1970; undefined from the beginning. */
  readonly from?: bigint;
  /** Before this time, in microseconds since 1970; undefined without an end. */
  readonly before?: bigint;
}

/** Before all times that a column holds. */
const BEGINNING = -(2n ** 63n);

/**
 * Looks up in the offline store: the row of a key that is the last at the time of the lookup, of all whose event time is not after it. Rows are
 * in the order of event time and version, as they are online.
 * @param tables by the name of the feature table
 * @param lead how much later than the time of the lookup a row may be dated, in microseconds
 */
export function offlineLookups(tables: ReadonlyMap<string, OfflineTable>, lead = 0n): LookupReader {
  const readTable = async ({ table, keys, times }: LookupRead): Promise<(FoundRow | undefined)[]> => {
    if (keys.length === 0) return [];
    const found = await ofTable(table, () => findRows(tables.get(table.spec.name)!, table, timesByKey(keys, times), lead));
    return keys.map((key, i) => found.get(key)!.at(times[i]!));
  };
  return { read: (reads) => Promise.all(reads.map(readTable)) };
}

/** Reads rows of a table. @throws TableError that names it, if it cannot be read */
export async function ofTable<T>({ spec: { name } }: LookedUpTablePlan, read: () => Promise<T>): Promise<T> {
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
    const own = byKey.get(key);
    if (own === undefined) byKey.set(key, new Set([times[i]!]));
    else own.add(times[i]!);
  });
  return new Map(Array.from(byKey, ([key, own]) => [key, [...own].sort((a, b) => (a < b ? -1 : 1))]));
}

async function findRows(
  { store, snapshot, files }: OfflineTable,
  { spec, features }: LookedUpTablePlan,
  asked: ReadonlyMap<string, readonly bigint[]>,
  lead: bigint,
): Promise<Map<string, LatestAt<StoredRow>>> {
  const rows = new Map(Array.from(asked, ([key, times]) => [key, new LatestAt<StoredRow>(times, isLater)]));
  const table = withFeatures(spec, features);
  const last = maximum(Array.from(asked.values(), (times) => times.at(-1)!));
  for (const { file, from = BEGINNING, before } of files) {
    if (earliestEventTime(file, snapshot, spec) > last + lead) continue;
    // a row that cannot be one of the feature table is not online either
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
 * A feature table of which only some features are read, and behind them those that may hold what is no value of theirs: a row with one is no row
 * of the table.
 */
export function withFeatures(spec: TableSpec, features: readonly string[]): TableSpec {
  const own = features.map((name) => spec.features.find((feature) => feature.name === name)!);
  const others = spec.features.filter(
    ({ name, type }) => !features.includes(name) && (isArray(type) || type === 'date' || type === 'timestamp'),
  );
  return { ...spec, features: [...own, ...others] };
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
    /** Its number among the rows of the file. */
    public readonly number: number,
  ) {}

  public isGone(time: bigint): boolean {
    const { timeToLiveSeconds } = this.spec;
    if (timeToLiveSeconds === undefined || this.eventTime === undefined) return false;
    // online the end is kept in whole seconds
    return (this.eventTime / 1_000_000n + BigInt(timeToLiveSeconds)) * 1_000_000n <= time;
  }

  public age(time: bigint): number {
    return this.eventTime === undefined ? NaN : Number(time - this.eventTime);
  }

  public feature({ place }: LookedUpFeaturePlan): unknown {
    return this.features[place];
  }
}

/** The order of rows in both stores: by event time, then by version; of the rows of one version by where they lie. */
export function isLater(row: StoredRow, than: StoredRow): boolean {
  if (row.eventTime !== than.eventTime) return row.eventTime! > than.eventTime!;
  const order = compareFiles(row.file, than.file);
  return order === 0 ? row.number > than.number : order > 0;
}
