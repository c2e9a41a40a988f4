import { isObject } from '../records';
import { REDACTED, type Redaction } from '../protocol';

/** Members of a body that hold no values of columns. */
const NO_RECORDS = ['client_request_id', 'signature_name'];

/** The number of levels of lists and objects that are searched. Deeper levels hold no values of columns, and may be too deep to be written. */
const MOST_LEVELS = 64;

/** An object of JSON. Its members are overwritten: copies would cost a request more than the rest of its line. */
type Json = Record<string, unknown>;

/**
 * A request's body without the values of some columns. What cannot be told apart by columns is left out as a whole: a body that is none, and
 * values that are sent without names.
 * @param body what the request says, parsed; nothing else may read it afterwards
 */
export function redactRequest({ columns }: Redaction, body: unknown): string {
  if (!isObject(body)) return JSON.stringify(REDACTED);
  for (const [key, value] of Object.entries(body)) {
    if (NO_RECORDS.includes(key) && typeof value === 'string') continue;
    const isHidden = columns.has(key) || !(key === 'dataframe_split' ? hideColumns(value, columns) : isNamed(value));
    if (isHidden) (body as Json)[key] = REDACTED;
    else if (key !== 'dataframe_split') hideNamed(value, columns);
  }
  return JSON.stringify(body);
}

/** An answer's body without the values of some columns; of one that tells of an error nothing but its code stays, since a message may show a value. */
export function redactAnswer({ columns, isAnswered, hidesUnnamed }: Redaction, status: number, text: string): string {
  if (status < 400 && !isAnswered) return text;
  const body = JSON.parse(text) as Json;
  if (status >= 400) return JSON.stringify({ error_code: body.error_code, message: REDACTED });
  if (hidesUnnamed && 'predictions' in body) body.predictions = (body.predictions as readonly unknown[]).map(() => REDACTED);
  hideNamed(body.predictions, columns);
  hideNamed(body.outputs, columns);
  return JSON.stringify(body);
}

/** Whether every value has the name of its column. */
function isNamed(records: unknown): boolean {
  return Array.isArray(records) ? records.every(isObject) : isObject(records);
}

/** Overwrites what has the name of a column, however deep it lies; what lies deeper than any column's value is overwritten too. */
function hideNamed(value: unknown, columns: ReadonlySet<string>, levels = MOST_LEVELS): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      if (levels === 0) value[i] = REDACTED;
      else hideNamed(value[i], columns, levels - 1);
    }
    return;
  }
  for (const name of Object.keys(value)) {
    if (levels === 0 || columns.has(name)) (value as Json)[name] = REDACTED;
    else hideNamed((value as Json)[name], columns, levels - 1);
  }
}

/**
 * Overwrites columns of the split form: names once, and rows of values in their order. What else is in it has no names, such as the labels of rows.
 * @returns whether it has that form
 */
function hideColumns(split: unknown, columns: ReadonlySet<string>): boolean {
  if (!isObject(split)) return false;
  const { columns: names, data } = split;
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string') || !Array.isArray(data)) return false;
  if (!data.every((row) => Array.isArray(row) && row.length === names.length)) return false;
  names.forEach((name, i) => {
    if (columns.has(name)) for (const row of data as unknown[][]) row[i] = REDACTED;
  });
  hideNamed(data, columns);
  for (const key of Object.keys(split)) if (key !== 'columns' && key !== 'data') (split as Json)[key] = REDACTED;
  return true;
}
