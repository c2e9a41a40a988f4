import { type Committed } from './commit';
import { type TableChange } from './conflict';

/** What a write came to, in rows. */
export interface RowCounts {
  readonly added: number;
  /** Rows that others took the place of. */
  readonly updated: number;
  readonly deleted: number;
  /** Rows given that the table held already, equal in every column. */
  readonly unchanged: number;
}

/** What a write came to. */
export interface WriteOutcome extends RowCounts {
  /** The version that the write made; undefined if nothing was written. */
  readonly version: number | undefined;
  /** Whether nothing was written because the table has the transaction already. */
  readonly isRepeated: boolean;
  /** Why the checkpoint that was due after the commit was not written: the table is whole without it, and the next one is due ten versions later. */
  readonly checkpointFailure: unknown;
}

/** A change that counts its rows. */
export interface CountedChange extends TableChange {
  readonly counts: RowCounts;
}

/** What a write that changes no rows comes to. */
export const NO_ROWS: RowCounts = { added: 0, updated: 0, deleted: 0, unchanged: 0 };

/** What a committed change came to for who asked for it. */
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
