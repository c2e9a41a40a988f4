import type { MaterializationSpec, TableDocument } from '../../lib/contract/table-document';
import type { RejectedRow } from '../offline/feature-rows';
import { TableError } from '../stores/table-error';
import type { OnlineTable } from '../online/online-table';
import { materializeVersion } from './materialize-version';
import { abandoning, type MaterializeOptions, nextWork } from './next-work';
import { findFailure } from './find-failure';
import { NeedsForce } from './plan-run';
import { isOutOfTime, type MaterializationIo, RowOutcomes, type Run, UnreadableFile } from './run';
import { skipVersion } from './skip-version';
import { type Failure, type MaterializationState, StateConflict, StateItem, type Work } from './state';

/** The result of a materialization. */
export interface MaterializationReport {
  /** The feature table's name. */
  readonly featureTable: string;
  /** The version that was online before; undefined if none was. */
  readonly from: number | undefined;
  /** The version that is online as a whole; undefined if none is. */
  readonly to: number | undefined;
  /** When that version was committed, in milliseconds since 1970. */
  readonly committed: number | undefined;
  /** Rows written, including rows that returned because a later row of their key was deleted. */
  readonly rowsWritten: number;
  /** Rows whose key has, or had, a later row. */
  readonly rowsOlder: number;
  /** Rows that were in the online store already. */
  readonly rowsUnchanged: number;
  /** Rows outside the table's age. */
  readonly rowsOutdated: number;
  /** Keys whose row was deleted from the online store. */
  readonly rowsDeleted: number;
  /** Rows that the online store cannot hold. */
  readonly rowsRejected: number;
  /** The first rejected rows. */
  readonly rejected: readonly RejectedRow[];
  /** Whether the deadline passed: the next run continues. */
  readonly isUnfinished: boolean;
  /** Whether the version was chosen by hand, so that later commits wait. */
  readonly isPinned: boolean;
  /** Why it stopped; undefined if it did not. */
  readonly stopped: Omit<Failure, 'file'> | undefined;
}

/** How often a run starts over when other runs work on the same table. */
const MAX_ATTEMPTS = 20;

/**
 * Writes rows of a feature table's offline store to its online store, from where the last run stopped. A version that cannot be materialized stops
 * it and is reported; the versions before are online then.
 * @throws Refusal if the options do not fit the tables; OnlineStoreFailure, or a store's error, if another run may succeed
 */
export async function materialize(
  document: TableDocument,
  io: MaterializationIo,
  options: MaterializeOptions = {},
): Promise<MaterializationReport> {
  const { table, materialization } = document;
  const outcomes = new RowOutcomes(io.log);
  const run = { table, tombstoneSeconds: materialization.tombstoneSeconds, io, outcomes };
  let item = await StateItem.read(io.online);
  const from = item.state.done?.version;
  let { skip } = options;
  for (let attempts = 1; ; attempts++) {
    try {
      // who asks by hand may have repaired the files
      if (options.wakeUp !== true && item.state.hung !== undefined) await item.change({ hung: undefined });
      if (skip !== undefined) await skipVersion(run, item, skip);
      skip = undefined;
      const end = await advance(run, item, materialization.mode, options);
      return reportOf(table.name, from, item.state, outcomes, end);
    } catch (error) {
      if (!(error instanceof StateConflict) || attempts === MAX_ATTEMPTS) throw error;
    }
    item = await readAgain(io.online, item.state.progress?.target);
  }
}

/** Reads the state that another run has changed. @param target the version that this run was writing */
async function readAgain(online: OnlineTable, target: number | undefined): Promise<StateItem> {
  for (let attempts = 1; ; attempts++) {
    const item = await StateItem.read(online);
    const { done, progress, abandoned } = item.state;
    if (target === undefined || target === progress?.target || target === done?.version) return item;
    try {
      // the other run started another version: rows of this version may have been written after that
      await item.change(done?.pinned ? { redo: true } : { abandoned: [...abandoned, target] });
      return item;
    } catch (error) {
      if (!(error instanceof StateConflict) || attempts === MAX_ATTEMPTS) throw error;
    }
  }
}

/** How a run ends. */
interface End {
  readonly isUnfinished: boolean;
  readonly stopped?: Failure;
}

const DONE: End = { isUnfinished: false };
const UNFINISHED: End = { isUnfinished: true };

async function advance(run: Run, item: StateItem, mode: MaterializationSpec['mode'], options: MaterializeOptions): Promise<End> {
  for (let isFirst = true; ; isFirst = false) {
    const work = await nextWork(run, item, mode, options, isFirst);
    if (work === undefined) return DONE;
    if (isOutOfTime(run)) return UNFINISHED;
    const end = await attempt(run, item, work);
    if (end !== DONE) return end;
  }
}

async function attempt(run: Run, item: StateItem, work: Work): Promise<End> {
  try {
    return (await materializeVersion(run, item, work)) ? DONE : UNFINISHED;
  } catch (error) {
    if (!(error instanceof TableError || error instanceof UnreadableFile || error instanceof NeedsForce)) throw error;
    return stop(run, item, work, error);
  }
}

/** Materializes the versions before the version that cannot be materialized, and saves the failure. */
async function stop(run: Run, item: StateItem, work: Work, error: TableError | UnreadableFile | NeedsForce): Promise<End> {
  if (item.state.progress !== undefined) await item.change(abandoning(item.state));
  const { done, failure } = item.state;
  const requested = { version: work.target, reason: error.message, isSkippable: false, before: undefined };
  if (work.force) return { isUnfinished: false, stopped: { ...requested, since: run.io.now() } };
  const { before = -1, ...found } = error instanceof NeedsForce ? requested : await findFailure(run, done?.version, work.target, error);
  if (before > (done?.version ?? -1)) {
    const end = await attempt(run, item, { ...work, target: before });
    if (end !== DONE) return end;
  }
  const stopped = { ...found, since: failure?.version === found.version ? failure.since : run.io.now() };
  await item.change({ failure: stopped });
  return { isUnfinished: false, stopped };
}

function reportOf(
  featureTable: string,
  from: number | undefined,
  { done }: MaterializationState,
  { counts, rejected }: RowOutcomes,
  end: End,
): MaterializationReport {
  return {
    featureTable,
    from,
    to: done?.version,
    committed: done?.committed,
    rowsWritten: counts.written,
    rowsOlder: counts.older,
    rowsUnchanged: counts.unchanged,
    rowsOutdated: counts.outdated,
    rowsDeleted: counts.deleted,
    rowsRejected: counts.rejected,
    rejected,
    isUnfinished: end.isUnfinished,
    isPinned: done?.pinned ?? false,
    stopped: end.stopped && reportedFailure(end.stopped),
  };
}

function reportedFailure({ version, reason, isSkippable, since }: Failure): NonNullable<MaterializationReport['stopped']> {
  return { version, reason, isSkippable, since };
}
