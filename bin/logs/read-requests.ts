import type { AddFile } from '../../lambda/delta/actions';
import { readDataFile } from '../../lambda/delta/data-file-reader';
import type { ObjectStore } from '../../lambda/stores/object-store';
import type { Snapshot } from '../../lambda/delta/snapshot';
import { INFERENCE_COLUMNS, INFERENCE_PARTITION } from '../../lib/contract/inference-columns';

const DAY = 86_400_000;

/** A row of an inference table, by column; null for a missing value. */
export type LoggedRow = Readonly<Record<string, unknown>>;

/** Selects requests. */
export interface RequestsQuery {
  /** In milliseconds since 1970. */
  readonly since?: number;
  /** A served entity that answered at least one record. */
  readonly entity?: string;
  /** Whether to select only requests that were refused or failed. */
  readonly errors?: boolean;
  /** The largest number of requests; the latest are selected. */
  readonly limit: number;
}

/** Reads the latest requests and returns the oldest first. Data files are read from the latest on, until none can have a later request. */
export async function readRequests(store: ObjectStore, snapshot: Snapshot, query: RequestsQuery): Promise<LoggedRow[]> {
  const { since = 0, limit } = query;
  const names = INFERENCE_COLUMNS.map(({ name }) => name);
  const fields = snapshot.schema.fields.filter(({ name }) => names.includes(name));
  const files = snapshot.files
    .map((file) => ({ file, last: lastTimeIn(file) }))
    .filter(({ last }) => last >= since)
    .sort((a, b) => b.last - a.last);
  let found: LoggedRow[] = [];
  for (const { file, last } of files) {
    if (found.length >= limit && last < Number(found[0]!.timestamp_ms)) break;
    for await (const { rowCount, columns } of readDataFile(store, snapshot, file, fields)) {
      for (let row = 0; row < rowCount; row++) {
        const read = Object.fromEntries(fields.map(({ name }, i) => [name, columns[i]![row]]));
        if (isSelected(query, read)) found.push(read);
      }
      found = latest(found, limit);
    }
  }
  return found;
}

/** An upper bound for the time of a file's last request, in milliseconds since 1970. */
function lastTimeIn({ stats = '{}', partitionValues }: AddFile): number {
  const latestTime = (JSON.parse(stats) as { readonly maxValues?: { readonly timestamp_ms?: unknown } } | null)?.maxValues?.timestamp_ms;
  if (typeof latestTime === 'number') return latestTime;
  const day = partitionValues[INFERENCE_PARTITION];
  return typeof day === 'string' ? Date.parse(day) + DAY : Infinity;
}

function isSelected({ since, entity, errors }: RequestsQuery, row: LoggedRow): boolean {
  if (since !== undefined && Number(row.timestamp_ms) < since) return false;
  if (entity !== undefined && !((row.served_entities as readonly unknown[] | null) ?? []).includes(entity)) return false;
  return !errors || Number(row.status_code) >= 400;
}

function latest(rows: readonly LoggedRow[], limit: number): LoggedRow[] {
  return [...rows].sort((a, b) => Number(a.timestamp_ms) - Number(b.timestamp_ms)).slice(-limit);
}
