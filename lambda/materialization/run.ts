import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { canBeRejected, type FeatureRow, readFeatureRows } from '../offline/feature-rows';
import type { ObjectStore } from '../stores/object-store';
import type { DataFile } from '../delta/data-file';
import type { Snapshot } from '../delta/snapshot';
import { TableError } from '../stores/table-error';
import type { OnlineTable } from '../online/online-table';
import { markOf } from './file-mark';
import type { Tally } from './tally';

/** What a materialization takes from outside of itself. */
export interface MaterializationIo {
  /** The files of the Delta table. */
  readonly offline: ObjectStore;
  readonly online: OnlineTable;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
  /**
   * When to stop, in milliseconds since 1970: what is left is done by the next run.
   * @default - never
   */
  readonly deadline?: number;
  /** Takes a line of the log. */
  readonly log: (line: object) => void;
}

/** How many rows are written at once. */
export const PARALLEL_WRITES = 64;

/** What the steps of one materialization share. */
export interface Run {
  readonly table: TableSpec;
  /** How long the mark of a deleted row stays, in seconds. */
  readonly tombstoneSeconds: number;
  readonly io: MaterializationIo;
  readonly tally: Tally;
}

/** Whether the time is up. */
export function isOutOfTime({ io: { now, deadline = Infinity } }: Run): boolean {
  return now() >= deadline;
}

/** A data file that cannot be read, and so stops the version that has it. */
export class UnreadableFile extends Error {
  public override readonly name = 'UnreadableFile';

  constructor(
    /** Its mark. */
    public readonly file: string,
    public override readonly cause: TableError,
  ) {
    super(cause.message);
  }
}

/** The rows of a data file, some at a time. @throws UnreadableFile */
export async function* rowsOf({ io, table }: Run, snapshot: Snapshot, file: DataFile): AsyncGenerator<FeatureRow[]> {
  try {
    yield* readFeatureRows(io.offline, snapshot, file, table);
  } catch (error) {
    throw error instanceof TableError ? new UnreadableFile(markOf(file), error) : error;
  }
}

/** The rows of a data file as {@link rowsOf} has them, with no more features than it takes to reject the same rows. */
export function keysOf(run: Run, snapshot: Snapshot, file: DataFile): AsyncGenerator<FeatureRow[]> {
  const features = run.table.features.filter(({ type }) => canBeRejected(type));
  return rowsOf({ ...run, table: { ...run.table, features } }, snapshot, file);
}
