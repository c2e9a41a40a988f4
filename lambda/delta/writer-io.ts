import { randomUUID } from 'node:crypto';
import { PROCESS_IO } from '../process-io';
import { type WritableStore } from '../stores/object-store';

/** The store, clock, random values and timers of a writer. */
export interface TableWriterIo {
  /** The table's folder. */
  readonly store: WritableStore;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Returns a new UUID, which makes the names of files and commits unique among all writers. */
  readonly uuid: () => string;
  /** Returns a number from 0 up to but not including 1. */
  readonly random: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** Returns a store with the clock, random values and timers of this process. */
export function tableWriterIo(store: WritableStore): TableWriterIo {
  return { ...PROCESS_IO, store, uuid: randomUUID };
}
