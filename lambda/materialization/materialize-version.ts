import { committedAt } from '../delta/history';
import { checkFiles } from './check-files';
import { KnownRows } from './key-index';
import { type Plan, planRun } from './plan-run';
import { reconcileRemoved, reconcileStored } from './removed-rows';
import { type RowOutcomes, type Run, UnreadableFile } from './run';
import { fileMark, type PostponedFile, type Position, type Progress, rowForm, type StateItem, type Work } from './state';
import { writeFiles } from './write-files';

/** How often progress is saved, in milliseconds. */
const SAVE_INTERVAL = 10_000;

/** How many postponed files are remembered, those that are due first. */
const MOST_POSTPONED = 1000;

/**
 * Writes a version to the online store, or as much of it as the time allows. It reads every file of the version before it writes anything.
 * @returns whether the version is online as a whole
 * @throws TableError, UnreadableFile, OnlineStoreFailure, StateConflict
 */
export async function materializeVersion(run: Run, item: StateItem, work: Work): Promise<boolean> {
  const saved = item.state.progress;
  const plan = await planRun(run, item.state, work, saved !== undefined);
  const canContinue = saved !== undefined && saved.whole === plan.whole;
  if (!canContinue && !(await checkFiles(run, item, plan))) return false;
  const progress = new SavedProgress(run, item, canContinue ? saved : initialProgress(work, plan));
  if (!canContinue) await progress.save();
  if (!(await writeRows(run, plan, progress)) || !(await reconcileRows(run, plan, progress))) {
    await progress.save();
    return false;
  }
  await finish(run, item, plan, progress.current);
  return true;
}

function initialProgress({ target, force, pin, again }: Work, { whole }: Plan): Progress {
  return { target, whole, force, pin, again, written: false };
}

async function writeRows(run: Run, { target, written, compare }: Plan, progress: SavedProgress): Promise<boolean> {
  if (progress.current.written) return true;
  const { position } = progress.current;
  const reached = (next: Position) => progress.advance({ position: next });
  const isDone = await writeFiles(run, { snapshot: target, files: written, compare, position, reached });
  if (isDone) await progress.advance({ written: true, position: undefined });
  return isDone;
}

async function reconcileRows(run: Run, plan: Plan, progress: SavedProgress): Promise<boolean> {
  const { target, files, written, reconciled } = plan;
  const { force, position } = progress.current;
  const version = { snapshot: target, files, force };
  if (reconciled.kind === 'removed') {
    const { files: removed } = reconciled;
    if (removed.length === 0) return true;
    const known = await KnownRows.of(run, target, written);
    try {
      return await reconcileRemoved(run, version, { removed, known, position, reached: (next) => progress.advance({ position: next }) });
    } catch (error) {
      // a vacuum may have deleted the removed files: then the stored rows are compared to the rows of the version
      if (!(error instanceof UnreadableFile && removed.some(({ file }) => fileMark(file) === error.file))) throw error;
      // a stored row that is in no file read may be in a skipped one: rows stay until that file is removed
      if (files.length < target.files.length && !force) return true;
    }
  }
  const known = await KnownRows.of(run, target, files);
  const isForeign = reconciled.kind === 'stored' && reconciled.isForeign;
  return reconcileStored(run, version, {
    known,
    isForeign,
    after: progress.current.after,
    reached: (after) => progress.advance({ after }),
  });
}

async function finish({ table, io, outcomes }: Run, item: StateItem, { target, whole }: Plan, progress: Progress): Promise<void> {
  const { force, pin, again } = progress;
  const { abandoned, redo, skipped, failure, postponed } = item.state;
  const { version, metadata } = target;
  const committed = await committedAt(io.offline, version);
  const present = new Set(target.files.map(fileMark));
  const waiting = postponed.filter(({ file }) => !again.includes(file));
  await item.change({
    done: { version, tableId: metadata.id, rowForm: rowForm(table), committed, finished: io.now(), pinned: pin },
    progress: undefined,
    abandoned: force ? [] : abandoned.filter((one) => one > version),
    redo: whole ? undefined : redo,
    failure: failure !== undefined && failure.version > version ? failure : undefined,
    skipped: skipped.some((file) => present.has(file)) ? skipped : [],
    postponed: withPostponed(waiting, outcomes).filter(({ file }) => present.has(file)),
  });
}

function withPostponed(postponed: readonly PostponedFile[], outcomes: RowOutcomes): PostponedFile[] {
  const byFile = new Map(postponed.map(({ file, from }) => [file, from]));
  for (const [file, from] of outcomes.postponed) byFile.set(file, from);
  const ascending = Array.from(byFile, ([file, from]) => ({ file, from })).sort((a, b) => a.from - b.from);
  return ascending.slice(0, MOST_POSTPONED);
}

/** Progress that is saved from time to time, so that a run that dies loses little. */
class SavedProgress {
  private saved: number;

  constructor(
    private readonly run: Run,
    private readonly item: StateItem,
    public current: Progress,
  ) {
    this.saved = run.io.now();
  }

  public async advance(parts: Partial<Progress>): Promise<void> {
    this.current = { ...this.current, ...parts };
    if (this.run.io.now() - this.saved >= SAVE_INTERVAL) await this.save();
  }

  public async save(): Promise<void> {
    await this.item.change({
      progress: this.current,
      checking: undefined,
      postponed: withPostponed(this.item.state.postponed, this.run.outcomes),
    });
    this.saved = this.run.io.now();
  }
}
