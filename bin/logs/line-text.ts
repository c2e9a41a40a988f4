import { INFERENCE_COLUMNS } from '../../lib/contract/inference-columns';
import { countOf, timeText } from '../terminal/quantities';
import type { LoggedRow } from './read-requests';

/** Writes a request as one readable line: time, status, served entities with their records, duration, ids, error. */
export function textLine(row: LoggedRow): string {
  const parts = [
    timeText(Number(row.timestamp_ms)),
    String(row.status_code),
    assignmentText(row),
    `${String(row.execution_time_ms)} ms`,
    String(row.databricks_request_id),
    ...(row.client_request_id === null ? [] : [`(${String(row.client_request_id)})`]),
    ...(row.error_code === null ? [] : [errorText(row)]),
  ];
  return visible(parts.filter((part) => part !== '').join('  '));
}

/** Escapes control characters: ids given by callers and errors of user code may contain line breaks and terminal sequences. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from({ length: character.length }, (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  );
}

/** Writes all columns of a request as JSON. A map is an object. */
export function jsonLine(row: LoggedRow): string {
  const values = INFERENCE_COLUMNS.map(({ name, type }): [string, unknown] => {
    const value = row[name] ?? null;
    if (value === null) return [name, null];
    if (type.startsWith('map')) return [name, Object.fromEntries(value as readonly [string, unknown][])];
    return [name, typeof value === 'bigint' ? Number(value) : value];
  });
  return JSON.stringify(Object.fromEntries(values));
}

/** `model_A sticky 2 rows, model_B sticky 1 row`. */
function assignmentText({ served_entities: entities, assignment_reasons: reasons }: LoggedRow): string {
  const counts = new Map<string, number>();
  ((entities as readonly string[] | null) ?? []).forEach((entity, i) => {
    const key = `${entity} ${(reasons as readonly string[])[i]!}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  });
  return [...counts].map(([key, count]) => `${key} ${countOf(count, 'row')}`).join(', ');
}

/** The error of a request. Row and column are added if the message does not have them. */
function errorText({ error_code: code, error_row: row, error_column: column, response, error_reasons: reasons }: LoggedRow): string {
  const message = messageOf(String(response));
  const at = [...(row === null ? [] : [`row ${String(row)}`]), ...(column === null ? [] : [`column '${String(column)}'`])].join(', ');
  const text = message.startsWith('row ') || at === '' ? message : [at, message].filter((part) => part !== '').join(': ');
  const why = [text, ...((reasons as readonly string[] | null) ?? [])].filter((part) => part !== '');
  return [String(code), why.join(', because of ')].filter((part) => part !== '').join(': ');
}

/** The message of an error answer; empty if the answer was too long to be kept. */
function messageOf(response: string): string {
  const { message } = JSON.parse(response) as { readonly message?: string };
  return message ?? '';
}
