import { inParallel } from '../in-parallel';
import { type DataFile } from '../delta/data-file';
import type { Snapshot } from '../delta/snapshot';
import { OnlineStoreFailure } from '../online/online-table';
import type { Item } from '../online/reader';
import { itemEncoder } from '../online/row';
import { isTombstone, tombstoneOf } from '../online/tombstone';
import { latestRows } from './latest-rows';
import { PARALLEL_WRITES, type Run } from './run';
import { unchangedSince } from './stored-row';

/** How often keys are read again that others write at the same time. */
const MAX_ATTEMPTS = 5;

/** The version to which stored rows are reconciled. */
export interface ReconciledVersion {
  readonly snapshot: Snapshot;
  /** Its data files without the skipped ones, in the order of their rows. */
  readonly files: readonly DataFile[];
  /** Whether the online store gets exactly its rows: keys without a row are deleted without a tombstone. */
  readonly force: boolean;
}

/** How keys are reconciled. */
export interface Reconciliation extends ReconciledVersion {
  /** Whether the stored item of a key must be replaced. @param time the removed row's event time, in microseconds since 1970 */
  readonly mustReplace: (key: string, time: bigint, stored: Item | undefined) => boolean;
}

/**
 * Reconciles keys whose rows were removed from the offline table: writes the latest row that the table still has, or deletes the key.
 * @param removed the event time of each key's latest removed row; without a timestamp key the version
 * @throws UnreadableFile, OnlineStoreFailure
 */
export async function reconcileKeys(run: Run, reconciliation: Reconciliation, removed: ReadonlyMap<string, bigint>): Promise<void> {
  let keys = [...removed.keys()];
  for (let attempt = 0; keys.length > 0; attempt++) {
    if (attempt === MAX_ATTEMPTS)
      throw new OnlineStoreFailure(`key ${JSON.stringify(keys[0])}: expected its row to stay as it was read, got: another row each time`);
    const stored = await run.io.online.get(keys, ['_ts', '_v', '_deleted']);
    const replaced = new Map<string, ReplacedItem>();
    for (const key of keys) {
      const item = stored.get(key);
      const time = removed.get(key)!;
      if (reconciliation.mustReplace(key, time, item)) replaced.set(key, { time, stored: item });
    }
    keys = replaced.size === 0 ? [] : await replaceAll(run, reconciliation, replaced);
  }
}

/** An item to be replaced. */
interface ReplacedItem {
  /** The event time of the removed row. */
  readonly time: bigint;
  readonly stored: Item | undefined;
}

/** @returns the keys that others wrote meanwhile */
async function replaceAll(
  run: Run,
  { snapshot, files, force }: Reconciliation,
  replaced: ReadonlyMap<string, ReplacedItem>,
): Promise<string[]> {
  const { online, now } = run.io;
  const { counts } = run.outcomes;
  const encode = itemEncoder(run.table);
  const conflicts: string[] = [];
  const gone = new Map(replaced);

  for await (const { rows, file } of latestRows(run, snapshot, files, new Set(replaced.keys()))) {
    await inParallel(rows, PARALLEL_WRITES, async (row) => {
      const outcome = await online.put(encode(row, file.version), unchangedSince(replaced.get(row.key)!.stored));
      // a row that is too large cannot be online, so its key is deleted
      if (outcome !== 'too large') gone.delete(row.key);
      if (outcome === 'written') counts.written++;
      if (outcome === 'refused') conflicts.push(row.key);
    });
  }
  await inParallel(gone, PARALLEL_WRITES, async ([key, { time, stored }]) => {
    const expires = now() / 1000 + run.tombstoneSeconds;
    const outcome = force
      ? await online.remove(key, unchangedSince(stored))
      : await online.put(tombstoneOf(key, time, snapshot.version, expires), unchangedSince(stored));
    if (outcome === 'refused') conflicts.push(key);
    else if (stored !== undefined && !isTombstone(stored)) counts.deleted++;
  });
  return conflicts;
}
