import { inParallel } from '../in-parallel';
import type { FeatureRow } from '../offline/feature-rows';
import type { DataFile } from '../delta/data-file';
import type { Snapshot } from '../delta/snapshot';
import type { Item } from '../online/reader';
import type { OnlineRow } from '../online/row';
import { createOnlineWriter } from '../online/writer';
import { LatestPlaces } from './key-index';
import { isOutOfTime, PARALLEL_WRITES, type Run, rowsOf } from './run';
import { fileMark, type Position } from './state';
import { comparedAttributes, rowComparer } from './stored-row';

/** Which rows are written, and how. */
export interface FileWrites {
  readonly snapshot: Snapshot;
  /** In the order of their rows. */
  readonly files: readonly DataFile[];
  /** Whether stored rows are read first, so that unchanged rows are not written again. */
  readonly compare: boolean;
  /** The next row; the first if it is undefined or in none of the files. */
  readonly position: Position | undefined;
  /** Takes the next row's position after every slice. */
  readonly reached: (position: Position) => Promise<void>;
}

/**
 * Writes rows to the online store, unless it has a later row of the same key.
 * @returns whether all are done; false if the deadline passed
 * @throws UnreadableFile, OnlineStoreFailure
 */
export async function writeFiles(run: Run, { snapshot, files, compare, position, reached }: FileWrites): Promise<boolean> {
  const latest = await LatestPlaces.of(run, snapshot, files);
  const start = files.findIndex((file) => fileMark(file) === position?.file);
  for (const [i, file] of files.entries()) {
    if (i < start) continue;
    const write = sliceWriter(run, file, compare, (row, number) => latest.has(row, { file: i, number }));
    const first = i === start ? position!.row : 0;
    let next = 0;
    for await (const slice of rowsOf(run, snapshot, file)) {
      const firstOfSlice = next;
      next += slice.length;
      if (next <= first) continue;
      await write(slice, firstOfSlice);
      await reached({ file: fileMark(file), row: next });
      if (isOutOfTime(run)) return false;
    }
  }
  return true;
}

/** A row and its number in its file. */
interface NumberedRow {
  readonly row: OnlineRow;
  readonly number: number;
}

/** Whether no later row of the same key is known. @param number the row's number in its file */
type LatestTest = (row: OnlineRow, number: number) => boolean;

/** Makes a function that writes a slice; `start` is the number of its first row. */
function sliceWriter(
  run: Run,
  file: DataFile,
  compare: boolean,
  isLatest: LatestTest,
): (slice: readonly FeatureRow[], start: number) => Promise<void> {
  const { table, io, outcomes } = run;
  const writeLatest = latestWriter(run, file);
  return async (slice, start) => {
    const byKey = new Map<string, NumberedRow[]>();
    slice.forEach((row, i) => {
      if (!('key' in row)) {
        outcomes.reject(row);
        return;
      }
      const numbered = { row, number: start + i };
      if (!isLatest(row, numbered.number)) {
        outcomes.counts.older++;
        return;
      }
      const others = byKey.get(row.key);
      if (others === undefined) byKey.set(row.key, [numbered]);
      else others.push(numbered);
    });
    const stored = compare ? await io.online.get([...byKey.keys()], comparedAttributes(table)) : undefined;
    await inParallel(byKey, PARALLEL_WRITES, ([key, rows]) => writeLatest(rows, stored?.get(key)));
  };
}

/** Makes a function that writes the latest of a key's rows that can be online; `stored` is the item that was read under the key. */
function latestWriter(
  { table, io, outcomes }: Run,
  file: DataFile,
): (rows: readonly NumberedRow[], stored: Item | undefined) => Promise<void> {
  const write = createOnlineWriter({ table, online: io.online, version: file.version, force: false, now: io.now });
  const compare = rowComparer(table);
  return async (rows, stored) => {
    for (const [i, { row, number }] of latestFirst(rows).entries()) {
      const known = stored === undefined ? 'newer' : compare(row, file.version, stored);
      const outcome = known === 'newer' ? await write(row) : { kind: known };
      switch (outcome.kind) {
        case 'failed':
          throw outcome.error;
        case 'rejected': {
          const { from, column, expected, got } = outcome;
          outcomes.reject({ file: file.path, row: number, column, expected, got });
          if (from !== undefined) outcomes.postpone(fileMark(file), from);
          break;
        }
        default:
          outcomes.counts[outcome.kind]++;
          outcomes.counts.older += rows.length - i - 1;
          return;
      }
    }
  };
}

function latestFirst(rows: readonly NumberedRow[]): readonly NumberedRow[] {
  if (rows.length === 1) return rows;
  return [...rows].sort((a, b) => {
    const [earlier, later] = [a.row.eventTime ?? 0n, b.row.eventTime ?? 0n];
    return earlier === later ? b.number - a.number : earlier < later ? 1 : -1;
  });
}
