import type { LookedUpFeaturePlan, LookedUpTablePlan } from './lookup-plan';

/** What is looked up in one table. */
export interface LookupRead {
  readonly table: LookedUpTablePlan;
  /** As `keyEncoder` makes them; they may repeat. */
  readonly keys: readonly string[];
  /** The time at which each key is looked up, in microseconds since 1970. */
  readonly times: readonly bigint[];
}

/** The row that a store has under a key. */
export interface FoundRow {
  /** Whether the row's own end has come. @param time in microseconds since 1970 */
  isGone(time: bigint): boolean;
  /** How old the row is, in microseconds; NaN if nothing tells. @param time in microseconds since 1970 */
  age(time: bigint): number;
  /** A feature in the JavaScript form of its type; null where the row has none. */
  feature(plan: LookedUpFeaturePlan): unknown;
}

/** Finds what lookups ask for, in whichever store has it. */
export interface LookupReader {
  /**
   * The rows of each table's keys, in the order of the keys; undefined where there is none.
   * @param deadline when to give up, in milliseconds since 1970
   * @throws Refusal if the store does not answer
   */
  read(reads: readonly LookupRead[], deadline: number): Promise<readonly (readonly (FoundRow | undefined)[])[]>;
}
