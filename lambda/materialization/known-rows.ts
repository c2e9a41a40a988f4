import { KeyTable } from '../offline/key-table';
import { type DataFile } from '../offline/replay';
import type { Snapshot } from '../offline/snapshot';
import { KeyDigester } from './key-digester';
import { keysOf, type Run } from './run';

/** The keys and event times of rows, in some 20 bytes a row. One that was not added is taken for one that was by a chance of one in 2^96 a row. */
export class KnownRows {
  private readonly table = new KeyTable(0);
  private readonly digester = new KeyDigester();

  /** Reads those of data files. @throws UnreadableFile */
  public static async of(run: Run, snapshot: Snapshot, files: readonly DataFile[]): Promise<KnownRows> {
    const known = new KnownRows();
    for (const file of files) {
      for await (const slice of keysOf(run, snapshot, file)) {
        for (const row of slice) if ('key' in row) known.add(row.key, row.eventTime);
      }
    }
    return known;
  }

  /** Whether there is a row of a key and an event time; undefined for a table without a timestamp key. */
  public has(key: string, eventTime: bigint | undefined): boolean {
    return this.table.find(this.digester.take(key, eventTime)) !== undefined;
  }

  private add(key: string, eventTime: bigint | undefined): void {
    const digest = this.digester.take(key, eventTime);
    if (this.table.find(digest) === undefined) this.table.add(digest);
  }
}
