import { firstNameOf, LOG_FOLDER, type LogPath, parseLogPath } from './log-path';
import { type ObjectStore } from '../stores/object-store';
import { TableError } from '../stores/table-error';

/** A complete checkpoint. */
export interface Checkpoint {
  readonly version: number;
  /** In the order of the parts. */
  readonly paths: readonly string[];
}

type CommitPath = Extract<LogPath, { kind: 'commit' }>;

/**
 * The files of the log that make up one version of a table. Guarantees:
 * 1. the checkpoint, if there is one, has all its parts, and its version is `version` or earlier;
 * 2. the commits have no gap; the first follows the checkpoint, or is commit 0 without a checkpoint;
 * 3. the last commit is `version`; without commits, the checkpoint is.
 */
export interface LogSegment {
  readonly version: number;
  readonly checkpoint: Checkpoint | undefined;
  readonly ascendingCommitFiles: readonly CommitPath[];
}

/**
 * Finds the log segment of a version.
 * @param version by default the latest
 * @throws TableError if the table or the version does not exist, or a commit is missing
 */
export async function readLogSegment(store: ObjectStore, version?: number): Promise<LogSegment> {
  const hinted = await hintedVersion(store);
  if (hinted !== undefined && (version === undefined || hinted <= version)) {
    const recent = await listLog(store, firstNameOf(hinted));
    if (latestCheckpoint(recent, version) !== undefined) return validateSegment(recent, version);
  }
  return validateSegment(await listLog(store), version);
}

/** Returns the latest version of a table, or undefined if the table does not exist. The version may not be readable. */
export async function latestVersion(store: ObjectStore): Promise<number | undefined> {
  const hinted = await hintedVersion(store);
  const recent = hinted === undefined ? [] : await listLog(store, firstNameOf(hinted));
  const listed = recent.length > 0 ? recent : await listLog(store);
  return listed.at(-1)?.version;
}

/** Returns the earliest version that the log can still reconstruct, or undefined if there is none. */
export async function earliestVersion(store: ObjectStore): Promise<number | undefined> {
  const listed = await listLog(store);
  const whole = listed.map((path) => (path.kind === 'commit' ? undefined : completed(path, listed)?.version));
  const first = listed.find(({ kind, version }, i) => (kind === 'commit' ? version === 0 : whole[i] !== undefined));
  return first?.version;
}

/** Reads the version in `_last_checkpoint`. The hint only shortens the listing of the log, so a missing or damaged hint is ignored. */
async function hintedVersion(store: ObjectStore): Promise<number | undefined> {
  const bytes = await store.read(`${LOG_FOLDER}/_last_checkpoint`);
  try {
    const { version } = JSON.parse(new TextDecoder().decode(bytes)) as { version?: unknown };
    return Number.isSafeInteger(version) ? (version as number) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

async function listLog(store: ObjectStore, from?: string): Promise<LogPath[]> {
  return (await store.list(LOG_FOLDER, from)).map(({ name }) => parseLogPath(name)).filter((path) => path !== undefined);
}

function validateSegment(listed: LogPath[], wanted: number | undefined): LogSegment {
  const checkpoint = latestCheckpoint(listed, wanted);
  const commits = listed.filter((path): path is CommitPath => path.kind === 'commit');
  const latest = validateLatest(commits, checkpoint);
  const version = validateWanted(latest, wanted);
  const after = checkpoint?.version ?? -1;
  const ascendingCommitFiles = commits.filter((commit) => commit.version > after && commit.version <= version);
  validateNoGap(ascendingCommitFiles, after, version);
  return { version, checkpoint, ascendingCommitFiles };
}

/** Returns the latest complete checkpoint up to a version. */
function latestCheckpoint(listed: LogPath[], upTo = Infinity): Checkpoint | undefined {
  const candidates = listed.filter(({ kind, version }) => kind !== 'commit' && version <= upTo);
  return candidates.map((path) => completed(path, listed)).findLast((checkpoint) => checkpoint !== undefined);
}

function completed(found: LogPath, listed: LogPath[]): Checkpoint | undefined {
  if (found.kind !== 'part') return { version: found.version, paths: [found.path] };
  const parts = listed.filter((path) => path.kind === 'part' && path.version === found.version && path.parts === found.parts);
  const isComplete = parts.length === found.parts && parts.every((path, i) => path.kind === 'part' && path.part === i + 1);
  return isComplete ? { version: found.version, paths: parts.map(({ path }) => path) } : undefined;
}

function validateLatest(commits: CommitPath[], checkpoint: Checkpoint | undefined): number {
  const latest = Math.max(commits.at(-1)?.version ?? -1, checkpoint?.version ?? -1);
  if (latest < 0) throw new TableError(`expected a Delta table, got: no commit and no checkpoint in ${LOG_FOLDER}`);
  return latest;
}

function validateWanted(latest: number, wanted: number | undefined): number {
  if (wanted !== undefined && !(Number.isSafeInteger(wanted) && wanted >= 0 && wanted <= latest)) {
    throw new TableError(`expected a version from 0 to ${latest}, got: ${wanted}`);
  }
  return wanted ?? latest;
}

function validateNoGap(ascendingCommitFiles: CommitPath[], after: number, version: number): void {
  for (let expected = after + 1; expected <= version; expected++) {
    if (ascendingCommitFiles[expected - after - 1]?.version === expected) continue;
    throw new TableError(`expected commit ${expected} or a checkpoint from it up to ${version} in ${LOG_FOLDER}, got: neither`);
  }
}
