import { Duration, type Size } from 'aws-cdk-lib';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { type Construct } from 'constructs';
import { refuse } from '../refuse';
import { type MaterializationSpec } from '../contract/table-document';

/** Options of every materialization. */
export interface MaterializationOptions {
  /**
   * The memory of the function that materializes: 128 MiB to 10,240 MiB. Lambda gives processors in proportion, one whole at 1,769 MiB.
   * @default Size.mebibytes(1024)
   */
  readonly memorySize?: Size;

  /**
   * How long the mark of a deleted row is kept online, in whole seconds, so that a row with an older event time that comes late does not
   * bring it back.
   * @default Duration.days(30)
   */
  readonly tombstoneRetention?: Duration;
}

/** Options of a materialization that runs when it is asked to. */
export interface ScheduledMaterializationOptions extends MaterializationOptions {
  /**
   * When it runs by itself.
   * @default - it runs when whoever `grantMaterialize` lets invokes its function
   */
  readonly schedule?: Schedule;
}

/** Options of a materialization that follows the offline store. */
export interface ContinuousMaterializationOptions extends MaterializationOptions {
  /**
   * How often it looks for commits of which no event came, and goes on after a failure: whole minutes. It also measures freshness.
   * @default Duration.minutes(5)
   */
  readonly sweep?: Duration;
}

/**
 * When a materialization runs, and what the function needs to know.
 * @internal
 */
export interface RenderedMaterialization {
  readonly spec: MaterializationSpec;
  readonly memorySize?: Size;
  readonly schedule?: Schedule;
  /** How often it runs, where it is known. */
  readonly interval?: Duration;
  /** Whether each commit wakes it. */
  readonly followsCommits: boolean;
}

/** How rows of the offline store come online. */
export class Materialization {
  /** Brings all rows of the newest version online each time, and then deletes the keys that are no longer there. */
  public static snapshot(options: ScheduledMaterializationOptions = {}): Materialization {
    return new Materialization('snapshot', options, options.schedule);
  }

  /** Brings online what was committed since the last time, whenever it is asked to. */
  public static triggered(options: ScheduledMaterializationOptions = {}): Materialization {
    return new Materialization('triggered', options, options.schedule);
  }

  /** Brings each commit online when it is made, by any writer. */
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
   * What is to be made, once it is checked.
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
