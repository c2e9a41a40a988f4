import { KeyTable } from '../delta/key-table';
import type { DataFile } from '../delta/data-file';
import type { Snapshot } from '../delta/snapshot';
import type { OnlineRow } from '../online/row';
import { eventTimeCheck } from '../online/writer';
import { KeyDigester } from './key-digester';
import { keysOf, type Run } from './run';

/** How many keys are remembered; of a key beyond them any row may be the latest. */
const MOST_KEYS = 4_000_000;

/** Where a row is: in which of the files, counted from 0, and which of its rows it is. */
export interface RowPlace {
  readonly file: number;
  readonly number: number;
}

/**
 * Which rows of some files are the latest of their keys, in some 30 bytes a key. Most rows of a history are not: to write them all would cost as
 * many times more as the history is long.
 */
export class LatestPlaces {
  private readonly table = new KeyTable(2);
  private readonly digester = new KeyDigester();
  private readonly order = new BigInt64Array(1);
  private readonly words = new Int32Array(this.order.buffer);

  /**
   * @param files in the order of their rows
   * @throws UnreadableFile
   */
  public static async of(run: Run, snapshot: Snapshot, files: readonly DataFile[]): Promise<LatestPlaces> {
    const latest = new LatestPlaces();
    const check = eventTimeCheck(run.table, run.io.now);
    for (const [file, data] of files.entries()) {
      let next = 0;
      for await (const slice of keysOf(run, snapshot, data)) {
        for (const row of slice) {
          const number = next++;
          // what is too far ahead of the clock takes no row's place
          if ('key' in row && check(row)?.kind !== 'rejected') latest.add(row, { file, number });
        }
      }
    }
    return latest;
  }

  /** Whether no later row of the same key is known. */
  public has(row: OnlineRow, place: RowPlace): boolean {
    const entry = this.table.find(this.digester.take(row.key));
    return entry === undefined || orderOf(row, place) >= this.orderIn(entry);
  }

  private add(row: OnlineRow, place: RowPlace): void {
    const digest = this.digester.take(row.key);
    const order = orderOf(row, place);
    let entry = this.table.find(digest);
    if (entry !== undefined && order < this.orderIn(entry)) return;
    if (entry === undefined && this.table.length === MOST_KEYS) return;
    entry ??= this.table.add(digest);
    this.order[0] = order;
    this.words.forEach((word, i) => this.table.setExtra(entry, i, word));
  }

  private orderIn(entry: number): bigint {
    for (let i = 0; i < this.words.length; i++) this.words[i] = this.table.extra(entry, i);
    return this.order[0]!;
  }
}

/** Rows are in the order of their event times; without a timestamp key in that of their places. */
function orderOf({ eventTime }: OnlineRow, { file, number }: RowPlace): bigint {
  return eventTime ?? (BigInt(file) << 32n) | BigInt(number);
}
