import { KeyTable } from '../delta/key-table';
import { type DataFile } from '../delta/data-file';
import type { Snapshot } from '../delta/snapshot';
import { KeyDigester } from './key-digester';
import { keysOf, type Run } from './run';

/** The keys, event times and versions of rows, in some 24 bytes a row. One that was not added is taken for one that was by a chance of one in 2^96 a row. */
export class KnownRows {
  private readonly table = new KeyTable(1);
  private readonly digester = new KeyDigester();

  /** Reads those of data files. @throws UnreadableFile */
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
   * The version of the file that has the last of the rows of a key and an event time; undefined if there is none.
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
