import { readFeatureRows } from '../../lambda/offline/feature-rows';
import { inOrder } from '../../lambda/delta/data-file';
import type { ObjectStore } from '../../lambda/stores/object-store';
import type { Snapshot } from '../../lambda/delta/snapshot';
import type { OnlineRow } from '../../lambda/online/row';
import type { TableSpec } from '../../lib/contract/endpoint-spec';

/** Which rows of a version to read. */
export interface LatestRowsQuery {
  /** Reads the row of this key only, as `keyEncoder` makes it. */
  readonly key?: string;
  /** The largest number of keys: the first ones, in the order of their texts. */
  readonly limit: number;
}

/** The latest rows of keys. */
export interface LatestRows {
  /** In the order of the keys. */
  readonly rows: readonly OnlineRow[];
  /** Whether there are more keys than the limit. */
  readonly isCut: boolean;
  /** How many rows do not fit the feature table. */
  readonly rejected: number;
}

/** At least so many keys beyond the limit are kept before they are dropped. */
const LEAST_EXCESS = 1000;

/** Reads the latest row of each key in a version of an offline store. Memory holds little more than the keys up to the limit. */
export async function readLatestRows(
  store: ObjectStore,
  snapshot: Snapshot,
  table: TableSpec,
  query: LatestRowsQuery,
): Promise<LatestRows> {
  const kept = new FirstKeys(query.limit);
  let rejected = 0;
  for (const file of inOrder(snapshot.files)) {
    for await (const slice of readFeatureRows(store, snapshot, file, table)) {
      for (const row of slice) {
        if (!('key' in row)) rejected++;
        else if (query.key === undefined || row.key === query.key) kept.add(row);
      }
    }
  }
  return { rows: kept.rows(), isCut: kept.isCut, rejected };
}

/** Keeps the latest row of each of the first keys. Rows are added in the order of their versions. */
class FirstKeys {
  /** Whether a key was dropped. */
  public isCut = false;
  private found = new Map<string, OnlineRow>();
  /** Keys after this one are dropped. */
  private last: string | undefined;

  constructor(private readonly limit: number) {}

  public add(row: OnlineRow): void {
    if (this.last !== undefined && row.key > this.last) {
      this.isCut = true;
      return;
    }
    const known = this.found.get(row.key);
    if (known?.eventTime !== undefined && known.eventTime > row.eventTime!) return;
    this.found.set(row.key, row);
    // not for each row, because it sorts
    if (this.found.size > 2 * this.limit + LEAST_EXCESS) this.trim();
  }

  public rows(): OnlineRow[] {
    this.trim();
    return [...this.found.values()];
  }

  private trim(): void {
    this.isCut ||= this.found.size > this.limit;
    const first = [...this.found].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, this.limit);
    this.found = new Map(first);
    if (first.length === this.limit) this.last = first.at(-1)![0];
  }
}
