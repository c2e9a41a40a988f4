import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { FORMATS } from '../../lambda/protocols/mlflow/read-body';
import { JSON_LINES_FILE } from '../rows/json-lines-file';
import { rejectedLines } from '../rows/rejected-rows';
import type { RejectedRow } from '../rows/rows';
import { countText } from '../terminal/quantities';
import { UserError } from '../terminal/user-error';

/** A request of a file. */
export interface FileRequest {
  /** Its line in the file, counted from 1. */
  readonly line: number;
  /** The request body. */
  readonly body: string;
}

/** How many bad lines are listed. */
const LISTED = 20;

/**
 * Reads a file of requests, one a line: a request body, or a record.
 * @throws UserError if the file does not exist or has no request, or with the lines that are neither
 */
export async function readRequests(path: string): Promise<FileRequest[]> {
  if (!existsSync(path)) throw new UserError(`expected a file of requests, got: ${path}, which does not exist`);
  const name = basename(path);
  const requests: FileRequest[] = [];
  const rejected: RejectedRow[] = [];
  for await (const slice of JSON_LINES_FILE.slices(path, FORMATS, () => undefined)) {
    rejected.push(...slice.rejected);
    for (const [row, line] of slice.lines.entries()) {
      const isRecord = slice.columns.every((values) => values[row] === undefined);
      // the text and not the values, whose numbers may have lost digits
      const text = slice.texts![row]!;
      requests.push({ line, body: isRecord ? `{"dataframe_records":[${text}]}` : text });
    }
  }
  if (requests.length === 0 && rejected.length === 0) throw new UserError(`${name}: expected a request, got: none`);
  if (rejected.length === 0) return requests;
  const more = rejected.length > LISTED ? [`  and ${countText(rejected.length - LISTED)} more`] : [];
  const lines = rejectedLines(rejected.slice(0, LISTED), { name, unit: 'line' });
  throw new UserError([`${name}: expected a request's body or a record on each line`, ...lines, ...more].join('\n'));
}
