import { storedColumns } from '../offline/feature-schema';
import { earliestVersion } from '../delta/log-segment';
import { readSnapshot } from '../delta/snapshot';
import { TableError } from '../stores/table-error';
import { type Run, UnreadableFile } from './run';
import { type Failure, fileMark } from './state';

/** The version that cannot be materialized, and the last one before it that can. */
export interface FoundFailure extends Omit<Failure, 'since'> {
  /** The version before, undefined if no version before can be read. */
  readonly before: number | undefined;
}

/**
 * Finds the version that introduced what makes a later one unreadable, by halving.
 * @param after a version that could be read, undefined if none is known
 * @param version the later version
 * @param error the error at reading it
 */
export async function findFailure(
  run: Run,
  after: number | undefined,
  version: number,
  error: TableError | UnreadableFile,
): Promise<FoundFailure> {
  const file = error instanceof UnreadableFile ? error.file : undefined;
  if ((await failureAt(run, version, file, error.message)) === undefined) {
    return { version, reason: error.message, isSkippable: true, before: undefined };
  }
  const earliest = (await earliestVersion(run.io.offline)) ?? version;
  let good = Math.max(after ?? -1, earliest - 1);
  let bad = version;
  let reason = error.message;
  while (bad - good > 1) {
    const middle = good + Math.floor((bad - good) / 2);
    const found = await failureAt(run, middle, file, error.message);
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

/** The reason why a version cannot be read, by its log, its schema or the unreadable file; undefined if it can. */
async function failureAt({ io, table }: Run, version: number, file: string | undefined, reason: string): Promise<string | undefined> {
  try {
    const { schema, files } = await readSnapshot(io.offline, version);
    storedColumns(table, schema);
    return files.some((one) => fileMark(one) === file) ? reason : undefined;
  } catch (error) {
    if (error instanceof TableError) return error.message;
    throw error;
  }
}
