import { type DataFile } from '../delta/data-file';
import type { Snapshot } from '../delta/snapshot';
import type { OnlineRow } from '../online/row';
import { eventTimeCheck } from '../online/writer';
import { keysOf, type Run, rowsOf } from './run';

/** Rows of one file that are the latest of their keys. */
export interface LatestRows {
  readonly rows: readonly OnlineRow[];
  readonly file: DataFile;
}

interface Place {
  readonly eventTime: bigint | undefined;
  readonly file: DataFile;
  /** The row's number in the file. */
  readonly number: number;
}

/**
 * Finds the latest row of each of some keys, among the rows whose event times allow them online. A key without such a row is left out.
 * @param files in the order of their rows
 * @throws UnreadableFile
 */
export async function* latestRows(
  run: Run,
  snapshot: Snapshot,
  files: readonly DataFile[],
  keys: ReadonlySet<string>,
): AsyncGenerator<LatestRows> {
  const places = await latestPlaces(run, snapshot, files, keys);
  const wanted = new Map<DataFile, Set<number>>();
  for (const { file, number } of places.values()) {
    const numbers = wanted.get(file);
    if (numbers === undefined) wanted.set(file, new Set([number]));
    else numbers.add(number);
  }
  for (const [file, numbers] of wanted) {
    let number = 0;
    for await (const slice of rowsOf(run, snapshot, file)) {
      const rows = slice.filter((row): row is OnlineRow => numbers.has(number++) && 'key' in row);
      yield { rows, file };
    }
  }
}

async function latestPlaces(
  run: Run,
  snapshot: Snapshot,
  files: readonly DataFile[],
  keys: ReadonlySet<string>,
): Promise<Map<string, Place>> {
  const places = new Map<string, Place>();
  const check = eventTimeCheck(run.table, run.io.now);
  for (const file of files) {
    let number = 0;
    for await (const slice of keysOf(run, snapshot, file)) {
      for (const row of slice) {
        const place = number++;
        if (!('key' in row) || !keys.has(row.key) || check(row) !== undefined) continue;
        const before = places.get(row.key);
        const { eventTime } = row;
        if (before === undefined || eventTime === undefined || eventTime >= before.eventTime!)
          places.set(row.key, { eventTime, file, number: place });
      }
    }
  }
  return places;
}
