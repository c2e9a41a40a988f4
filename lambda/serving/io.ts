import type { LookupReader } from '../lookups/lookup-reader';
import type { Scorer } from './score';

/** What the request path gets from its process. */
export interface Io {
  /** The reader of the online store; undefined if the plan looks nothing up. */
  readonly lookups: LookupReader | undefined;
  /**
   * The model of a served entity, loading or ready. The promise rejects if the model cannot be loaded; the next call then loads the model
   * again.
   */
  readonly scorer: (servedEntity: string) => Promise<Scorer>;
  /** Gives a number of at least 0 and below 1. */
  readonly random: () => number;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** A clock that never jumps, in milliseconds since an arbitrary start. */
  readonly uptime: () => number;
  /** The name under which metrics are kept. */
  readonly functionName: string;
  /** The version of the function, which metrics also have. */
  readonly functionVersion: string;
  /** Names the endpoint spec by its content, in log lines. */
  readonly specHash: string;
  /** Writes a line of the log. */
  readonly log: (line: object) => void;
}
