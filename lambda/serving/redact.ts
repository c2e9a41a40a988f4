import { isObject } from '../protocols/records';
import type { Redaction } from './inference-plan';

/** What stands in place of a value that is not kept. */
export const REDACTED = '[REDACTED]';

/** What a body says beside its records. */
const NO_RECORDS = ['client_request_id', 'signature_name'];

/**
 * A request's body without the values of some columns. What cannot be told apart by columns is left out as a whole: a body that is none, and
 * values that are sent without names.
 */
export function redactRequest({ columns }: Redaction, text: string): string {
  const body = parsed(text);
  if (!isObject(body)) return JSON.stringify(REDACTED);
  const redacted = Object.entries(body).map(([key, value]): [string, unknown] => {
    if (columns.has(key)) return [key, REDACTED];
    if (NO_RECORDS.includes(key)) return [key, value];
    if (key === 'dataframe_split') return [key, withoutColumns(value, columns)];
    return [key, isNamed(value) ? withoutNamed(value, columns) : REDACTED];
  });
  return JSON.stringify(Object.fromEntries(redacted));
}

/** An answer's body without the values of some columns; of one that tells of an error, the message may show a value and is left out. */
export function redactAnswer({ columns, hidesUnnamed }: Redaction, status: number, text: string): string {
  const body = JSON.parse(text) as Readonly<Record<string, unknown>>;
  if (status >= 400) return JSON.stringify({ ...body, ...('message' in body ? { message: REDACTED } : {}) });
  const redacted = Object.entries(body).map(([list, values]): [string, unknown] => {
    if (list === 'predictions' && hidesUnnamed) return [list, (values as readonly unknown[]).map(() => REDACTED)];
    return [list, list === 'predictions' || list === 'outputs' ? withoutNamed(values, columns) : values];
  });
  return JSON.stringify(Object.fromEntries(redacted));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Whether every value has the name of its column. */
function isNamed(records: unknown): boolean {
  return Array.isArray(records) ? records.every(isObject) : isObject(records);
}

function withoutNamed(value: unknown, columns: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((inner) => withoutNamed(inner, columns));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, columns.has(name) ? REDACTED : withoutNamed(inner, columns)]),
  );
}

/** The split form: names once, and rows of values in their order. */
function withoutColumns(split: unknown, columns: ReadonlySet<string>): unknown {
  const { columns: names, data } = isObject(split) ? split : {};
  if (!Array.isArray(names) || !Array.isArray(data) || !data.every((row) => Array.isArray(row) && row.length === names.length)) {
    return REDACTED;
  }
  const isHidden = names.map((name) => columns.has(String(name)));
  return { ...(split as object), data: data.map((row: unknown[]) => row.map((value, i) => (isHidden[i] ? REDACTED : value))) };
}
