import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { type WritableStore } from '../stores/object-store';

/** What a writer of tables needs of the world. */
export interface TableWriterIo {
  /** The table's folder. */
  readonly store: WritableStore;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A new UUID: it makes the names of files and commits unique among all writers. */
  readonly uuid: () => string;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** A store with the clock, the UUIDs and the timers of this process. */
export function tableWriterIo(store: WritableStore): TableWriterIo {
  return { store, now: Date.now, uuid: randomUUID, random: Math.random, sleep: (milliseconds) => setTimeout(milliseconds) };
}
