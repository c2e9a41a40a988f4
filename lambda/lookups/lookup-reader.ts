import type { LookedUpFeaturePlan, LookedUpTablePlan } from './lookup-plan';

/** The keys to look up in one table. */
export interface LookupRead {
  readonly table: LookedUpTablePlan;
  /** As `keyEncoder` makes them; they may repeat. */
  readonly keys: readonly string[];
  /** The time at which each key is looked up, in microseconds since 1970. */
  readonly times: readonly bigint[];
}

/** A row of a store. */
export interface FoundRow {
  /** Whether the row has expired. @param time in microseconds since 1970 */
  isExpired(time: bigint): boolean;
  /** The row's age in microseconds; NaN if it has no event time. @param time in microseconds since 1970 */
  age(time: bigint): number;
  /** A feature in the JavaScript form of its type; null if the row has none. */
  feature(plan: LookedUpFeaturePlan): unknown;
}

/** Finds rows by key, in a store. */
export interface LookupReader {
  /**
   * Returns the rows of each table's keys, in the order of the keys; undefined for a key without a row.
   * @param deadline when to give up, in milliseconds since 1970
   * @throws Refusal if the store does not answer
   */
  read(reads: readonly LookupRead[], deadline: number): Promise<readonly (readonly (FoundRow | undefined)[])[]>;
}
