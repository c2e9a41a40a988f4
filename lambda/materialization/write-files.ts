import { inParallel } from '../in-parallel';
import type { FeatureRow } from '../offline/feature-rows';
import type { DataFile } from '../delta/data-file';
import type { Snapshot } from '../delta/snapshot';
import type { Item } from '../online/reader';
import type { OnlineRow } from '../online/row';
import { createOnlineWriter } from '../online/writer';
import { markOf } from './file-mark';
import { LatestPlaces } from './latest-places';
import { isOutOfTime, PARALLEL_WRITES, type Run, rowsOf } from './run';
import type { Position } from './state';
import { comparedAttributes, standingIn } from './stored-row';

/** Which rows are written, and how. */
export interface FileWrites {
  readonly snapshot: Snapshot;
  /** In the order of their rows. */
  readonly files: readonly DataFile[];
  /** Whether what is stored is read first, and rows that are online already are not written again. */
  readonly compare: boolean;
  /** Where the next row is; at the beginning if it is undefined or in none of the files. */
  readonly position: Position | undefined;
  /** Is told after every slice where the next row is. */
  readonly reached: (position: Position) => Promise<void>;
}

/**
 * Puts rows online unless their keys have later ones there.
 * @returns whether all are done: else the time was up
 * @throws UnreadableFile, OnlineStoreFailure
 */
export async function writeFiles(run: Run, { snapshot, files, compare, position, reached }: FileWrites): Promise<boolean> {
  const latest = await LatestPlaces.of(run, snapshot, files);
  const begun = files.findIndex((file) => markOf(file) === position?.file);
  for (const [i, file] of files.entries()) {
    if (i < begun) continue;
    const write = sliceWriter(run, file, compare, (row, number) => latest.has(row, { file: i, number }));
    const first = i === begun ? position!.row : 0;
    let next = 0;
    for await (const slice of rowsOf(run, snapshot, file)) {
      const start = next;
      next += slice.length;
      if (next <= first) continue;
      await write(slice, start);
      await reached({ file: markOf(file), row: next });
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

/** Whether no later row of the same key is known. @param number that of the row in its file */
type LatestTest = (row: OnlineRow, number: number) => boolean;

/** How the rows of a slice are written, of which the first has a number. */
function sliceWriter(
  run: Run,
  file: DataFile,
  compare: boolean,
  isLatest: LatestTest,
): (slice: readonly FeatureRow[], start: number) => Promise<void> {
  const { table, io, tally } = run;
  const writeLatest = latestWriter(run, file);
  return async (slice, start) => {
    const byKey = new Map<string, NumberedRow[]>();
    slice.forEach((row, i) => {
      if (!('key' in row)) {
        tally.reject(row);
        return;
      }
      const numbered = { row, number: start + i };
      if (!isLatest(row, numbered.number)) {
        tally.counts.older++;
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

/** Writes the latest of a key's rows that can be online; `stored` is what is known to be stored under it. */
function latestWriter(
  { table, io, tally }: Run,
  file: DataFile,
): (rows: readonly NumberedRow[], stored: Item | undefined) => Promise<void> {
  const write = createOnlineWriter({ table, online: io.online, version: file.version, force: false, now: io.now });
  const standing = standingIn(table);
  return async (rows, stored) => {
    for (const [i, { row, number }] of latestFirst(rows).entries()) {
      const known = stored === undefined ? 'newer' : standing(row, file.version, stored);
      const outcome = known === 'newer' ? await write(row) : { kind: known };
      switch (outcome.kind) {
        case 'failed':
          throw outcome.error;
        case 'rejected': {
          const { from, column, expected, got } = outcome;
          tally.reject({ file: file.path, row: number, column, expected, got });
          if (from !== undefined) tally.postpone(markOf(file), from);
          break;
        }
        default:
          tally.counts[outcome.kind]++;
          tally.counts.older += rows.length - i - 1;
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
