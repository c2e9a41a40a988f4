import { readDataFile } from '../delta/data-file-reader';
import type { DataFile } from '../delta/data-file';
import { storedColumns } from '../offline/feature-schema';
import { TableError } from '../stores/table-error';
import type { Plan } from './plan-run';
import { isOutOfTime, type Run, UnreadableFile } from './run';
import { fileMark, StateConflict, type StateItem } from './state';

/** How long after its deadline a run may still exist, in milliseconds. */
const GRACE = 120_000;

/** How long a file may take to read, in minutes. A run of a function has a little more. */
const FILE_LIMIT = 10;

/**
 * Reads the files to be written, to their ends, so that a version with a damaged file is not written in part.
 *
 * A damaged file may also make its decoder run forever, until the function times out. So a run with a deadline notes in the state that it reads
 * files. If the next run finds the note of a run that is over, it notes every single file; a file whose note outlives a run, too, is unreadable.
 * @returns whether all files are read; false if the deadline passed
 * @throws UnreadableFile, StateConflict
 */
export async function checkFiles(run: Run, item: StateItem, { target, written }: Plan): Promise<boolean> {
  const { now, deadline } = run.io;
  const last = item.state.checking;
  const hasDied = last?.until !== undefined && last.until < now();
  const isCareful = hasDied || last?.isCareful === true;
  const hung = hasDied && last.file !== undefined ? [...(item.state.hung ?? []), last.file] : item.state.hung;
  let checked = last?.target === target.version && last.files === written.length ? last.checked : 0;
  const note = (reading: { readonly until?: number; readonly file?: string }) =>
    item.change({ hung, checking: { target: target.version, files: written.length, checked, isCareful, ...reading } });
  const noteStart = async (file?: string) => {
    if (deadline !== undefined) await note({ until: deadline + GRACE, file });
  };

  const hungFile = written.find((file) => hung?.includes(fileMark(file)));
  if (hungFile !== undefined) {
    await item.change({ hung, checking: undefined });
    throw unreadable(hungFile, 'two runs that did not end');
  }
  try {
    if (!isCareful && written.length > 0) await noteStart();
    for (const file of written.slice(checked)) {
      if (isCareful) await noteStart(fileMark(file));
      if (!(await isRead(run, { target, file }))) {
        await note({});
        return false;
      }
      checked++;
    }
    return true;
  } catch (error) {
    // this run is alive
    if (!(error instanceof StateConflict)) await item.change({ checking: undefined });
    throw error;
  }
}

/** Reads a file to its end. @returns false if the deadline passed @throws UnreadableFile */
async function isRead(run: Run, { target, file }: Pick<Plan, 'target'> & { file: DataFile }): Promise<boolean> {
  const { offline, now, deadline } = run.io;
  const limit = deadline === undefined ? Infinity : now() + FILE_LIMIT * 60_000;
  const fields = storedColumns(run.table, target.schema).flatMap(({ field }) => field ?? []);
  try {
    const slices = readDataFile(offline, target, file, fields);
    while (!(await slices.next()).done) {
      if (now() > limit) throw unreadable(file, 'more');
      if (isOutOfTime(run)) return false;
    }
    return true;
  } catch (error) {
    throw error instanceof TableError ? new UnreadableFile(fileMark(file), error) : error;
  }
}

function unreadable(file: DataFile, got: string): UnreadableFile {
  return new UnreadableFile(fileMark(file), new TableError(`${file.path}: expected to read it within ${FILE_LIMIT} minutes, got: ${got}`));
}
