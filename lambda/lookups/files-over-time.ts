import type { Action } from '../delta/actions';
import { readJsonActions } from '../delta/commit-file';
import { storePath } from '../delta/data-file';
import { commitPath, LOG_FOLDER, type LogPath, parseLogPath } from '../delta/log-path';
import type { ObjectStore } from '../stores/object-store';
import type { VisibleFile } from './offline-lookups';
import { fileKey } from '../delta/data-file';
import { type DataFile } from '../delta/data-file';
import { readSnapshot, type Snapshot } from '../delta/snapshot';

/** A file of the log, and the time at which it was written, in milliseconds since 1970. */
interface LogFile {
  readonly found: LogPath;
  readonly modified: number;
}

/**
 * Lists the data files that a table had at any time up to a version, each from the commit that added it to the commit that removed it, so that a
 * lookup sees what a reader saw then. A rewrite removes a file in the commit that adds its rows in another, so no row has a gap.
 *
 * Removed files that a vacuum deleted are left out. Commits before the earliest remaining checkpoint are left out, too: for the files of that
 * checkpoint, the time of writing replaces the time of the commit.
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
    // commits stay in order even if a clock was set back
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
  const exists = await Promise.all(past.map(async ({ file }) => (await store.size(storePath(file.path))) !== undefined));
  return [...past.filter((_, i) => exists[i]), ...present.values()];
}

async function listLog(store: ObjectStore): Promise<LogFile[]> {
  const listed = (await store.list(LOG_FOLDER)).map(({ name, modified }) => ({ found: parseLogPath(name), modified }));
  return listed.filter((one): one is LogFile => one.found !== undefined);
}

/** The files of the earliest version that is followed by every commit, and the first commit after it. */
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

/** The time that the writer of a commit wrote into it, in milliseconds since 1970. */
function commitTime(actions: readonly Action[]): number | undefined {
  const info = actions.find((action) => action.kind === 'commitInfo')?.commitInfo;
  const time = info?.inCommitTimestamp ?? info?.timestamp;
  return typeof time === 'number' ? time : undefined;
}

function microseconds(milliseconds: number): bigint {
  return BigInt(Math.floor(milliseconds)) * 1000n;
}
