import type { CallOutcome, FailedTry } from './signed-call';

/** Random numbers and timers for pauses. */
export interface RetryIo {
  /** A random number from 0 up to, not including, 1. */
  readonly random: () => number;
  /** Waits, for a number of milliseconds. */
  readonly sleep: (milliseconds: number) => Promise<unknown>;
}

/** The maximum number of tries, and the limits of the pauses between them in milliseconds: the first one's doubles up to the longest. */
export interface RetryPolicy {
  readonly maxTries: number;
  readonly firstPause: number;
  readonly longestPause: number;
}

/**
 * The tries of one call. Each pause is random between 0 and its limit, so that callers who failed together do not return together:
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export class Retries {
  private failures = 0;

  constructor(
    private readonly io: RetryIo,
    private readonly policy: RetryPolicy,
  ) {}

  /**
   * Waits until the next try.
   * @param last the last try. After progress, in a call that is answered in parts, all tries are available again
   * @param timeLeft in milliseconds; there is no next try if the pause would take longer
   * @returns whether there is a next try
   */
  public async next(last: FailedTry | 'progress' | 'no progress', timeLeft = Infinity): Promise<boolean> {
    const { maxTries, firstPause, longestPause } = this.policy;
    this.failures = last === 'progress' ? 0 : this.failures + 1;
    const isAtOnce = typeof last === 'object' && last.kind === 'failed' && last.atOnce;
    const limit = Math.min(longestPause, firstPause * 2 ** Math.max(0, this.failures - 1));
    const pause = isAtOnce ? 0 : this.io.random() * limit;
    if (this.failures >= maxTries || pause >= timeLeft) return false;
    if (pause > 0) await this.io.sleep(pause);
    return true;
  }
}

/** Makes a call until it is answered. @returns the answer, or the last failure */
export async function untilAnswered<Result>(
  io: RetryIo,
  policy: RetryPolicy,
  call: () => Promise<CallOutcome<Result>>,
): Promise<CallOutcome<Result>> {
  const retries = new Retries(io, policy);
  for (;;) {
    const outcome = await call();
    if (outcome.kind === 'answered' || !(await retries.next(outcome))) return outcome;
  }
}
