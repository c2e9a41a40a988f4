import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { canBeRejected, type FeatureRow, readFeatureRows, type RejectedRow } from '../offline/feature-rows';
import type { ObjectStore } from '../stores/object-store';
import type { DataFile } from '../delta/data-file';
import type { Snapshot } from '../delta/snapshot';
import { TableError } from '../stores/table-error';
import type { OnlineTable } from '../online/online-table';
import { fileMark } from './state';

/** What a materialization takes from its process. */
export interface MaterializationIo {
  /** The files of the Delta table. */
  readonly offline: ObjectStore;
  readonly online: OnlineTable;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
  /**
   * When to stop, in milliseconds since 1970: the next run continues from there.
   * @default - never
   */
  readonly deadline?: number;
  /** Writes a line of the log. */
  readonly log: (line: object) => void;
}

/** How many rows are written at once. */
export const PARALLEL_WRITES = 64;

/** What the steps of one materialization share. */
export interface Run {
  readonly table: TableSpec;
  /** How long the tombstone of a deleted row stays, in seconds. */
  readonly tombstoneSeconds: number;
  readonly io: MaterializationIo;
  readonly outcomes: RowOutcomes;
}

/** Whether the deadline has passed. */
export function isOutOfTime({ io: { now, deadline = Infinity } }: Run): boolean {
  return now() >= deadline;
}

/** A data file that cannot be read, so that its version cannot be materialized. */
export class UnreadableFile extends Error {
  public override readonly name = 'UnreadableFile';

  constructor(
    /** Its mark, as `fileMark` makes it. */
    public readonly file: string,
    public override readonly cause: TableError,
  ) {
    super(cause.message);
  }
}

/** Reads the rows of a data file, in slices. @throws UnreadableFile */
export async function* rowsOf({ io, table }: Run, snapshot: Snapshot, file: DataFile): AsyncGenerator<FeatureRow[]> {
  try {
    yield* readFeatureRows(io.offline, snapshot, file, table);
  } catch (error) {
    throw error instanceof TableError ? new UnreadableFile(fileMark(file), error) : error;
  }
}

/** Reads rows as {@link rowsOf} does, with only the features that decide whether a row is rejected. */
export function keysOf(run: Run, snapshot: Snapshot, file: DataFile): AsyncGenerator<FeatureRow[]> {
  const features = run.table.features.filter(({ type }) => canBeRejected(type));
  return rowsOf({ ...run, table: { ...run.table, features } }, snapshot, file);
}

/** How many rejected rows are listed; the others are only counted. */
const LISTED = 100;

/** How many rows had each outcome. */
export interface RowCounts {
  /** Rows written, including rows that returned because a later row of their key was deleted. */
  readonly written: number;
  /** Rows whose key has a later row. */
  readonly older: number;
  /** Rows that are in the online store already. */
  readonly unchanged: number;
  /** Rows outside the table's age. */
  readonly outdated: number;
  /** Keys whose row was deleted from the online store. */
  readonly deleted: number;
  /** Rows that the online store cannot hold. */
  readonly rejected: number;
}

/** Counts the outcomes of a run's rows. */
export class RowOutcomes {
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
  /** For each data file with rows dated too far ahead: when the first of them may be written, in milliseconds since 1970, by the file's mark. */
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
