import { committedAt } from '../delta/history';
import { checkFiles } from './check-files';
import { markOf } from './file-mark';
import { KnownRows } from './known-rows';
import { type Plan, planRun } from './plan-run';
import { rowForm } from './row-form';
import { type Run, UnreadableFile } from './run';
import type { PostponedFile, Position, Progress, StateItem, Work } from './state';
import type { Tally } from './tally';
import { settleRemoved, settleStored } from './vanished-rows';
import { writeFiles } from './write-files';

/** How often it is written down how far work has come, in milliseconds. */
const SAVED_EVERY = 10_000;

/** How many postponed files are remembered, those that are due first. */
const MOST_POSTPONED = 1000;

/**
 * Brings a version online, or as much of it as there is time for. Nothing is written before all that is to be written was read.
 * @returns whether the version is online
 * @throws TableError, UnreadableFile, OnlineStoreFailure, StateConflict
 */
export async function bringOnline(run: Run, item: StateItem, work: Work): Promise<boolean> {
  const begun = item.state.progress;
  const plan = await planRun(run, item.state, work, begun !== undefined);
  const goesOn = begun !== undefined && begun.whole === plan.whole;
  if (!goesOn) await checkFiles(run, plan);
  const steps = new Steps(run, item, goesOn ? begun : beginning(work, plan));
  if (!goesOn) await steps.save();
  if (!(await writeRows(run, plan, steps)) || !(await settleRows(run, plan, steps))) {
    await steps.save();
    return false;
  }
  await finish(run, item, plan, steps.progress);
  return true;
}

function beginning({ target, force, pin, again }: Work, { whole }: Plan): Progress {
  return { target, whole, force, pin, again, written: false };
}

async function writeRows(run: Run, { target, written, compare }: Plan, steps: Steps): Promise<boolean> {
  if (steps.progress.written) return true;
  const { position } = steps.progress;
  const reached = (next: Position) => steps.reached({ position: next });
  const isDone = await writeFiles(run, { snapshot: target, files: written, compare, position, reached });
  if (isDone) await steps.reached({ written: true, position: undefined });
  return isDone;
}

async function settleRows(run: Run, plan: Plan, steps: Steps): Promise<boolean> {
  const { target, files, written, vanished } = plan;
  const { force, position } = steps.progress;
  const version = { snapshot: target, files, force };
  if (vanished.kind === 'removed') {
    const { files: removed } = vanished;
    if (removed.length === 0) return true;
    const known = await KnownRows.of(run, target, written);
    try {
      return await settleRemoved(run, version, { removed, known, position, reached: (next) => steps.reached({ position: next }) });
    } catch (error) {
      // a vacuum takes removed files away: what is stored tells too what the version does not have
      if (!(error instanceof UnreadableFile && removed.some(({ file }) => markOf(file) === error.file))) throw error;
      // but not of what is in a skipped file: then rows stay until that is gone
      if (files.length < target.files.length && !force) return true;
    }
  }
  const known = await KnownRows.of(run, target, files);
  const isForeign = vanished.kind === 'stored' && vanished.isForeign;
  return settleStored(run, version, { known, isForeign, after: steps.progress.after, reached: (after) => steps.reached({ after }) });
}

async function finish({ table, io, tally }: Run, item: StateItem, { target, whole }: Plan, { force, pin, again }: Progress): Promise<void> {
  const { abandoned, redo, skipped, failure, postponed } = item.state;
  const { version, metadata } = target;
  const committed = await committedAt(io.offline, version);
  const present = new Set(target.files.map(markOf));
  const waiting = postponed.filter(({ file }) => !again.includes(file));
  await item.change({
    done: { version, tableId: metadata.id, rowForm: rowForm(table), committed, finished: io.now(), pinned: pin },
    progress: undefined,
    abandoned: force ? [] : abandoned.filter((one) => one > version),
    redo: whole ? undefined : redo,
    failure: failure !== undefined && failure.version > version ? failure : undefined,
    skipped: skipped.some((file) => present.has(file)) ? skipped : [],
    postponed: withPostponed(waiting, tally).filter(({ file }) => present.has(file)),
  });
}

function withPostponed(postponed: readonly PostponedFile[], tally: Tally): PostponedFile[] {
  const byFile = new Map(postponed.map(({ file, from }) => [file, from]));
  for (const [file, from] of tally.postponed) byFile.set(file, from);
  const ascending = Array.from(byFile, ([file, from]) => ({ file, from })).sort((a, b) => a.from - b.from);
  return ascending.slice(0, MOST_POSTPONED);
}

/** How far work has come, which is written down now and then: a run that dies loses little. */
class Steps {
  private saved: number;

  constructor(
    private readonly run: Run,
    private readonly item: StateItem,
    public progress: Progress,
  ) {
    this.saved = run.io.now();
  }

  public async reached(parts: Partial<Progress>): Promise<void> {
    this.progress = { ...this.progress, ...parts };
    if (this.run.io.now() - this.saved >= SAVED_EVERY) await this.save();
  }

  public async save(): Promise<void> {
    await this.item.change({ progress: this.progress, postponed: withPostponed(this.item.state.postponed, this.run.tally) });
    this.saved = this.run.io.now();
  }
}
