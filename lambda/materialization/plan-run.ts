import { type Change, readChange } from '../offline/change';
import { storedColumns } from '../offline/feature-schema';
import { inOrder } from '../offline/file-order';
import type { ObjectStore } from '../offline/object-store';
import { type DataFile, fileKey } from '../offline/replay';
import { readSnapshot, type Snapshot } from '../offline/snapshot';
import { TableError } from '../offline/table-error';
import { isReadAlike, rowForm } from './row-form';
import type { Run } from './run';
import type { DoneVersion, MaterializationState, Work } from './state';

/** What is to be done so that a version is online. */
export interface Plan {
  readonly target: Snapshot;
  /** All of its data files that may be read, in the order of their rows. */
  readonly files: readonly DataFile[];
  /** Whether all of its rows are gone over. */
  readonly whole: boolean;
  /** The files whose rows are put online. */
  readonly written: readonly DataFile[];
  /** Whether what is stored is read before rows are put. */
  readonly compare: boolean;
  readonly vanished: VanishedRows;
}

/** Whose rows may have vanished: nobody's, those of files that were removed, or all that are stored. */
export type VanishedRows =
  | { readonly kind: 'none' }
  | { readonly kind: 'removed'; readonly base: Snapshot; readonly files: readonly DataFile[] }
  | { readonly kind: 'stored'; readonly isForeign: boolean };

/**
 * Plans how a version comes online: by what has changed since the version that is online or, where that is not told any more, by all rows.
 * @param isBegun whether rows were put online by this work already: then it stays what it was, if it can
 * @throws TableError if the version cannot be read, does not fit the feature table, or is of another table than the one that is online
 */
export async function planRun(run: Run, state: MaterializationState, work: Work, isBegun: boolean): Promise<Plan> {
  const { offline } = run.io;
  const { done } = state;
  if (done !== undefined && work.target < done.version && !work.force) {
    throw new TableError(
      `expected version ${done.version}, which is online, or a later one, got: ${work.target}; an older one comes online by force`,
    );
  }
  const change = work.whole || done === undefined ? undefined : await changeSince(run, done, work.target);
  const target = change?.target ?? (await readSnapshot(offline, work.target));
  storedColumns(run.table, target.schema);
  const isRead = (file: DataFile) => !state.skipped.includes(fileKey(file));
  const files = inOrder(target.files).filter(isRead);
  const hasSkipped = files.length < target.files.length;
  const whole =
    work.whole || (change === undefined && done !== undefined) || (!isBegun && (await needsWhole(run, state, work.target, hasSkipped)));

  if (whole) {
    const isForeign = done !== undefined && !(await isOfTable(offline, done, target));
    if (isForeign && !work.force) {
      throw new TableError(`expected the table ${done.tableId}, got: ${target.metadata.id} in its place; bring it online by force`);
    }
    // what a skipped file holds is not known to have vanished
    const vanished: VanishedRows = hasSkipped && !work.force ? { kind: 'none' } : { kind: 'stored', isForeign };
    return { target, files, whole, written: files, compare: true, vanished };
  }
  if (change === undefined) return { target, files, whole, written: files, compare: false, vanished: { kind: 'none' } };
  const keys = new Set([...change.added.map(fileKey), ...work.again]);
  const removed = change.removed.filter(isRead);
  return {
    target,
    files,
    whole,
    written: files.filter((file) => keys.has(fileKey(file))),
    compare: removed.length > 0 || work.again.length > 0,
    vanished: removed.length === 0 ? { kind: 'none' } : { kind: 'removed', base: change.base, files: removed },
  };
}

/** Whether the online store may have rows that what has changed tells nothing about. */
async function needsWhole({ io: { online } }: Run, state: MaterializationState, target: number, hasSkipped: boolean): Promise<boolean> {
  const { done, abandoned = Infinity, skipped } = state;
  if (done === undefined) return (await online.scan([])).items.length > 0;
  return target >= abandoned || (skipped.length > 0 && !hasSkipped);
}

/** What has changed since the version that is online; undefined where that does not tell which rows have. */
async function changeSince({ table, io }: Run, done: DoneVersion, version: number): Promise<Change | undefined> {
  if (done.rowForm !== rowForm(table)) return undefined;
  try {
    const change = await readChange(io.offline, done.version, version);
    const { from, target } = change;
    return from.metadata.id === done.tableId && isReadAlike(table, from.schema, target.schema) ? change : undefined;
  } catch (error) {
    // the log does not reach back so far, or cannot be read: what is asked for then is read by itself
    if (error instanceof TableError) return undefined;
    throw error;
  }
}

/** Whether a version is of the table that is online: it has its id, or had it at the version that is online. */
async function isOfTable(offline: ObjectStore, done: DoneVersion, target: Snapshot): Promise<boolean> {
  if (target.metadata.id === done.tableId) return true;
  try {
    return (await readSnapshot(offline, done.version)).metadata.id === done.tableId;
  } catch (error) {
    if (error instanceof TableError) return false;
    throw error;
  }
}
