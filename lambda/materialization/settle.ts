import { inParallel } from '../in-parallel';
import { type DataFile } from '../delta/data-file';
import type { Snapshot } from '../delta/snapshot';
import { OnlineStoreFailure } from '../online/online-table';
import type { Item } from '../online/reader';
import { itemEncoder } from '../online/row';
import { isTombstone, tombstoneOf } from '../online/tombstone';
import { latestRows } from './latest-rows';
import { PARALLEL_WRITES, type Run } from './run';
import { isStill } from './stored-row';

/** How often keys are looked at again that others write at the same time. */
const MAX_TURNS = 5;

/** The version by which keys are settled. */
export interface SettledVersion {
  readonly snapshot: Snapshot;
  /** All of its data files that may be read, in the order of their rows. */
  readonly files: readonly DataFile[];
  /** Whether the online store is made to have exactly its rows: no mark of a deleted row keeps others away. */
  readonly force: boolean;
}

/** What keys are settled by. */
export interface Settling extends SettledVersion {
  /** Whether what is stored under a key is to be replaced. @param time that of the row that vanished, in microseconds since 1970 */
  readonly isVanished: (key: string, time: bigint, stored: Item | undefined) => boolean;
}

/**
 * Settles keys whose rows vanished from the offline table: the latest that it still has comes online, or none.
 * @param vanished the event time of each key's latest row that vanished; without a timestamp key the version
 * @throws UnreadableFile, OnlineStoreFailure
 */
export async function settle(run: Run, settling: Settling, vanished: ReadonlyMap<string, bigint>): Promise<void> {
  let keys = [...vanished.keys()];
  for (let turn = 0; keys.length > 0; turn++) {
    if (turn === MAX_TURNS)
      throw new OnlineStoreFailure(`key ${JSON.stringify(keys[0])}: expected it to stay as it was read, got: another row each time`);
    const stored = await run.io.online.get(keys, ['_ts', '_v', '_deleted']);
    const open = new Map<string, OpenKey>();
    for (const key of keys) {
      const item = stored.get(key);
      const time = vanished.get(key)!;
      if (settling.isVanished(key, time, item)) open.set(key, { time, stored: item });
    }
    keys = open.size === 0 ? [] : await replaceAll(run, settling, open);
  }
}

/** What is to be replaced under a key. */
interface OpenKey {
  readonly time: bigint;
  readonly stored: Item | undefined;
}

/** @returns the keys that others wrote meanwhile */
async function replaceAll(run: Run, { snapshot, files, force }: Settling, open: ReadonlyMap<string, OpenKey>): Promise<string[]> {
  const { online, now } = run.io;
  const { counts } = run.tally;
  const encode = itemEncoder(run.table);
  const refused: string[] = [];
  const gone = new Map(open);

  for await (const { rows, file } of latestRows(run, snapshot, files, new Set(open.keys()))) {
    await inParallel(rows, PARALLEL_WRITES, async (row) => {
      const outcome = await online.put(encode(row, file.version), isStill(open.get(row.key)!.stored));
      // what is too large for a row is none: nothing of its key can be online
      if (outcome !== 'too large') gone.delete(row.key);
      if (outcome === 'written') counts.written++;
      if (outcome === 'refused') refused.push(row.key);
    });
  }
  await inParallel(gone, PARALLEL_WRITES, async ([key, { time, stored }]) => {
    const expires = now() / 1000 + run.tombstoneSeconds;
    const outcome = force
      ? await online.remove(key, isStill(stored))
      : await online.put(tombstoneOf(key, time, snapshot.version, expires), isStill(stored));
    if (outcome === 'refused') refused.push(key);
    else if (stored !== undefined && !isTombstone(stored)) counts.deleted++;
  });
  return refused;
}
