import type { AddFile } from '../../lambda/delta/actions';
import { readDataFile } from '../../lambda/delta/data-file-reader';
import type { ObjectStore } from '../../lambda/stores/object-store';
import type { Snapshot } from '../../lambda/delta/snapshot';
import { INFERENCE_COLUMNS, INFERENCE_PARTITION } from '../../lib/contract/inference-columns';

const DAY = 86_400_000;

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

/** The latest requests, the oldest first. Of the data files, those are read that may have one of them, from the last on. */
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
        if (isAskedFor(query, read)) found.push(read);
      }
      found = latest(found, limit);
    }
  }
  return found;
}

/** When a file's last request came, or a time after that, in milliseconds since 1970. */
function lastTimeIn({ stats = '{}', partitionValues }: AddFile): number {
  const told = (JSON.parse(stats) as { readonly maxValues?: { readonly timestamp_ms?: unknown } } | null)?.maxValues?.timestamp_ms;
  if (typeof told === 'number') return told;
  const day = partitionValues[INFERENCE_PARTITION];
  return typeof day === 'string' ? Date.parse(day) + DAY : Infinity;
}

function isAskedFor({ since, entity, errors }: RequestsQuery, row: LoggedRow): boolean {
  if (since !== undefined && Number(row.timestamp_ms) < since) return false;
  if (entity !== undefined && !((row.served_entities as readonly unknown[] | null) ?? []).includes(entity)) return false;
  return !errors || Number(row.status_code) >= 400;
}

function latest(rows: readonly LoggedRow[], limit: number): LoggedRow[] {
  return [...rows].sort((a, b) => Number(a.timestamp_ms) - Number(b.timestamp_ms)).slice(-limit);
}
