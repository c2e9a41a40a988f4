import { basename } from 'node:path';
import { bareNumber } from '../../lambda/protocols/json-body';
import { FORMATS } from '../../lambda/protocols/mlflow/read-body';
import { isObject } from '../../lambda/protocols/records';
import { describeValue } from '../../lambda/protocols/describe-value';
import { fileText } from '../rows/file-text';
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
  const text = await textOf(path);
  const name = basename(path);
  const requests: FileRequest[] = [];
  const problems: string[] = [];
  text.split('\n').forEach((line, i) => {
    if (line.trim() === '') return;
    const value = parsed(line);
    if (isObject(value)) requests.push({ line: i + 1, body: bodyOf(line, value) });
    else
      problems.push(
        `  ${name}:${i + 1}  expected a JSON object, got: ${value === undefined ? (bareNumber(line) ?? 'text that is not JSON') : describeValue(value)}`,
      );
  });
  if (requests.length === 0 && problems.length === 0) throw new UserError(`${name}: expected a request, got: none`);
  if (problems.length === 0) return requests;
  const more = problems.length > LISTED ? [`  and ${problems.length - LISTED} more`] : [];
  throw new UserError([`${name}: expected a request's body or a record on each line`, ...problems.slice(0, LISTED), ...more].join('\n'));
}

async function textOf(path: string): Promise<string> {
  let text = '';
  try {
    for await (const piece of fileText(path)) text += piece;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new UserError(`expected a file of requests, got: ${path}, which does not exist`, { cause: error });
  }
  return text;
}

/** Parses JSON; undefined for other text. The parser's message would not say what is expected. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Makes the body from the text, because the numbers of the parsed value may have lost digits. */
function bodyOf(line: string, value: object): string {
  return FORMATS.some((format) => Object.hasOwn(value, format)) ? line : `{"dataframe_records":[${line}]}`;
}
