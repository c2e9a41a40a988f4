import { TableError } from '../stores/table-error';
import { type TableWriterIo } from './writer-io';

const MOST_ATTEMPTS = 100;
const FIRST_WAIT = 10;
const LONGEST_WAIT = 2_000;

/** Waits between the attempts of a write that others come before: each time longer, and never as long as they. */
export class Backoff {
  private attempts = 0;

  constructor(private readonly io: Pick<TableWriterIo, 'random' | 'sleep'>) {}

  /**
   * Waits for the next attempt.
   * @param reason what came before
   * @throws TableError after a hundred attempts
   */
  public async next(reason: string): Promise<void> {
    if (++this.attempts === MOST_ATTEMPTS) throw new TableError(`expected to commit within ${MOST_ATTEMPTS} attempts, got: ${reason}`);
    const longest = Math.min(FIRST_WAIT * 2 ** this.attempts, LONGEST_WAIT);
    await this.io.sleep(longest * this.io.random());
  }
}
