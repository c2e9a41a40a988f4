import { readJsonActions } from '../delta/commit-file';
import { committedAt } from '../delta/history';
import { commitPath } from '../delta/log-path';
import { readSnapshot } from '../delta/snapshot';
import { TableError } from '../stores/table-error';
import { markOf } from './file-mark';
import { rowForm } from './row-form';
import type { Run } from './run';
import type { DoneVersion, StateItem } from './state';
import { WrongRequest } from './wrong-request';

/** How many files may be skipped: DynamoDB takes an item of 400 KB. */
const MOST_FILES = 2000;

/**
 * Moves past the version that stopped the materialization: the files that it added are never read, and the rows that it removed stay online,
 * until none of those files is part of the table any more; then all rows are gone over. Where the file at fault was added before that version,
 * it alone is not read.
 * @throws WrongRequest if that version did not stop it, or cannot be passed
 */
export async function skipVersion(run: Run, item: StateItem, version: number): Promise<void> {
  const { failure, skipped, done } = item.state;
  if (failure?.version !== version) {
    const stopping = failure === undefined ? 'none' : String(failure.version);
    throw new WrongRequest(`skip: expected the version that stopped the materialization, ${stopping}, got: ${version}`);
  }
  const added = await addedBy(run, version);
  const isOlder = failure.file !== undefined && !added?.includes(failure.file);
  const files = [...new Set([...skipped, ...(isOlder ? [failure.file] : (added ?? []))])];
  if (files.length > MOST_FILES) throw new WrongRequest(`skip: expected at most ${MOST_FILES} files to skip, got: ${files.length}`);
  await item.change({ skipped: files, failure: undefined, ...(!isOlder && { done: await passed(run, version, done) }) });
}

/** The files that a version added; undefined if its commit cannot be read. */
async function addedBy({ io }: Run, version: number): Promise<string[] | undefined> {
  try {
    const actions = await readJsonActions(io.offline, commitPath(version));
    return actions.flatMap((action) => (action.kind === 'add' ? markOf(action.add) : []));
  } catch (error) {
    if (error instanceof TableError) return undefined;
    throw error;
  }
}

/** The version as if it were online. */
async function passed({ table, io }: Run, version: number, done: DoneVersion | undefined): Promise<DoneVersion> {
  try {
    const { metadata } = await readSnapshot(io.offline, version);
    const { tableId, rowForm: form } = done ?? { tableId: metadata.id, rowForm: rowForm(table) };
    return { version, tableId, rowForm: form, committed: await committedAt(io.offline, version), finished: io.now(), pinned: false };
  } catch (error) {
    if (!(error instanceof TableError)) throw error;
    throw new WrongRequest(`skip: expected a version whose log can be read, got: ${error.message}`, { cause: error });
  }
}
