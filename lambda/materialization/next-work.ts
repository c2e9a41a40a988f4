import type { MaterializationSpec } from '../../lib/contract/table-document';
import { committedAt } from '../delta/history';
import { latestVersion } from '../delta/log-segment';
import { rowForm } from './row-form';
import type { Run } from './run';
import type { MaterializationState, StateItem, Work } from './state';
import { WrongRequest } from './wrong-request';

/** What to bring online. */
export interface MaterializeOptions {
  /**
   * A version of the offline table. An older one than is online takes {@link force}.
   * @default - the latest
   */
  readonly version?: number;
  /**
   * Whether the online store is made to have exactly the version's rows, whatever it has that is later. With a `version` that one stays online,
   * whatever is committed, until somebody asks for the latest.
   * @default false
   */
  readonly force?: boolean;
  /**
   * The version that stopped the materialization, which is moved past.
   * @default - none
   */
  readonly skip?: number;
  /**
   * Whether nobody asks, but a commit or a schedule: a version that was chosen by hand stays.
   * @default false
   */
  readonly wakeUp?: boolean;
}

/**
 * What is to be done next: what was begun, what is asked for, or the latest version.
 * @param isFirst whether nothing was done yet of what is asked for
 * @returns undefined if there is nothing to do
 * @throws WrongRequest if what is asked for does not hold
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
  const { done, progress, abandoned, redo = false, postponed } = item.state;
  if (progress !== undefined) return progress;
  if (done?.pinned) {
    if (options.wakeUp === true) return redo ? { target: done.version, whole: true, force: true, pin: true, again: [] } : undefined;
    await item.change({ done: { ...done, pinned: false } });
  }
  if (latest === undefined) return undefined;
  const latestOnly = { target: latest, force: false, pin: false };
  // what was begun may have been an older version
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
  if (latest === undefined) throw new WrongRequest('expected a Delta table, got: none');
  const target = version ?? latest;
  if (!(Number.isSafeInteger(target) && target >= 0 && target <= latest)) {
    throw new WrongRequest(`version: expected one from 0 to ${latest}, got: ${version}`);
  }
  const { done, progress } = item.state;
  if (!force && done !== undefined && target < done.version) {
    throw new WrongRequest(`version: expected ${done.version}, which is online, or a later one unless by force, got: ${version}`);
  }
  if (progress?.target === target && progress.force === force) return progress;
  if (progress !== undefined) await item.change(abandoning(item.state));
  return !force && done?.version === target ? undefined : { target, whole: force, force, pin: force && version !== undefined, again: [] };
}

/** What changes in the state when work that has begun to write is given up. */
export function abandoning({ progress, abandoned, redo }: MaterializationState): Partial<MaterializationState> {
  if (progress === undefined) return {};
  return progress.force ? { progress: undefined, redo: true } : { progress: undefined, redo, abandoned: [...abandoned, progress.target] };
}
