import { type Duration, Token } from 'aws-cdk-lib';
import { type IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaDeploymentConfig, TimeBasedCanaryTrafficRouting, TimeBasedLinearTrafficRouting } from 'aws-cdk-lib/aws-codedeploy';
import { type ILambdaDeploymentConfig } from 'aws-cdk-lib/aws-codedeploy';
import { type Construct, type IConstruct } from 'constructs';
import { requireLiteral } from '../features/literal';
import { refuse } from '../refuse';

/** CodeDeploy's longest deployment, in minutes. */
const MAX_INTERVAL_MINUTES = 2_880;

/** Options of a roll-out that CodeDeploy makes. */
export interface RolloutOptions {
  /**
   * How many requests of a minute may fail, by 5xx or without an answer, before the roll-out goes back.
   * @default 0
   */
  readonly maxErrors?: number;

  /**
   * How long the slowest hundredth of the answers of a minute may take before the roll-out goes back. Starts of instances are not counted.
   * @default Duration.seconds(5)
   */
  readonly maxP99Latency?: Duration;

  /**
   * How many requests of a minute Lambda may refuse for want of concurrency before the roll-out goes back.
   * @default 0
   */
  readonly maxThrottles?: number;

  /**
   * More alarms that make the roll-out go back, while they are on.
   * @default - none but those of errors, latency and throttles
   */
  readonly alarms?: IAlarm[];
}

/** Options of a roll-out in steps. */
export interface SteppedRolloutOptions extends RolloutOptions {
  /** The share of the requests that the first step gives to the new version, in whole percent, and, of a linear roll-out, every step. */
  readonly percentage: number;

  /** How long a step takes, in whole minutes, at most two days. */
  readonly interval: Duration;
}

/** Options of a roll-out by weights in the template. */
export interface WeightedRolloutOptions {
  /** The number of the function's version that answered until now, as the Lambda console and `aws lambda get-alias` show it. */
  readonly previousVersion: string;

  /** The share of the requests that the new version gets, in percent, from 0 to 100; the previous version gets the rest. */
  readonly weight: number;
}

/**
 * A version that answers beside the new one.
 * @internal
 */
export interface PreviousVersion {
  readonly version: string;
  /** Its share, from 0 to 1. */
  readonly weight: number;
}

/**
 * How a CodeDeploy deployment goes.
 * @internal
 */
export interface GradualSettings extends RolloutOptions {
  /** Makes what says which share the new version has when. */
  readonly deploymentConfig: (scope: Construct) => ILambdaDeploymentConfig;
}

/**
 * How requests come to a new version of an endpoint's function: code, endpoint spec and models, which a version holds together.
 *
 * The roll-outs by CodeDeploy begin with a function that calls the very new version, by its number: it must be healthy with all of its models
 * loaded, and answer the recorded cases of its model versions as they expect. Then requests move, and come back at once where an alarm goes off.
 */
export class Rollout {
  /** CodeDeploy moves all requests at once, after the new version has answered its cases. */
  public static allAtOnce(options: RolloutOptions = {}): Rollout {
    return new Rollout(() => ({ ...options, deploymentConfig: () => LambdaDeploymentConfig.ALL_AT_ONCE }));
  }

  /** CodeDeploy moves a share of the requests, and the rest when that went well for a while. */
  public static canary(options: SteppedRolloutOptions): Rollout {
    return new Rollout((scope) => {
      const step = checkStep(scope, options);
      return {
        ...options,
        deploymentConfig: (under) =>
          new LambdaDeploymentConfig(under, 'Config', { trafficRouting: new TimeBasedCanaryTrafficRouting(step) }),
      };
    });
  }

  /** CodeDeploy moves the same share of the requests again and again. */
  public static linear(options: SteppedRolloutOptions): Rollout {
    return new Rollout((scope) => {
      const step = checkStep(scope, options);
      return {
        ...options,
        deploymentConfig: (under) =>
          new LambdaDeploymentConfig(under, 'Config', { trafficRouting: new TimeBasedLinearTrafficRouting(step) }),
      };
    });
  }

  /**
   * The template says which share the new version gets; the next deploy, with another weight or without a roll-out, moves on or back. Nothing is
   * tried beforehand and no alarm watches.
   */
  public static weighted(options: WeightedRolloutOptions): Rollout {
    return new Rollout(undefined, options);
  }

  private constructor(
    private readonly renderGradual?: (scope: IConstruct) => GradualSettings,
    private readonly weightedOptions?: WeightedRolloutOptions,
  ) {}

  /** @internal */
  public _gradual(scope: IConstruct): GradualSettings | undefined {
    const settings = this.renderGradual?.(scope);
    if (settings === undefined) return undefined;
    const { maxErrors = 0, maxThrottles = 0 } = settings;
    checkCount(scope, 'maxErrors', maxErrors);
    checkCount(scope, 'maxThrottles', maxThrottles);
    return settings;
  }

  /** @internal */
  public _previous(scope: IConstruct): PreviousVersion | undefined {
    if (this.weightedOptions === undefined) return undefined;
    const { previousVersion, weight } = this.weightedOptions;
    requireLiteral(scope, '`previousVersion`', previousVersion);
    if (!/^[1-9]\d*$/.test(previousVersion)) {
      refuse(scope, `\`previousVersion\` must be the number of a version of the function, got: ${JSON.stringify(previousVersion)}`);
    }
    if (Token.isUnresolved(weight)) refuse(scope, '`weight` of a roll-out must be a literal, got: a token');
    if (!(weight >= 0 && weight <= 100)) refuse(scope, `\`weight\` of a roll-out must be a share in percent from 0 to 100, got: ${weight}`);
    // a tenth of a percent is the least that Lambda tells apart
    return { version: previousVersion, weight: Math.round((100 - weight) * 1000) / 100_000 };
  }
}

function checkStep(scope: IConstruct, { percentage, interval }: SteppedRolloutOptions): { percentage: number; interval: Duration } {
  if (Token.isUnresolved(percentage)) refuse(scope, '`percentage` of a roll-out must be a literal, got: a token');
  if (!(Number.isInteger(percentage) && percentage >= 1 && percentage <= 99)) {
    refuse(scope, `\`percentage\` of a roll-out must be a whole number from 1 to 99, got: ${percentage}`);
  }
  const minutes = interval.isUnresolved() ? NaN : interval.toMilliseconds() / 60_000;
  if (!(Number.isInteger(minutes) && minutes >= 1 && minutes <= MAX_INTERVAL_MINUTES)) {
    const got = interval.isUnresolved() ? 'a token' : String(minutes);
    refuse(scope, `\`interval\` of a roll-out must be a whole number of minutes from 1 to ${MAX_INTERVAL_MINUTES}, got: ${got}`);
  }
  return { percentage, interval };
}

function checkCount(scope: IConstruct, prop: string, value: number): void {
  if (Token.isUnresolved(value)) return;
  if (!(Number.isSafeInteger(value) && value >= 0)) refuse(scope, `\`${prop}\` must be a whole number, 0 or more, got: ${value}`);
}
