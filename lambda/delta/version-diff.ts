import { type Action } from './actions';
import { readJsonActions } from './commit-file';
import { commitPath } from './log-path';
import { readLogSegment } from './log-segment';
import { type ObjectStore } from '../stores/object-store';
import { fileKey } from './data-file';
import { type DataFile } from './data-file';
import { replaySegment, type Snapshot, snapshotOf } from './snapshot';

const COMMITS_AT_ONCE = 32;

/** How the data files of a version differ from those of an earlier one. */
export interface VersionDiff {
  readonly from: Snapshot;
  /** The version that {@link removed} is of: the earlier one, or one with the same rows. */
  readonly base: Snapshot;
  readonly target: Snapshot;
  /** The files that the target has and the base has not, each with the very version that added it. */
  readonly added: readonly DataFile[];
  /** The files that the base has and the target has not. */
  readonly removed: readonly DataFile[];
}

/**
 * Reads what has changed between two versions. Commits right after the first one that only rearrange its rows change nothing: the files that
 * they make are those of the base.
 * @throws TableError if the log does not reach from the one version to the other, or is damaged
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

/** Some commits are read at once: one after another they would take a round trip each. */
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
