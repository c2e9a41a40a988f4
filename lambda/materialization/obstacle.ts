import { storedColumns } from '../offline/feature-schema';
import { earliestVersion } from '../delta/log-segment';
import { readSnapshot } from '../delta/snapshot';
import { TableError } from '../stores/table-error';
import { markOf } from './file-mark';
import { type Run, UnreadableFile } from './run';
import type { Failure } from './state';

/** What keeps a version from coming online, and up to which version there is no such thing. */
export interface Obstacle extends Omit<Failure, 'since'> {
  /** The version before, undefined if there is none that can be read. */
  readonly before: number | undefined;
}

/**
 * Finds the version that brought what keeps a later one from coming online.
 * @param after a version that it was not in, undefined if none is known
 * @param version the later one
 * @param error what was thrown when that was read
 */
export async function findObstacle(
  run: Run,
  after: number | undefined,
  version: number,
  error: TableError | UnreadableFile,
): Promise<Obstacle> {
  const file = error instanceof UnreadableFile ? error.file : undefined;
  if ((await obstacleAt(run, version, file, error.message)) === undefined) {
    return { version, reason: error.message, isSkippable: true, before: undefined };
  }
  const earliest = (await earliestVersion(run.io.offline)) ?? version;
  let good = Math.max(after ?? -1, earliest - 1);
  let bad = version;
  let reason = error.message;
  while (bad - good > 1) {
    const middle = good + Math.floor((bad - good) / 2);
    const found = await obstacleAt(run, middle, file, error.message);
    if (found === undefined) good = middle;
    else {
      bad = middle;
      reason = found;
    }
  }
  return { version: bad, reason, file, isSkippable: await isReadable(run, bad), before: good >= earliest ? good : undefined };
}

/** Whether the log of a version can be read. */
async function isReadable({ io }: Run, version: number): Promise<boolean> {
  try {
    await readSnapshot(io.offline, version);
    return true;
  } catch (error) {
    if (error instanceof TableError) return false;
    throw error;
  }
}

/** Why a version cannot be read, or that it has the file that cannot be. */
async function obstacleAt({ io, table }: Run, version: number, file: string | undefined, reason: string): Promise<string | undefined> {
  try {
    const { schema, files } = await readSnapshot(io.offline, version);
    storedColumns(table, schema);
    return files.some((one) => markOf(one) === file) ? reason : undefined;
  } catch (error) {
    if (error instanceof TableError) return error.message;
    throw error;
  }
}
