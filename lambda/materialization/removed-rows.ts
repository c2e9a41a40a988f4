import { isTombstone } from '../online/tombstone';
import { eventTimeCheck } from '../online/writer';
import type { KnownRows } from './key-index';
import type { RemovedFile } from './plan-run';
import { isOutOfTime, keysOf, type Run } from './run';
import { reconcileKeys, type Reconciliation, type ReconciledVersion } from './reconcile-keys';
import { fileMark, isState, type Position } from './state';
import { isLater, orderOf } from './stored-row';

/** How many keys are reconciled at once: each time, the keys of all rows of the version are read. */
const KEYS_AT_ONCE = 200_000;

/** The data files that a version no longer has. */
export interface RemovedFiles {
  readonly removed: readonly RemovedFile[];
  /** The rows of the files that replaced them. */
  readonly known: KnownRows;
  /** The next row; the first if it is undefined or in none of the files. */
  readonly position: Position | undefined;
  /** Takes the next row's position from time to time. */
  readonly reached: (position: Position) => Promise<void>;
}

/**
 * Reconciles the keys of rows that were removed with their data files.
 * @returns whether all are done; false if the deadline passed
 * @throws UnreadableFile, OnlineStoreFailure
 */
export async function reconcileRemoved(run: Run, version: ReconciledVersion, files: RemovedFiles): Promise<boolean> {
  const { removed, known, position, reached } = files;
  const reconciliation = { ...version, mustReplace: removedRowTest(run, version) };
  const check = eventTimeCheck(run.table, run.io.now);
  const gone = new Map<string, bigint>();
  const start = removed.findIndex(({ file }) => fileMark(file) === position?.file);
  for (const [i, { snapshot, file }] of removed.entries()) {
    if (i < start) continue;
    const first = i === start ? position!.row : 0;
    let next = 0;
    for await (const slice of keysOf(run, snapshot, file)) {
      next += slice.length;
      if (next <= first) continue;
      for (const row of slice) {
        // a row that was too far ahead of the clock was never online
        if (!('key' in row) || known.versionOf(row.key, row.eventTime) !== undefined || check(row)?.kind === 'rejected') continue;
        const time = row.eventTime ?? BigInt(version.snapshot.version);
        const before = gone.get(row.key);
        if (before === undefined || before < time) gone.set(row.key, time);
      }
      if (gone.size < KEYS_AT_ONCE && !isOutOfTime(run)) continue;
      await reconcileKeys(run, reconciliation, gone);
      gone.clear();
      await reached({ file: fileMark(file), row: next });
      if (isOutOfTime(run)) return false;
    }
  }
  await reconcileKeys(run, reconciliation, gone);
  return true;
}

/** The stored row of a key whose row was removed is replaced unless it is later, or of a later version. */
function removedRowTest({ table, io }: Run, { snapshot }: ReconciledVersion): Reconciliation['mustReplace'] {
  const check = eventTimeCheck(table, io.now);
  return (_, time, stored) => {
    // another run may still write the removed row, unless its age forbids it
    if (stored === undefined) return table.timestampKey === undefined || check({ eventTime: time }) === undefined;
    const removed = { time, version: snapshot.version };
    const order = orderOf(stored);
    if (order.version > snapshot.version) return false;
    return isTombstone(stored) ? isLater(removed, order) : !isLater(order, removed);
  };
}

/** The rows of a version; the stored rows are compared to them. */
export interface StoredRows {
  /** All rows of the version. */
  readonly known: KnownRows;
  /** Whether stored rows may be another table's, so that equal keys and times prove nothing. */
  readonly isForeign: boolean;
  /** The key after which the scan continues; undefined for the first key. */
  readonly after: string | undefined;
  /** Takes the key after which the scan continues, from time to time. */
  readonly reached: (after: string) => Promise<void>;
}

/**
 * Reconciles the keys of stored rows that the version does not have.
 *
 * Rows of later versions stay, and so do rows that were loaded without the offline store: only `force` replaces them.
 * @returns whether all are done; false if the deadline passed
 * @throws UnreadableFile, OnlineStoreFailure
 */
export async function reconcileStored(run: Run, version: ReconciledVersion, rows: StoredRows): Promise<boolean> {
  const mustReplace = storedRowTest(run, version, rows);
  const gone = new Map<string, bigint>();
  for (let last = rows.after; ;) {
    const page = await run.io.online.scan(['_ts', '_v', '_deleted'], last);
    for (const item of page.items) {
      const key = (item._key as { S: string }).S;
      const time = run.table.timestampKey === undefined ? BigInt(version.snapshot.version) : orderOf(item).time;
      if (!isState(item) && mustReplace(key, time, item)) gone.set(key, time);
    }
    last = page.last;
    const isLast = last === undefined;
    if (!isLast && gone.size < KEYS_AT_ONCE && !isOutOfTime(run)) continue;
    await reconcileKeys(run, { ...version, mustReplace }, gone);
    gone.clear();
    if (last === undefined) return true;
    await rows.reached(last);
    if (isOutOfTime(run)) return false;
  }
}

function storedRowTest(
  { table }: Run,
  { snapshot, force }: ReconciledVersion,
  { known, isForeign }: StoredRows,
): Reconciliation['mustReplace'] {
  return (key, _, stored) => {
    if (stored === undefined) return false;
    const { time, version } = orderOf(stored);
    const isOfVersion = !isForeign && version > 0 && version <= snapshot.version;
    if (!isOfVersion) return force;
    if (isTombstone(stored)) return false;
    const last = known.versionOf(key, table.timestampKey === undefined ? undefined : time);
    // of several rows with one key and time, the stored one may be removed and others not
    return last === undefined || last < version;
  };
}
