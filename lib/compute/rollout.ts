import { type Duration, Token } from 'aws-cdk-lib';
import { type IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import {
  type ILambdaDeploymentConfig,
  LambdaDeploymentConfig,
  TimeBasedCanaryTrafficRouting,
  TimeBasedLinearTrafficRouting,
} from 'aws-cdk-lib/aws-codedeploy';
import { type Construct, type IConstruct } from 'constructs';
import { requireLiteral } from '../features/literal';
import { refuse } from '../refuse';

/**
 * CodeDeploy's limit for the time between the first and the last shift of requests, in minutes: 48 hours.
 * https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html#limits-deployments
 */
const MAX_SHIFT_MINUTES = 2_880;

/**
 * The predefined deployment configurations, by percentage and minutes. Only other steps need a configuration of their own.
 * https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
 */
const PREDEFINED_CANARIES: PredefinedConfigs = {
  '10/5': LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
  '10/10': LambdaDeploymentConfig.CANARY_10PERCENT_10MINUTES,
  '10/15': LambdaDeploymentConfig.CANARY_10PERCENT_15MINUTES,
  '10/30': LambdaDeploymentConfig.CANARY_10PERCENT_30MINUTES,
};
const PREDEFINED_LINEAR: PredefinedConfigs = {
  '10/1': LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_1MINUTE,
  '10/2': LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_2MINUTES,
  '10/3': LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_3MINUTES,
  '10/10': LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_10MINUTES,
};
type PredefinedConfigs = { readonly [step: string]: ILambdaDeploymentConfig };

/** Options of a roll-out by CodeDeploy. */
export interface RolloutOptions {
  /**
   * The share of the new version's requests in a minute that may fail, with a 5xx or without an answer, before CodeDeploy rolls back: percent, from
   * 0 to 100.
   * @default 1
   */
  readonly maxErrorRate?: number;

  /**
   * The number of requests to the new version in a minute that the error rate needs. With fewer requests, errors do not roll back, because one error
   * would be a high rate.
   * @default 20
   */
  readonly minRequests?: number;

  /**
   * The highest 99th percentile of the new version's latency in a minute, without cold starts, before CodeDeploy rolls back.
   * @default Duration.seconds(5)
   */
  readonly maxP99Latency?: Duration;

  /**
   * The number of requests to the new version that Lambda may throttle in a minute before CodeDeploy rolls back.
   * @default 0
   */
  readonly maxThrottles?: number;

  /**
   * Additional alarms. CodeDeploy rolls back if one is in alarm during the deployment.
   * @default - only the alarms on errors, failures, latency and throttles
   */
  readonly alarms?: IAlarm[];
}

/** Options of a canary or linear roll-out. */
export interface SteppedRolloutOptions extends RolloutOptions {
  /** The share of requests that a step shifts to the new version, in whole percent, from 1 to 99. */
  readonly percentage: number;

  /** The time between two steps: whole minutes. CodeDeploy permits at most 48 hours between the first and the last step. */
  readonly interval: Duration;
}

/** Options of a roll-out by a weight in the template. */
export interface WeightedRolloutOptions {
  /** The number of the version that has answered all requests until now, as the Lambda console and `aws lambda get-alias` show it. */
  readonly previousVersion: string;

  /** The share of requests for the new version, in percent, from 0 to 100. The previous version gets the rest. */
  readonly weight: number;
}

/**
 * A version that gets requests beside the new one.
 * @internal
 */
export interface PreviousVersion {
  readonly version: string;
  /** The share of requests, from 0 to 1. */
  readonly weight: number;
}

/**
 * The settings of a CodeDeploy deployment.
 * @internal
 */
export interface GradualSettings extends RolloutOptions {
  /** Makes the configuration of the steps. */
  readonly deploymentConfig: (scope: Construct) => ILambdaDeploymentConfig;
}

/**
 * How requests shift to a new version of an endpoint. A version contains code, endpoint spec and models.
 *
 * Before CodeDeploy shifts requests, a function tests the new version: it must be healthy with all its models loaded, and its answers to the
 * recorded cases of the model versions must be right. If an alarm goes off during the roll-out, all requests go back to the previous version.
 */
export class Rollout {
  /** CodeDeploy tests the new version, then shifts all requests at once. */
  public static allAtOnce(options: RolloutOptions = {}): Rollout {
    return new Rollout(false, () => ({ ...options, deploymentConfig: () => LambdaDeploymentConfig.ALL_AT_ONCE }));
  }

  /** CodeDeploy shifts a share of the requests, and the rest after an interval without alarms. */
  public static canary(options: SteppedRolloutOptions): Rollout {
    return new Rollout(true, (scope) => {
      const step = checkStep(scope, options, 1);
      const makeConfig = (under: Construct) =>
        new LambdaDeploymentConfig(under, 'Config', { trafficRouting: new TimeBasedCanaryTrafficRouting(step) });
      return { ...options, deploymentConfig: (under) => PREDEFINED_CANARIES[stepKey(step)] ?? makeConfig(under) };
    });
  }

  /** CodeDeploy shifts the same share of the requests after each interval. */
  public static linear(options: SteppedRolloutOptions): Rollout {
    return new Rollout(true, (scope) => {
      const step = checkStep(scope, options, Math.ceil(100 / options.percentage) - 1);
      const makeConfig = (under: Construct) =>
        new LambdaDeploymentConfig(under, 'Config', { trafficRouting: new TimeBasedLinearTrafficRouting(step) });
      return { ...options, deploymentConfig: (under) => PREDEFINED_LINEAR[stepKey(step)] ?? makeConfig(under) };
    });
  }

  /**
   * The template sets the share of the new version. Deploy again with another weight, or without a roll-out, to shift more requests or to roll
   * back. The new version is not tested beforehand, and no alarm watches it.
   */
  public static weighted(options: WeightedRolloutOptions): Rollout {
    return new Rollout(true, undefined, options);
  }

  /**
   * Whether the previous version gets requests during the roll-out.
   * @internal
   */
  public readonly _servesBoth: boolean;

  private constructor(
    servesBoth: boolean,
    private readonly renderGradual?: (scope: IConstruct) => GradualSettings,
    private readonly weightedOptions?: WeightedRolloutOptions,
  ) {
    this._servesBoth = servesBoth;
  }

  /** @internal */
  public _gradual(scope: IConstruct): GradualSettings | undefined {
    const settings = this.renderGradual?.(scope);
    if (settings === undefined) return undefined;
    const { maxErrorRate = 1, minRequests = 20, maxThrottles = 0 } = settings;
    if (!Token.isUnresolved(maxErrorRate) && !(maxErrorRate >= 0 && maxErrorRate <= 100)) {
      refuse(scope, `\`maxErrorRate\` must be a percentage from 0 to 100, got: ${maxErrorRate}`);
    }
    checkCount(scope, 'minRequests', minRequests);
    checkCount(scope, 'maxThrottles', maxThrottles);
    return settings;
  }

  /** @internal */
  public _previous(scope: IConstruct): PreviousVersion | undefined {
    if (this.weightedOptions === undefined) return undefined;
    const { previousVersion, weight } = this.weightedOptions;
    requireLiteral(scope, '`previousVersion`', previousVersion);
    if (!/^[1-9]\d*$/.test(previousVersion)) {
      refuse(scope, `\`previousVersion\` must be the number of a published version, got: ${JSON.stringify(previousVersion)}`);
    }
    if (Token.isUnresolved(weight)) refuse(scope, '`weight` of a roll-out must be a literal, got: a token');
    if (!(weight >= 0 && weight <= 100)) refuse(scope, `\`weight\` of a roll-out must be a percentage from 0 to 100, got: ${weight}`);
    // Lambda's weights have a resolution of 0.1 percent
    return { version: previousVersion, weight: Math.round((100 - weight) * 1000) / 100_000 };
  }
}

/** @param intervals the number of intervals between the first and the last shift */
function checkStep(
  scope: IConstruct,
  { percentage, interval }: SteppedRolloutOptions,
  intervals: number,
): { percentage: number; interval: Duration } {
  if (Token.isUnresolved(percentage)) refuse(scope, '`percentage` of a roll-out must be a literal, got: a token');
  if (!(Number.isInteger(percentage) && percentage >= 1 && percentage <= 99)) {
    refuse(scope, `\`percentage\` of a roll-out must be a whole number from 1 to 99, got: ${percentage}`);
  }
  if (interval.isUnresolved()) refuse(scope, '`interval` of a roll-out must be a literal, got: a token');
  const minutes = interval.toMilliseconds() / 60_000;
  const most = Math.floor(MAX_SHIFT_MINUTES / intervals);
  if (!(Number.isInteger(minutes) && minutes >= 1 && minutes <= most)) {
    const reason = intervals === 1 ? '' : `, because CodeDeploy permits 48 hours for its ${intervals} intervals`;
    refuse(scope, `\`interval\` of a roll-out must be a whole number of minutes from 1 to ${most}${reason}, got: ${minutes}`);
  }
  return { percentage, interval };
}

function stepKey({ percentage, interval }: { percentage: number; interval: Duration }): string {
  return `${percentage}/${interval.toMinutes()}`;
}

function checkCount(scope: IConstruct, prop: string, value: number): void {
  if (Token.isUnresolved(value)) return;
  if (!(Number.isSafeInteger(value) && value >= 0)) refuse(scope, `\`${prop}\` must be a whole number, 0 or more, got: ${value}`);
}
