import type { MaterializationSpec } from '../../lib/contract/table-document';
import { committedAt } from '../delta/history';
import { latestVersion } from '../delta/log-segment';
import { Refusal } from '../refusal';
import type { Run } from './run';
import { type MaterializationState, rowForm, type StateItem, type Work } from './state';

/** Which version is materialized, and how. */
export interface MaterializeOptions {
  /**
   * A version of the offline table. A version older than the online one needs {@link force}.
   * @default - the latest
   */
  readonly version?: number;
  /**
   * Whether the online store gets exactly the version's rows, even if it has later ones. A `version` materialized by force stays online when
   * others are committed, until the latest is requested.
   * @default false
   */
  readonly force?: boolean;
  /**
   * The version that stopped the materialization, and is to be skipped.
   * @default - none
   */
  readonly skip?: number;
  /**
   * Whether a commit or a schedule started this run: a version that was chosen by hand then stays.
   * @default false
   */
  readonly wakeUp?: boolean;
}

/**
 * Finds the next work: unfinished work, the requested version, or the latest.
 * @param isFirst whether this run has done no work yet
 * @returns undefined if there is nothing to do
 * @throws Refusal if the requested version cannot be materialized
 */
export async function nextWork(
  { table, io }: Run,
  item: StateItem,
  mode: MaterializationSpec['mode'],
  options: MaterializeOptions,
  isFirst: boolean,
): Promise<Work | undefined> {
  const latest = await latestVersion(io.offline);
  if (options.version !== undefined || options.force === true) return isFirst ? chosenWork(item, latest, options) : undefined;
  const { done, progress, checking, abandoned, redo = false, postponed } = item.state;
  if (progress !== undefined) return progress;
  if (done?.pinned) {
    if (options.wakeUp === true) return redo ? { target: done.version, whole: true, force: true, pin: true, again: [] } : undefined;
    await item.change({ done: { ...done, pinned: false } });
  }
  if (latest === undefined) return undefined;
  // files are read for one version until all are read, even if commits follow faster
  const isChecking = checking !== undefined && checking.target > (done?.version ?? -1) && checking.target <= latest;
  const latestOnly = { target: isChecking ? checking.target : latest, force: false, pin: false };
  // unfinished work may have been of an older version
  if (mode === 'snapshot') return isFirst || latest !== done?.version ? { ...latestOnly, whole: done !== undefined, again: [] } : undefined;
  const again = postponed.filter(({ from }) => from <= io.now()).map(({ file }) => file);
  const isOnline =
    latest === done?.version && done.rowForm === rowForm(table) && done.committed === (await committedAt(io.offline, latest));
  const isToDo = !isOnline || again.length > 0 || redo || abandoned.some((version) => version < latest);
  return !isToDo ? undefined : { ...latestOnly, whole: false, again };
}

async function chosenWork(
  item: StateItem,
  latest: number | undefined,
  { version, force = false }: MaterializeOptions,
): Promise<Work | undefined> {
  if (latest === undefined)
    throw new Refusal('INVALID_PARAMETER_VALUE', 'expected a Delta table, got: none; write rows to the offline store first');
  const target = version ?? latest;
  if (!(Number.isSafeInteger(target) && target >= 0 && target <= latest)) {
    throw new Refusal('INVALID_PARAMETER_VALUE', `version: expected a number from 0 to ${latest}, got: ${version}`);
  }
  const { done, progress } = item.state;
  if (!force && done !== undefined && target < done.version) {
    throw new Refusal(
      'INVALID_PARAMETER_VALUE',
      `version: expected ${done.version}, which is online, or a later one, got: ${version}; an older version needs \`force\``,
    );
  }
  if (progress?.target === target && progress.force === force) return progress;
  if (progress !== undefined) await item.change(abandoning(item.state));
  return !force && done?.version === target ? undefined : { target, whole: force, force, pin: force && version !== undefined, again: [] };
}

/** The changes of the state when unfinished work is given up. */
export function abandoning({ progress, abandoned, redo }: MaterializationState): Partial<MaterializationState> {
  if (progress === undefined) return {};
  return progress.force ? { progress: undefined, redo: true } : { progress: undefined, redo, abandoned: [...abandoned, progress.target] };
}
