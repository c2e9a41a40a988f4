import { comparedAttributes, rowComparer } from '../../lambda/materialization/stored-row';
import type { OnlineTable } from '../../lambda/online/online-table';
import { createOnlineWriter, type WriteOutcome } from '../../lambda/online/writer';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { inOrder } from '../rows/rejected-rows';
import { type RejectedRow, rejectedRow } from '../rows/rows';
import { onlineRow, writtenSlices, type WrittenRows } from './table-rows';

/** What to write online. */
export interface OnlineWrites extends WrittenRows {
  readonly table: TableSpec;
  readonly online: OnlineTable;
  /** The version of the offline store that has the rows; 0 without an offline store. */
  readonly version: number;
  /** Whether the stored rows are read first, so that equal rows are not written again. */
  readonly compare: boolean;
  /** Whether rows replace newer rows. */
  readonly force: boolean;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
}

/** What was written online. */
export interface OnlineCounts {
  readonly written: number;
  /** Rows that are older than the stored row of their key. */
  readonly older: number;
  /** Rows outside the table's age. */
  readonly outdated: number;
  /** Rows that the store already had. */
  readonly unchanged: number;
}

/** How many rows are written at once. */
const PARALLEL_WRITES = 32;

/**
 * Writes the rows of a file to the online store of a feature table. Each row replaces the stored row of its key, unless that is newer.
 * @returns the counts, and in `failed` the rows that the online store rejected, in the order of the file
 */
export async function writeOnline(writes: OnlineWrites): Promise<{ counts: OnlineCounts; failed: RejectedRow[] }> {
  const { table, online, version, compare, force, now } = writes;
  const write = createOnlineWriter({ table, online, force, version, now });
  const compareWith = rowComparer(table);
  const pool = new WritePool(PARALLEL_WRITES);
  const counts = { written: 0, older: 0, outdated: 0, unchanged: 0 };
  const failed: RejectedRow[] = [];
  for await (const slice of writtenSlices(writes)) {
    const stored = compare ? await online.get([...new Set(slice.keys)], comparedAttributes(table)) : undefined;
    for (const [i, line] of slice.lines.entries()) {
      const row = onlineRow(table, slice, i);
      const item = stored?.get(row.key);
      const comparison = item === undefined ? 'newer' : compareWith(row, version, item);
      if (comparison !== 'newer') {
        counts[comparison]++;
        continue;
      }
      await pool.add(row.key, async () => {
        const outcome = await write(row);
        const rejected = rejectedByStore(line, outcome);
        if (rejected !== undefined) failed.push(rejected);
        else counts[outcome.kind as keyof typeof counts]++;
      });
    }
  }
  await pool.done();
  return { counts, failed: inOrder(failed) };
}

function rejectedByStore(line: number, outcome: WriteOutcome): RejectedRow | undefined {
  switch (outcome.kind) {
    case 'rejected':
      return rejectedRow(line, outcome);
    case 'failed':
      return rejectedRow(line, { expected: 'DynamoDB to take the row', got: outcome.error.message });
    default:
      return undefined;
  }
}

/** Runs tasks in parallel. Tasks with the same key run one after the other, in the order in which they were added. */
class WritePool {
  private readonly lastOfKey = new Map<string, Promise<void>>();
  private readonly running = new Set<Promise<void>>();
  private failure: { readonly error: unknown } | undefined;

  /** @param size how many tasks may wait or run at once */
  constructor(private readonly size: number) {}

  /** Starts a task as soon as there is room. @throws the first error of a task */
  public async add(key: string, task: () => Promise<void>): Promise<void> {
    while (this.running.size >= this.size) await Promise.race(this.running);
    this.throwFailure();
    const before = this.lastOfKey.get(key);
    const run = (before === undefined ? task() : before.then(() => (this.failure === undefined ? task() : undefined)))
      .catch((error: unknown) => {
        this.failure ??= { error };
      })
      .finally(() => {
        this.running.delete(run);
        if (this.lastOfKey.get(key) === run) this.lastOfKey.delete(key);
      });
    this.running.add(run);
    this.lastOfKey.set(key, run);
  }

  /** Waits for all tasks. @throws the first error of a task */
  public async done(): Promise<void> {
    await Promise.all(this.running);
    this.throwFailure();
  }

  private throwFailure(): void {
    if (this.failure !== undefined) throw this.failure.error;
  }
}
