import type { Action } from '../delta/actions';
import { readJsonActions } from '../delta/commit-file';
import { storePath } from '../delta/data-file';
import { commitPath, LOG_FOLDER, type LogPath, parseLogPath } from '../delta/log-path';
import type { ObjectStore } from '../stores/object-store';
import type { VisibleFile } from './offline-lookups';
import { fileKey } from '../delta/data-file';
import { type DataFile } from '../delta/data-file';
import { readSnapshot, type Snapshot } from '../delta/snapshot';

/** A file of the log, and when the store wrote it, in milliseconds since 1970. */
interface LogFile {
  readonly found: LogPath;
  readonly modified: number;
}

/**
 * The data files that a table had at any time up to a version, each from the commit that added it to the one that removed it: what it says is
 * what a reader saw at that time. A rewrite takes a file out in the commit that brings its rows in a new one, so rows are there without a gap.
 *
 * What was cleaned up is not there: a removed file that was deleted since, and the commits before the earliest checkpoint that is left. Of the
 * files of that checkpoint the time at which they were written stands for that of their commit.
 */
export async function filesOverTime(store: ObjectStore, { version }: Snapshot): Promise<VisibleFile[]> {
  const log = await listLog(store);
  const first = await firstVersion(store, log, version);
  const present = new Map<string, { readonly file: DataFile; readonly from: bigint }>();
  for (const file of first.files) present.set(fileKey(file), { file, from: microseconds(file.modificationTime) });
  const past: VisibleFile[] = [];
  let time = 0;
  for (let next = first.next; next <= version; next++) {
    const actions = await readJsonActions(store, commitPath(next));
    // a clock that was set back does not make a commit come before the one before it
    time = Math.max(time, commitTime(actions) ?? log.find(({ found }) => found.kind === 'commit' && found.version === next)!.modified);
    for (const action of actions) {
      if (action.kind === 'remove') {
        const removed = present.get(fileKey(action.remove));
        if (removed === undefined) continue;
        past.push({ ...removed, before: microseconds(time) });
        present.delete(fileKey(action.remove));
      } else if (action.kind === 'add') {
        const key = fileKey(action.add);
        present.set(key, { file: { ...action.add, version: next }, from: present.get(key)?.from ?? microseconds(time) });
      }
    }
  }
  const isThere = await Promise.all(past.map(async ({ file }) => (await store.size(storePath(file.path))) !== undefined));
  return [...past.filter((_, i) => isThere[i]), ...present.values()];
}

async function listLog(store: ObjectStore): Promise<LogFile[]> {
  const listed = (await store.list(LOG_FOLDER)).map(({ name, modified }) => ({ found: parseLogPath(name), modified }));
  return listed.filter((one): one is LogFile => one.found !== undefined);
}

/** The files of the earliest version from which on there is every commit, and the commit after it. */
async function firstVersion(
  store: ObjectStore,
  log: readonly LogFile[],
  version: number,
): Promise<{ files: readonly DataFile[]; next: number }> {
  const commits = new Set(log.flatMap(({ found }) => (found.kind === 'commit' ? found.version : [])));
  let next = version + 1;
  while (commits.has(next - 1)) next--;
  if (next === 0) return { files: [], next };
  const checkpoints = log.flatMap(({ found }) => (found.kind === 'commit' ? [] : found.version));
  const base = Math.min(...checkpoints.filter((one) => one >= next - 1));
  return { files: (await readSnapshot(store, base)).files, next: base + 1 };
}

/** When a writer says that it made a commit, in milliseconds since 1970. */
function commitTime(actions: readonly Action[]): number | undefined {
  const info = actions.find((action) => action.kind === 'commitInfo')?.commitInfo;
  const time = info?.inCommitTimestamp ?? info?.timestamp;
  return typeof time === 'number' ? time : undefined;
}

function microseconds(milliseconds: number): bigint {
  return BigInt(Math.floor(milliseconds)) * 1000n;
}
