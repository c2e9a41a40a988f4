import { readDataFile } from '../delta/data-file-reader';
import { storedColumns } from '../offline/feature-schema';
import { TableError } from '../stores/table-error';
import { markOf } from './file-mark';
import type { Plan } from './plan-run';
import { type Run, UnreadableFile } from './run';

/**
 * Reads the files whose rows are to be put online, all of them to their end: a version that is damaged anywhere leaves nothing half-written.
 * @throws UnreadableFile
 */
export async function checkFiles({ table, io }: Run, { target, written }: Plan): Promise<void> {
  const fields = storedColumns(table, target.schema).flatMap(({ field }) => field ?? []);
  for (const file of written) {
    try {
      const slices = readDataFile(io.offline, target, file, fields);
      while (!(await slices.next()).done);
    } catch (error) {
      throw error instanceof TableError ? new UnreadableFile(markOf(file), error) : error;
    }
  }
}
