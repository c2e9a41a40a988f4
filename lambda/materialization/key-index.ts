// What a run remembers of rows by their keys: digests, so that millions fit into a function's memory.
import { randomUUID } from 'node:crypto';
import { KeyTable } from '../delta/key-table';
import type { DataFile } from '../delta/data-file';
import { RowDigester } from '../delta/row-digest';
import type { Snapshot } from '../delta/snapshot';
import type { OnlineRow } from '../online/row';
import { eventTimeCheck } from '../online/writer';
import type { StructField } from '../parquet/schema';
import { keysOf, type Run } from './run';

const FIELDS: readonly StructField[] = [
  { name: 'key', type: 'string', nullable: false, physicalName: 'key', fieldId: undefined },
  { name: 'event time', type: 'timestamp', nullable: true, physicalName: 'event time', fieldId: undefined },
];

/** Digests keys, or keys with event times. Two different ones have the same digest with a probability of 2⁻⁹⁶. */
class KeyDigester {
  private readonly digester = new RowDigester(FIELDS, randomUUID());

  /** The digest is valid until the next call. */
  public take(key: string, eventTime?: bigint): Int32Array {
    return this.digester.digestRow([[key], [eventTime]], 0);
  }
}

/** The keys, event times and versions of rows, in about 24 bytes a row. */
export class KnownRows {
  private readonly table = new KeyTable(1);
  private readonly digester = new KeyDigester();

  /** Reads the rows of data files. @throws UnreadableFile */
  public static async of(run: Run, snapshot: Snapshot, files: readonly DataFile[]): Promise<KnownRows> {
    const known = new KnownRows();
    for (const file of files) {
      for await (const slice of keysOf(run, snapshot, file)) {
        for (const row of slice) if ('key' in row) known.add(row.key, row.eventTime, file.version);
      }
    }
    return known;
  }

  /**
   * Returns the version of the last row of a key and an event time; undefined if there is none.
   * @param eventTime undefined for a table without a timestamp key
   */
  public versionOf(key: string, eventTime: bigint | undefined): number | undefined {
    const entry = this.table.find(this.digester.take(key, eventTime));
    return entry === undefined ? undefined : this.table.extra(entry, 0);
  }

  private add(key: string, eventTime: bigint | undefined, version: number): void {
    const digest = this.digester.take(key, eventTime);
    const entry = this.table.find(digest) ?? this.table.add(digest);
    this.table.setExtra(entry, 0, Math.max(version, this.table.extra(entry, 0)));
  }
}

/** How many keys are remembered; of a key beyond them any row may be the latest. */
const MOST_KEYS = 4_000_000;

/** The place of a row: the number of its file in a list of files, and its number in the file, both from 0. */
export interface RowPlace {
  readonly file: number;
  readonly number: number;
}

/**
 * The places of the latest rows of all keys, in about 30 bytes a key. Most rows of a long history are not the latest, and need not be sent to the
 * online store.
 */
export class LatestPlaces {
  private readonly table = new KeyTable(2);
  private readonly digester = new KeyDigester();
  private readonly order = new BigInt64Array(1);
  private readonly words = new Int32Array(this.order.buffer);

  /**
   * Reads the rows of data files.
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
          // a row too far ahead of the clock will not be written, so it replaces no other
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

/** Rows are ordered by event time; without a timestamp key, by place. */
function orderOf({ eventTime }: OnlineRow, { file, number }: RowPlace): bigint {
  return eventTime ?? (BigInt(file) << 32n) | BigInt(number);
}
