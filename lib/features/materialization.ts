import { Duration, type Size } from 'aws-cdk-lib';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { type Construct } from 'constructs';
import { refuse } from '../refuse';
import { type MaterializationSpec } from '../contract/table-document';

/** Options of every materialization. */
export interface MaterializationOptions {
  /**
   * The memory of the materialization function, 128 MiB to 10,240 MiB. Lambda allocates CPU in proportion: 1,769 MiB get one vCPU.
   * @default Size.mebibytes(1024)
   */
  readonly memorySize?: Size;

  /**
   * How long the online store keeps the tombstone of a deleted row, in whole seconds, at least 1. A tombstone stops a late row with an
   * older event time from restoring the deleted row.
   * @default Duration.days(30)
   */
  readonly tombstoneRetention?: Duration;
}

/** Options of a snapshot or triggered materialization. */
export interface ScheduledMaterializationOptions extends MaterializationOptions {
  /**
   * The schedule on which the materialization runs.
   * @default - it runs when its function is invoked (see `grantMaterialize`)
   */
  readonly schedule?: Schedule;
}

/** Options of a continuous materialization. */
export interface ContinuousMaterializationOptions extends MaterializationOptions {
  /**
   * How often the materialization polls for missed commits, retries after a failure and measures freshness, in whole minutes, at least 1.
   * @default Duration.minutes(5)
   */
  readonly sweep?: Duration;
}

/**
 * The schedule of a materialization, and the settings of its function.
 * @internal
 */
export interface RenderedMaterialization {
  readonly spec: MaterializationSpec;
  readonly memorySize?: Size;
  readonly schedule?: Schedule;
  /** The time between scheduled runs; undefined if it is not known. */
  readonly interval?: Duration;
  /** Whether each commit starts a run. */
  readonly followsCommits: boolean;
}

/** How rows of the offline store are written to the online store. */
export class Materialization {
  /** Each run writes all rows of the newest version of the offline store, then deletes the keys that it no longer has. */
  public static snapshot(options: ScheduledMaterializationOptions = {}): Materialization {
    return new Materialization('snapshot', options, options.schedule);
  }

  /** Each run writes the changes since the last run. It runs on a schedule or when its function is invoked. */
  public static triggered(options: ScheduledMaterializationOptions = {}): Materialization {
    return new Materialization('triggered', options, options.schedule);
  }

  /** Each commit to the offline store starts a run, which writes the changes. Commits of any writer are online within seconds. */
  public static continuous(options: ContinuousMaterializationOptions = {}): Materialization {
    return new Materialization('continuous', options, undefined, options.sweep ?? Duration.minutes(5));
  }

  private constructor(
    private readonly mode: MaterializationSpec['mode'],
    private readonly options: MaterializationOptions,
    private readonly schedule?: Schedule,
    private readonly sweep?: Duration,
  ) {}

  /**
   * Renders the settings. Throws if a duration is a token or not valid.
   * @internal
   */
  public _render(scope: Construct): RenderedMaterialization {
    if (this.sweep !== undefined) validateSweep(scope, this.sweep);
    return {
      spec: { mode: this.mode, tombstoneSeconds: renderRetention(scope, this.options.tombstoneRetention ?? Duration.days(30)) },
      memorySize: this.options.memorySize,
      schedule: this.sweep === undefined ? this.schedule : Schedule.rate(this.sweep),
      interval: this.sweep,
      followsCommits: this.mode === 'continuous',
    };
  }
}

function validateSweep(scope: Construct, sweep: Duration): void {
  if (sweep.isUnresolved()) refuse(scope, '`sweep` must be a literal, got: a token');
  const minutes = sweep.toMinutes({ integral: false });
  if (!(Number.isInteger(minutes) && minutes >= 1)) refuse(scope, `\`sweep\` must be whole minutes, at least 1, got: ${minutes} minutes`);
}

function renderRetention(scope: Construct, retention: Duration): number {
  if (retention.isUnresolved()) {
    refuse(scope, '`tombstoneRetention` is part of the function and must be a literal, got: a token');
  }
  const seconds = retention.toSeconds({ integral: false });
  if (!(Number.isInteger(seconds) && seconds >= 1)) {
    refuse(scope, `\`tombstoneRetention\` must be whole seconds, at least 1, got: ${seconds} seconds`);
  }
  return seconds;
}
