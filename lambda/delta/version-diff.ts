import { type Action } from './actions';
import { readJsonActions } from './commit-file';
import { commitPath } from './log-path';
import { readLogSegment } from './log-segment';
import { type ObjectStore } from '../stores/object-store';
import { fileKey } from './data-file';
import { type DataFile } from './data-file';
import { replaySegment, type Snapshot, snapshotOf } from './snapshot';

const COMMITS_AT_ONCE = 32;

/** How the data files of a version differ from the data files of an earlier version. */
export interface VersionDiff {
  readonly from: Snapshot;
  /** The earlier version, or a later version with the same rows. */
  readonly base: Snapshot;
  readonly target: Snapshot;
  /** The files of the target that are not in the base, each with the exact version that added it. */
  readonly added: readonly DataFile[];
  /** The files of the base that are not in the target. */
  readonly removed: readonly DataFile[];
}

/**
 * Compares two versions of a table. Commits right after `from` that only rearrange rows are not a difference: the base is the version after them.
 * @throws TableError if the log between the versions is incomplete or damaged
 */
export async function readVersionDiff(store: ObjectStore, from: number, to: number): Promise<VersionDiff> {
  const replay = await replaySegment(store, await readLogSegment(store, from), false);
  const first = snapshotOf(replay, from);
  let base = first;
  let hasChanged = false;
  for await (const { version, actions } of readCommits(store, from + 1, to)) {
    for (const action of actions) replay.apply(action, version);
    hasChanged ||= actions.some(changesData);
    if (!hasChanged) base = snapshotOf(replay, version);
  }
  const target = snapshotOf(replay, to);
  return { from: first, base, target, added: without(target.files, base.files), removed: without(base.files, target.files) };
}

/** Reads commits in parallel, because each takes a round trip to the store. */
async function* readCommits(store: ObjectStore, from: number, to: number): AsyncGenerator<{ version: number; actions: Action[] }> {
  for (let first = from; first <= to; first += COMMITS_AT_ONCE) {
    const versions = Array.from({ length: Math.min(COMMITS_AT_ONCE, to - first + 1) }, (_, i) => first + i);
    const read = await Promise.all(versions.map((version) => readJsonActions(store, commitPath(version))));
    for (const [i, actions] of read.entries()) yield { version: first + i, actions };
  }
}

function changesData(action: Action): boolean {
  return (action.kind === 'add' && action.add.dataChange) || (action.kind === 'remove' && action.remove.dataChange);
}

function without(files: readonly DataFile[], others: readonly DataFile[]): DataFile[] {
  const keys = new Set(others.map(fileKey));
  return files.filter((file) => !keys.has(fileKey(file)));
}
