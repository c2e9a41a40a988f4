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

/** What is told of a followed table. */
export interface FollowerEvents {
  /** Rows came online, or a version cannot. */
  readonly materialized: (report: MaterializationReport) => void;
  /** It failed; it is tried again. */
  readonly failed: (featureTable: string, error: unknown) => void;
}

/** How often the folder is looked at. Watching is no alternative: mounted and network folders tell nothing of what others write there. */
const LOOK_MILLISECONDS = 200;

/** How often a run looks for what no new commit tells of: what can be brought online now that could not be, another table in its place. */
const SWEEP_MILLISECONDS = 5000;

/** Brings the commits of a folder online, by the same code that Lambda runs. */
export class TableFollower {
  private readonly files: FolderStore;
  private readonly io: MaterializationIo;
  private running: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;
  /** The latest version that was there when a run began. */
  private latest: number | undefined;
  private sweepAt = 0;
  /** The failure that was told of last: it is the same each time. */
  private toldFailure: string | undefined;

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

  /** Brings online what is there, when what runs is done. */
  public bringOnline(): Promise<void> {
    this.running = this.running.then(() => this.run());
    return this.running;
  }

  /** Whether each commit comes online by itself. */
  public get isFollowing(): boolean {
    return this.table.document.materialization.mode === 'continuous';
  }

  /** Brings each new commit online from now on, if that is how the rows of the table come online. */
  public follow(): void {
    if (!this.isFollowing) return;
    this.timer = setTimeout(() => {
      void this.look().then(() => {
        if (!this.isStopped) this.follow();
      });
    }, LOOK_MILLISECONDS);
  }

  /** Stops following; what runs is left where it is. */
  public async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private async look(): Promise<void> {
    try {
      if (Date.now() < this.sweepAt && !(await this.hasChanged())) return;
    } catch (error) {
      this.tellFailure(error);
      return;
    }
    await this.bringOnline();
  }

  /** Whether there is a commit after those that were there. */
  private async hasChanged(): Promise<boolean> {
    if (this.latest === undefined) return (await latestVersion(this.files)) !== undefined;
    return (await this.files.size(commitPath(this.latest + 1))) !== undefined;
  }

  private async run(): Promise<void> {
    if (this.isStopped) return;
    try {
      this.latest = await latestVersion(this.files);
      const report = await materialize(this.table.document, this.io, { wakeUp: true });
      if (this.isNews(report)) this.events.materialized(report);
    } catch (error) {
      this.tellFailure(error);
    }
    this.sweepAt = Date.now() + SWEEP_MILLISECONDS;
  }

  private tellFailure(error: unknown): void {
    const failure = String(error);
    if (this.isStopped || failure === this.toldFailure) return;
    this.toldFailure = failure;
    this.events.failed(this.table.document.table.name, error);
  }

  private isNews({ rowsWritten, rowsDeleted, rowsRejected, stopped }: MaterializationReport): boolean {
    const failure = stopped && `${stopped.version} ${stopped.reason}`;
    const isOther = failure !== this.toldFailure;
    this.toldFailure = failure;
    return isOther || rowsWritten + rowsDeleted + rowsRejected > 0;
  }
}
