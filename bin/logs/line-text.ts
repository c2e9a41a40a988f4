import { INFERENCE_COLUMNS } from '../../lib/contract/inference-columns';
import { countOf, timeText } from '../terminal/quantities';
import type { LoggedRow } from './read-requests';

/** A request as a line to read: when, how it ended, who answered how many records and why, how long it took, what it is called. */
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

/** What callers call their requests, and errors of user code, may hold line ends and orders to a terminal. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from({ length: character.length }, (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  );
}

/** A request as JSON, its columns as they are; a map is an object. */
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

/** The message of an error names row and column itself; they are told where it is not kept. */
function errorText({ error_code: code, error_row: row, error_column: column, response, error_reasons: reasons }: LoggedRow): string {
  const message = messageOf(String(response));
  const at = [...(row === null ? [] : [`row ${String(row)}`]), ...(column === null ? [] : [`column '${String(column)}'`])].join(', ');
  const told = message.startsWith('row ') || at === '' ? message : [at, message].filter((text) => text !== '').join(': ');
  const why = [told, ...((reasons as readonly string[] | null) ?? [])].filter((text) => text !== '');
  return [String(code), why.join(', because of ')].filter((text) => text !== '').join(': ');
}

/** What an answer that is an error says; nothing where the answer was too long to be kept. */
function messageOf(response: string): string {
  const { message } = JSON.parse(response) as { readonly message?: string };
  return message ?? '';
}
