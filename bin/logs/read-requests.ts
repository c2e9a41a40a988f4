import { readDataFile } from '../../lambda/offline/data-file';
import type { ObjectStore } from '../../lambda/offline/object-store';
import type { Snapshot } from '../../lambda/offline/snapshot';
import { INFERENCE_COLUMNS, INFERENCE_PARTITION } from '../../lib/spec/inference-columns';

/** A row of an inference table by column, as it is read; null where there is no value. */
export type LoggedRow = Readonly<Record<string, unknown>>;

/** Which requests are asked for. */
export interface RequestsQuery {
  /** In milliseconds since 1970. */
  readonly since?: number;
  /** One of whose records this served entity answered. */
  readonly entity?: string;
  /** Whether only those that were refused or failed. */
  readonly errors?: boolean;
  /** How many at most: the latest. */
  readonly limit: number;
}

/** The latest requests, the oldest first. Days are read from the last on, until there are enough. */
export async function readRequests(store: ObjectStore, snapshot: Snapshot, query: RequestsQuery): Promise<LoggedRow[]> {
  const { schema, files } = snapshot;
  const names = INFERENCE_COLUMNS.map(({ name }) => name);
  const fields = schema.fields.filter(({ name }) => names.includes(name));
  const dayOf = ({ partitionValues }: (typeof files)[number]): string => partitionValues[INFERENCE_PARTITION] ?? '';
  const firstDay = query.since === undefined ? '' : new Date(query.since).toISOString().slice(0, 10);
  const days = [...new Set(files.map(dayOf))].filter((day) => day >= firstDay).sort();
  let found: LoggedRow[] = [];
  for (const day of days.reverse()) {
    for (const file of files.filter((one) => dayOf(one) === day)) {
      for await (const { rowCount, columns } of readDataFile(store, snapshot, file, fields)) {
        for (let row = 0; row < rowCount; row++) {
          const read = Object.fromEntries(fields.map(({ name }, i) => [name, columns[i]![row]]));
          if (isAskedFor(query, read)) found.push(read);
        }
        if (found.length > 2 * query.limit) found = latest(found, query.limit);
      }
    }
    if (found.length >= query.limit) break;
  }
  return latest(found, query.limit);
}

function isAskedFor({ since, entity, errors }: RequestsQuery, row: LoggedRow): boolean {
  if (since !== undefined && Number(row.timestamp_ms) < since) return false;
  if (entity !== undefined && !((row.served_entities as readonly unknown[] | null) ?? []).includes(entity)) return false;
  return !errors || Number(row.status_code) >= 400;
}

function latest(rows: readonly LoggedRow[], limit: number): LoggedRow[] {
  return [...rows].sort((a, b) => Number(a.timestamp_ms) - Number(b.timestamp_ms)).slice(-limit);
}
