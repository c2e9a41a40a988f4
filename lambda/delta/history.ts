// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#commit-provenance-information
import { type CommitInfo } from './actions';
import { readJsonActions } from './commit-file';
import { commitPath, firstNameOf, LOG_FOLDER, parseLogPath } from './log-path';
import { type ObjectStore } from '../stores/object-store';
import { readSnapshot, type Snapshot } from './snapshot';
import { TableError } from '../stores/table-error';

/** A commit in the log, as its writer describes it. */
export interface HistoryEntry {
  readonly version: number;
  /** In milliseconds since 1970. */
  readonly timestamp: number;
  /** Delta Lake's name of the operation, for example `WRITE` or `MERGE`. */
  readonly operation: string | undefined;
  readonly operationMetrics: Readonly<Record<string, string>>;
  readonly isBlindAppend: boolean | undefined;
  readonly engineInfo: string | undefined;
}

/** A commit's file in the log. */
interface CommitFile {
  readonly version: number;
  /** In milliseconds since 1970. */
  readonly modified: number;
}

/** The first version whose commit contains its time, and that time. */
interface InCommitTimestamps {
  readonly version: number;
  readonly timestamp: number;
}

/**
 * Reads the commits that are still in the log, newest first.
 * @param limit the most commits to return
 * @throws TableError if the table does not exist
 */
export async function readHistory(store: ObjectStore, limit: number): Promise<HistoryEntry[]> {
  const inCommit = inCommitTimestamps(await readSnapshot(store));
  const commits = (await listCommits(store)).slice(-limit).reverse();
  const entries: HistoryEntry[] = [];
  for (const commit of commits) entries.push(historyEntry(commit, await readInfo(store, commit.version), inCommit));
  return entries;
}

/**
 * Returns the version that was the latest at a time.
 * @param timestamp in milliseconds since 1970
 * @throws TableError if the time is before the first commit that is still in the log
 */
export async function versionAt(store: ObjectStore, timestamp: number): Promise<number> {
  const inCommit = inCommitTimestamps(await readSnapshot(store));
  const commits = await listCommits(store);
  const isSince = inCommit !== undefined && timestamp >= inCommit.timestamp;
  const isInReach = ({ version }: CommitFile) => inCommit === undefined || isSince === version >= inCommit.version;
  const timeOf = async (commit: CommitFile): Promise<number> =>
    isSince ? historyEntry(commit, await readInfo(store, commit.version), inCommit).timestamp : commit.modified;
  const found = await lastUntil(commits.filter(isInReach), timestamp, timeOf);
  if (found !== undefined) return found.version;
  const first = commits[0] === undefined ? 'the log has no commit' : `the first commit in the log is version ${commits[0].version}`;
  throw new TableError(`expected a time at which the table existed, got: ${new Date(timestamp).toISOString()}; ${first}`);
}

/** Returns when a version was committed by the store's clock, in milliseconds since 1970; undefined if the log no longer has the version. */
export async function committedAt(store: ObjectStore, version: number): Promise<number | undefined> {
  const listed = await store.list(LOG_FOLDER, firstNameOf(version));
  const times = listed.filter(({ name }) => parseLogPath(name)?.version === version).map(({ modified }) => modified);
  return times.length === 0 ? undefined : Math.min(...times);
}

async function listCommits(store: ObjectStore): Promise<CommitFile[]> {
  const files = await store.list(LOG_FOLDER);
  const commits = files.flatMap(({ name, modified }) => {
    const path = parseLogPath(name);
    return path?.kind === 'commit' ? [{ version: path.version, modified }] : [];
  });
  // clocks may go back, but every commit counts as later than the commit before it
  for (let i = 1; i < commits.length; i++) {
    const earliest = commits[i - 1]!.modified + 1;
    if (commits[i]!.modified < earliest) commits[i] = { ...commits[i]!, modified: earliest };
  }
  return commits;
}

function inCommitTimestamps({ metadata: { configuration } }: Snapshot): InCommitTimestamps | undefined {
  if (configuration['delta.enableInCommitTimestamps']?.toLowerCase() !== 'true') return undefined;
  const version = configuration['delta.inCommitTimestampEnablementVersion'];
  const timestamp = configuration['delta.inCommitTimestampEnablementTimestamp'];
  // a table that was created with in-commit timestamps does not record a first version
  return version == null || timestamp == null
    ? { version: 0, timestamp: -Infinity }
    : { version: Number(version), timestamp: Number(timestamp) };
}

async function readInfo(store: ObjectStore, version: number): Promise<CommitInfo> {
  const actions = await readJsonActions(store, commitPath(version));
  return actions.find((action) => action.kind === 'commitInfo')?.commitInfo ?? {};
}

function historyEntry({ version, modified }: CommitFile, info: CommitInfo, inCommit: InCommitTimestamps | undefined): HistoryEntry {
  const { inCommitTimestamp, operation, operationMetrics, isBlindAppend, engineInfo } = info;
  return {
    version,
    timestamp: inCommit !== undefined && version >= inCommit.version ? Number(inCommitTimestamp) : modified,
    operation: typeof operation === 'string' ? operation : undefined,
    operationMetrics: metricsOf(operationMetrics),
    isBlindAppend: typeof isBlindAppend === 'boolean' ? isBlindAppend : undefined,
    engineInfo: typeof engineInfo === 'string' ? engineInfo : undefined,
  };
}

/** Spark writes metrics as strings, other writers as numbers or lists. */
function metricsOf(metrics: unknown): Record<string, string> {
  const entries = typeof metrics === 'object' && metrics !== null ? Object.entries(metrics) : [];
  return Object.fromEntries(entries.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]));
}

/** Finds the last commit whose time is at most `timestamp`. The times of the commits ascend. */
async function lastUntil(
  commits: readonly CommitFile[],
  timestamp: number,
  timeOf: (commit: CommitFile) => Promise<number>,
): Promise<CommitFile | undefined> {
  let [low, high] = [0, commits.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((await timeOf(commits[middle]!)) <= timestamp) low = middle + 1;
    else high = middle;
  }
  return commits[low - 1];
}
