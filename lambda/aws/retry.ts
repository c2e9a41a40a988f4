import type { CallOutcome, FailedTry } from './signed-call';

/** What it takes to try a call again. */
export interface RetryIo {
  /** A random number from 0 up to, not including, 1. */
  readonly random: () => number;
  /** Waits, for a number of milliseconds. */
  readonly sleep: (milliseconds: number) => Promise<unknown>;
}

/** How often a call is tried, and how long the pauses are at most, in milliseconds: the first, then twice as long each time, up to the longest. */
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
   * @param last the last try. One that made progress, of a call that is answered in parts, gives the call all its tries again
   * @param timeLeft in milliseconds; a pause that takes longer is not begun
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
