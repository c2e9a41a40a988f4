import { inParallel } from '../../lambda/in-parallel';
import { isStill, orderOf } from '../../lambda/materialization/stored-row';
import type { OnlineTable } from '../../lambda/online/online-table';
import { isTombstone, tombstoneOf } from '../../lambda/online/tombstone';

/** Keys whose rows are deleted online. */
export interface OnlineDelete {
  readonly online: OnlineTable;
  /** As `keyEncoder` makes them, each once. */
  readonly keys: readonly string[];
  /** Whether the table has a timestamp key; without one the time of a row is its version. */
  readonly isTimed: boolean;
  /** The version of the offline store in which the rows are gone, 0 for none: a row of a later one stays. */
  readonly version: number;
  /** Until when the marks of the deleted rows stay, in seconds since 1970. */
  readonly expires: number;
}

/** How many keys are deleted at once. */
const PARALLEL_WRITES = 32;

/**
 * Puts the mark of a deleted row in place of each row, so that an older row that comes late does not bring it back.
 * @returns how many rows there were
 */
export async function deleteOnline({ online, keys, isTimed, version, expires }: OnlineDelete): Promise<number> {
  let deleted = 0;
  // a row that is replaced meanwhile is looked at again
  for (let left = keys; left.length > 0;) {
    const replaced: string[] = [];
    await inParallel(await online.get(left, ['_ts', '_v', '_deleted']), PARALLEL_WRITES, async ([key, item]) => {
      const stored = orderOf(item);
      if (isTombstone(item) || stored.version > version) return;
      const time = isTimed ? stored.time : BigInt(version);
      const outcome = await online.put(tombstoneOf(key, time, version, expires), isStill(item));
      if (outcome === 'written') deleted++;
      else replaced.push(key);
    });
    left = replaced;
  }
  return deleted;
}
