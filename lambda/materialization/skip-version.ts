import { readJsonActions } from '../delta/commit-file';
import { committedAt } from '../delta/history';
import { commitPath } from '../delta/log-path';
import { readSnapshot } from '../delta/snapshot';
import { TableError } from '../stores/table-error';
import { Refusal } from '../refusal';
import type { Run } from './run';
import { type DoneVersion, fileMark, rowForm, type StateItem } from './state';

/** How many files may be skipped: the state must fit into an item of DynamoDB, 400 KB. */
const MOST_FILES = 2000;

/**
 * Skips the version that stopped the materialization. The files that it added are not read, and the rows that it removed stay online, as long as
 * the table has any of these files. After that, all rows are compared. If an earlier version added the unreadable file, only that file is skipped.
 * @throws Refusal if that version did not stop the materialization, or cannot be skipped
 */
export async function skipVersion(run: Run, item: StateItem, version: number): Promise<void> {
  const { failure, skipped, done } = item.state;
  if (failure?.version !== version) {
    const stopping = failure === undefined ? 'none' : String(failure.version);
    throw refused(`expected the version that stopped the materialization (${stopping}), got: ${version}`);
  }
  const added = await addedBy(run, version);
  const isOlder = failure.file !== undefined && !added?.includes(failure.file);
  const files = [...new Set([...skipped, ...(isOlder ? [failure.file] : (added ?? []))])];
  if (files.length > MOST_FILES) throw refused(`expected at most ${MOST_FILES} files to skip, got: ${files.length}`);
  await item.change({ skipped: files, failure: undefined, ...(!isOlder && { done: await skippedVersion(run, version, done) }) });
}

/** The files that a version added; undefined if its commit cannot be read. */
async function addedBy({ io }: Run, version: number): Promise<string[] | undefined> {
  try {
    const actions = await readJsonActions(io.offline, commitPath(version));
    return actions.flatMap((action) => (action.kind === 'add' ? fileMark(action.add) : []));
  } catch (error) {
    if (error instanceof TableError) return undefined;
    throw error;
  }
}

/** The state of the skipped version, as if it were online. */
async function skippedVersion({ table, io }: Run, version: number, done: DoneVersion | undefined): Promise<DoneVersion> {
  try {
    const { metadata } = await readSnapshot(io.offline, version);
    const { tableId, rowForm: form } = done ?? { tableId: metadata.id, rowForm: rowForm(table) };
    return { version, tableId, rowForm: form, committed: await committedAt(io.offline, version), finished: io.now(), pinned: false };
  } catch (error) {
    if (!(error instanceof TableError)) throw error;
    throw refused(`expected a version whose log can be read, got: ${error.message}`, error);
  }
}

function refused(reason: string, cause?: unknown): Refusal {
  return new Refusal('INVALID_PARAMETER_VALUE', `skip: ${reason}`, { cause });
}
