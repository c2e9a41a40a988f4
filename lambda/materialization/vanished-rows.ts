import { isTombstone } from '../online/tombstone';
import { eventTimeCheck } from '../online/writer';
import { markOf } from './file-mark';
import type { KnownRows } from './known-rows';
import type { RemovedFile } from './plan-run';
import { isOutOfTime, keysOf, type Run } from './run';
import { settle, type Settling, type SettledVersion } from './settle';
import { isState, type Position } from './state';
import { isLater, orderOf } from './stored-row';

/** How many keys are settled at once: each time the keys of all rows of the version are read. */
const KEYS_AT_ONCE = 200_000;

/** The data files that a version has no longer. */
export interface RemovedFiles {
  readonly removed: readonly RemovedFile[];
  /** The rows of the files that came in their place. */
  readonly known: KnownRows;
  /** Where the next row is; at the beginning if it is undefined or in none of the files. */
  readonly position: Position | undefined;
  /** Is told now and then where the next row is. */
  readonly reached: (position: Position) => Promise<void>;
}

/**
 * Settles the keys of rows that vanished with the data files that were removed.
 * @returns whether all are done: else the time was up
 * @throws UnreadableFile, OnlineStoreFailure
 */
export async function settleRemoved(run: Run, version: SettledVersion, files: RemovedFiles): Promise<boolean> {
  const { removed, known, position, reached } = files;
  const settling = { ...version, isVanished: removedRowTest(run, version) };
  const check = eventTimeCheck(run.table, run.io.now);
  const vanished = new Map<string, bigint>();
  const begun = removed.findIndex(({ file }) => markOf(file) === position?.file);
  for (const [i, { snapshot, file }] of removed.entries()) {
    if (i < begun) continue;
    const first = i === begun ? position!.row : 0;
    let next = 0;
    for await (const slice of keysOf(run, snapshot, file)) {
      next += slice.length;
      if (next <= first) continue;
      for (const row of slice) {
        // a row that was too far ahead of the clock was never online
        if (!('key' in row) || known.versionOf(row.key, row.eventTime) !== undefined || check(row)?.kind === 'rejected') continue;
        const time = row.eventTime ?? BigInt(version.snapshot.version);
        const before = vanished.get(row.key);
        if (before === undefined || before < time) vanished.set(row.key, time);
      }
      if (vanished.size < KEYS_AT_ONCE && !isOutOfTime(run)) continue;
      await settle(run, settling, vanished);
      vanished.clear();
      await reached({ file: markOf(file), row: next });
      if (isOutOfTime(run)) return false;
    }
  }
  await settle(run, settling, vanished);
  return true;
}

/** Of a key whose row is in no file any more, what is stored is replaced unless it is later, or of a later version. */
function removedRowTest({ table, io }: Run, { snapshot }: SettledVersion): Settling['isVanished'] {
  const check = eventTimeCheck(table, io.now);
  return (_, time, stored) => {
    // nothing keeps a row from coming late that is not there yet, but its age
    if (stored === undefined) return table.timestampKey === undefined || check({ eventTime: time }) === undefined;
    const removed = { time, version: snapshot.version };
    const own = orderOf(stored);
    if (own.version > snapshot.version) return false;
    return isTombstone(stored) ? isLater(removed, own) : !isLater(own, removed);
  };
}

/** The rows that a version has, to which the online store is compared. */
export interface StoredRows {
  /** All rows of the version. */
  readonly known: KnownRows;
  /** Whether stored rows may be of another table, so that none is known by its key and time. */
  readonly isForeign: boolean;
  /** The key after which the scan goes on; at the beginning if it is undefined. */
  readonly after: string | undefined;
  /** Is told now and then after which key the scan goes on. */
  readonly reached: (after: string) => Promise<void>;
}

/**
 * Settles the keys under which rows are stored that the version does not have.
 *
 * Rows of later versions stay, and so do rows that were loaded without the offline store: only `force` replaces them.
 * @returns whether all are done: else the time was up
 * @throws UnreadableFile, OnlineStoreFailure
 */
export async function settleStored(run: Run, version: SettledVersion, rows: StoredRows): Promise<boolean> {
  const isVanished = storedRowTest(run, version, rows);
  const vanished = new Map<string, bigint>();
  for (let last = rows.after; ;) {
    const page = await run.io.online.scan(['_ts', '_v', '_deleted'], last);
    for (const item of page.items) {
      const key = (item._key as { S: string }).S;
      const time = run.table.timestampKey === undefined ? BigInt(version.snapshot.version) : orderOf(item).time;
      if (!isState(item) && isVanished(key, time, item)) vanished.set(key, time);
    }
    last = page.last;
    const isLast = last === undefined;
    if (!isLast && vanished.size < KEYS_AT_ONCE && !isOutOfTime(run)) continue;
    await settle(run, { ...version, isVanished }, vanished);
    vanished.clear();
    if (last === undefined) return true;
    await rows.reached(last);
    if (isOutOfTime(run)) return false;
  }
}

function storedRowTest({ table }: Run, { snapshot, force }: SettledVersion, { known, isForeign }: StoredRows): Settling['isVanished'] {
  return (key, _, stored) => {
    if (stored === undefined) return false;
    const { time, version } = orderOf(stored);
    const isOfVersion = !isForeign && version > 0 && version <= snapshot.version;
    if (!isOfVersion) return force;
    if (isTombstone(stored)) return false;
    const last = known.versionOf(key, table.timestampKey === undefined ? undefined : time);
    // where several rows have one key and time, the one that is stored may be gone without the others
    return last === undefined || last < version;
  };
}
