import { type Committed } from './commit';
import { type TableChange } from './conflict';

/** The number of rows that a write changed. */
export interface RowCounts {
  readonly added: number;
  /** Rows that were replaced. */
  readonly updated: number;
  readonly deleted: number;
  /** Given rows that were already in the table, equal in every column. */
  readonly unchanged: number;
}

/** The outcome of a write. */
export interface WriteOutcome extends RowCounts {
  /** The new version; undefined if nothing was written. */
  readonly version: number | undefined;
  /** Whether nothing was written because the table already has the transaction. */
  readonly isRepeated: boolean;
  /** The error if a checkpoint was due and could not be written. The table is complete without it, and the next checkpoint is due later. */
  readonly checkpointFailure: unknown;
}

/** A change with its row counts. */
export interface CountedChange extends TableChange {
  readonly counts: RowCounts;
}

/** The counts of a write that changes no rows. */
export const NO_ROWS: RowCounts = { added: 0, updated: 0, deleted: 0, unchanged: 0 };

/** Makes the outcome of a write from its commit. */
export function outcomeOf(committed: Committed<CountedChange>): WriteOutcome {
  switch (committed.kind) {
    case 'committed':
      return { version: committed.version, isRepeated: false, checkpointFailure: committed.checkpointFailure, ...committed.change.counts };
    case 'nothing':
      return { version: undefined, isRepeated: false, checkpointFailure: undefined, ...committed.change.counts };
    case 'repeated':
      return { version: undefined, isRepeated: true, checkpointFailure: undefined, ...NO_ROWS };
  }
}
