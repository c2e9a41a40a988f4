import type { MaterializationSpec, TableDocument } from '../../lib/contract/table-document';
import type { RejectedRow } from '../offline/feature-rows';
import { TableError } from '../stores/table-error';
import type { OnlineTable } from '../online/online-table';
import { bringOnline } from './bring-online';
import { abandoning, type MaterializeOptions, nextWork } from './next-work';
import { findObstacle } from './obstacle';
import { NeedsForce } from './plan-run';
import { isOutOfTime, type MaterializationIo, type Run, UnreadableFile } from './run';
import { skipVersion } from './skip-version';
import { type Failure, type MaterializationState, StateConflict, StateItem, type Work } from './state';
import { Tally } from './tally';

/** What a materialization came to. */
export interface MaterializationReport {
  /** The feature table's name. */
  readonly featureTable: string;
  /** The version that was online before; undefined where none was. */
  readonly from: number | undefined;
  /** The version that is online as a whole; undefined where none is. */
  readonly to: number | undefined;
  /** When that was committed, in milliseconds since 1970. */
  readonly committed: number | undefined;
  /** Rows put online, also those that came back because a later one of their key was deleted. */
  readonly rowsWritten: number;
  /** Rows whose key has a later row, or a later one was deleted. */
  readonly rowsOlder: number;
  /** Rows that were online already. */
  readonly rowsUnchanged: number;
  /** Rows outside the table's age. */
  readonly rowsOutdated: number;
  /** Keys that are no longer online. */
  readonly rowsDeleted: number;
  /** Rows that cannot be online. */
  readonly rowsRejected: number;
  /** The first of them. */
  readonly rejected: readonly RejectedRow[];
  /** Whether the time was up: the next run goes on. */
  readonly isUnfinished: boolean;
  /** Whether the version was chosen by hand, and later commits wait. */
  readonly isPinned: boolean;
  /** What stopped it. */
  readonly stopped: Omit<Failure, 'file'> | undefined;
}

/** How often it begins anew where another run does the same. */
const MAX_TURNS = 20;

/**
 * Brings rows of a feature table's offline store online, from where the last run stopped. What cannot be brought online stops it and is
 * reported; all before that is online then.
 * @throws WrongRequest if what is asked for does not hold; OnlineStoreFailure, or what a store throws, if it is worth another run
 */
export async function materialize(
  document: TableDocument,
  io: MaterializationIo,
  options: MaterializeOptions = {},
): Promise<MaterializationReport> {
  const { table, materialization } = document;
  const tally = new Tally(io.log);
  const run = { table, tombstoneSeconds: materialization.tombstoneSeconds, io, tally };
  let item = await StateItem.read(io.online);
  const from = item.state.done?.version;
  let { skip } = options;
  for (let turn = 1; ; turn++) {
    try {
      if (skip !== undefined) await skipVersion(run, item, skip);
      skip = undefined;
      const end = await advance(run, item, materialization.mode, options);
      return reportOf(table.name, from, item.state, tally, end);
    } catch (error) {
      if (!(error instanceof StateConflict) || turn === MAX_TURNS) throw error;
    }
    item = await rejoin(io.online, item.state.progress?.target);
  }
}

/** Reads the state anew that another run has changed. @param target the version that was being brought online */
async function rejoin(online: OnlineTable, target: number | undefined): Promise<StateItem> {
  for (let turn = 1; ; turn++) {
    const item = await StateItem.read(online);
    const { done, progress, abandoned } = item.state;
    if (target === undefined || target === progress?.target || target === done?.version) return item;
    try {
      // the other went on to another version: the last rows of this one may have come after that
      await item.change(done?.pinned ? { redo: true } : { abandoned: [...abandoned, target] });
      return item;
    } catch (error) {
      if (!(error instanceof StateConflict) || turn === MAX_TURNS) throw error;
    }
  }
}

/** Where a run ends. */
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
    return (await bringOnline(run, item, work)) ? DONE : UNFINISHED;
  } catch (error) {
    if (!(error instanceof TableError || error instanceof UnreadableFile || error instanceof NeedsForce)) throw error;
    return stop(run, item, work, error);
  }
}

/** Brings online what comes before the version that cannot be, and writes down that one. */
async function stop(run: Run, item: StateItem, work: Work, error: TableError | UnreadableFile | NeedsForce): Promise<End> {
  if (item.state.progress !== undefined) await item.change(abandoning(item.state));
  const { done, failure } = item.state;
  const asked = { version: work.target, reason: error.message, isSkippable: false, before: undefined };
  if (work.force) return { isUnfinished: false, stopped: { ...asked, since: run.io.now() } };
  const { before = -1, ...obstacle } = error instanceof NeedsForce ? asked : await findObstacle(run, done?.version, work.target, error);
  if (before > (done?.version ?? -1)) {
    const end = await attempt(run, item, { ...work, target: before });
    if (end !== DONE) return end;
  }
  const stopped = { ...obstacle, since: failure?.version === obstacle.version ? failure.since : run.io.now() };
  await item.change({ failure: stopped });
  return { isUnfinished: false, stopped };
}

function reportOf(
  featureTable: string,
  from: number | undefined,
  { done }: MaterializationState,
  { counts, rejected }: Tally,
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
    stopped: end.stopped && shownFailure(end.stopped),
  };
}

function shownFailure({ version, reason, isSkippable, since }: Failure): NonNullable<MaterializationReport['stopped']> {
  return { version, reason, isSkippable, since };
}
