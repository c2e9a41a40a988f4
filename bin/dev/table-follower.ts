import { type MaterializationReport, materialize } from '../../lambda/materialization/materialize';
import type { MaterializationIo } from '../../lambda/materialization/run';
import { FolderStore } from '../../lambda/stores/folder-store';
import { commitPath } from '../../lambda/delta/log-path';
import { latestVersion } from '../../lambda/delta/log-segment';
import type { OnlineTable } from '../../lambda/online/online-table';
import type { TableDocument } from '../../lib/contract/table-document';

/** A feature table whose offline store is a folder. */
export interface FollowedTable {
  readonly document: TableDocument;
  readonly folder: string;
  readonly online: OnlineTable;
}

/** What a follower reports. */
export interface FollowerEvents {
  /** Rows were written to the online store, or a version cannot be materialized. */
  readonly materialized: (report: MaterializationReport) => void;
  /** Materialization failed. It is tried again. */
  readonly failed: (featureTable: string, error: unknown) => void;
}

/** The interval of polls. Mounted and network folders do not notify of changes by others. */
const POLL_MILLISECONDS = 200;

/** The interval of runs without a new commit: a version may have become readable, or the folder may have a new table. */
const SWEEP_MILLISECONDS = 5000;

/** Materializes the commits in a folder, with the same code as in Lambda. */
export class TableFollower {
  private readonly files: FolderStore;
  private readonly io: MaterializationIo;
  private running: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;
  /** The latest version when the last run started. */
  private latest: number | undefined;
  private sweepAt = 0;
  /** The last reported failure. It is not reported again. */
  private reportedFailure: string | undefined;

  constructor(
    private readonly table: FollowedTable,
    private readonly events: FollowerEvents,
    signal: AbortSignal,
  ) {
    this.files = new FolderStore(table.folder);
    const isOver = (): boolean => this.isStopped || signal.aborted;
    this.io = {
      offline: this.files,
      online: table.online,
      now: Date.now,
      log: () => undefined,
      get deadline() {
        return isOver() ? 0 : Infinity;
      },
    };
  }

  /** Writes the rows of the offline store to the online store, after the current run. */
  public bringOnline(): Promise<void> {
    this.running = this.running.then(() => this.run());
    return this.running;
  }

  /** Whether materialization is continuous. */
  public get isFollowing(): boolean {
    return this.table.document.materialization.mode === 'continuous';
  }

  /** Materializes each new commit from now on, if materialization is continuous. */
  public follow(): void {
    if (!this.isFollowing) return;
    this.timer = setTimeout(() => {
      void this.poll().then(() => {
        if (!this.isStopped) this.follow();
      });
    }, POLL_MILLISECONDS);
  }

  /** Stops following. The current run ends early. */
  public async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private async poll(): Promise<void> {
    try {
      if (Date.now() < this.sweepAt && !(await this.hasChanged())) return;
    } catch (error) {
      this.reportFailure(error);
      return;
    }
    await this.bringOnline();
  }

  /** Whether there is a commit after the last run. */
  private async hasChanged(): Promise<boolean> {
    if (this.latest === undefined) return (await latestVersion(this.files)) !== undefined;
    return (await this.files.size(commitPath(this.latest + 1))) !== undefined;
  }

  private async run(): Promise<void> {
    if (this.isStopped) return;
    try {
      this.latest = await latestVersion(this.files);
      const report = await materialize(this.table.document, this.io, { wakeUp: true });
      if (this.isNew(report)) this.events.materialized(report);
    } catch (error) {
      this.reportFailure(error);
    }
    this.sweepAt = Date.now() + SWEEP_MILLISECONDS;
  }

  private reportFailure(error: unknown): void {
    const failure = String(error);
    if (this.isStopped || failure === this.reportedFailure) return;
    this.reportedFailure = failure;
    this.events.failed(this.table.document.table.name, error);
  }

  private isNew({ rowsWritten, rowsDeleted, rowsRejected, stopped }: MaterializationReport): boolean {
    const failure = stopped && `${stopped.version} ${stopped.reason}`;
    const isOther = failure !== this.reportedFailure;
    this.reportedFailure = failure;
    return isOther || rowsWritten + rowsDeleted + rowsRejected > 0;
  }
}
