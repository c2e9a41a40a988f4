import type { RejectedRow } from '../offline/feature-rows';

/** How many rejected rows are listed; the others are only counted. */
const LISTED = 100;

/** What became of rows. */
export interface RowCounts {
  /** Rows put online, also those that came back because a later one of their key was deleted. */
  readonly written: number;
  /** Rows whose key has a later row. */
  readonly older: number;
  /** Rows that are online already. */
  readonly unchanged: number;
  /** Rows outside the table's age. */
  readonly outdated: number;
  /** Keys whose row is no longer online. */
  readonly deleted: number;
  /** Rows that cannot be online. */
  readonly rejected: number;
}

/** Counts what becomes of rows. */
export class Tally {
  public readonly counts: { -readonly [name in keyof RowCounts]: number } = {
    written: 0,
    older: 0,
    unchanged: 0,
    outdated: 0,
    deleted: 0,
    rejected: 0,
  };
  /** The first rejected rows. */
  public readonly rejected: RejectedRow[] = [];
  /** When the first row of a data file that is dated too far ahead may be written, in milliseconds since 1970, by the file's mark. */
  public readonly postponed = new Map<string, number>();

  /** @param log takes a line for each row that is listed */
  constructor(private readonly log: (line: object) => void) {}

  /** Counts a rejected row, and lists it unless there are too many. */
  public reject(row: RejectedRow): void {
    this.counts.rejected++;
    if (this.rejected.length === LISTED) return;
    this.rejected.push(row);
    this.log({ rejected: row });
  }

  /** Notes that a row of a data file may be written later. @param from in milliseconds since 1970 */
  public postpone(file: string, from: number): void {
    this.postponed.set(file, Math.min(from, this.postponed.get(file) ?? Infinity));
  }
}
