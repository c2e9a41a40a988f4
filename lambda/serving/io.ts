import type { LookupReader } from '../lookups/lookup-reader';
import type { Scorer } from './score';

/** All that the request path takes from outside of itself. */
export interface Io {
  /** Undefined where the plan looks nothing up. */
  readonly lookups: LookupReader | undefined;
  /** The model of a served entity, being loaded or ready; rejected if it cannot be loaded, and then loaded anew when it is asked for again. */
  readonly scorer: (servedEntity: string) => Promise<Scorer>;
  /** Gives a number of at least 0 and below 1. */
  readonly random: () => number;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** A clock that never jumps, in milliseconds since any time. */
  readonly uptime: () => number;
  /** The name under which metrics are kept. */
  readonly functionName: string;
  /** Names the endpoint spec by its content, as log lines do. */
  readonly specHash: string;
  /** Writes a line of the log. */
  readonly log: (line: object) => void;
}
