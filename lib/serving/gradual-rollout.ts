import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import { Construct } from 'constructs';
import { type ServingFunction } from '../compute/serving-function';
import { type RolloutDocument } from '../contract/rollout-document';
import { errorsMetric, latencyMetric } from './endpoint-metrics';
import { PreTrafficHook } from './pre-traffic-hook';
import { type GradualSettings } from './rollout';

const PERIOD = Duration.minutes(1);

/** Moves requests to a new version of an endpoint's function by CodeDeploy: tried beforehand, watched meanwhile, taken back on an alarm. */
export class GradualRollout extends Construct {
  /** Moves the alias `live`. */
  public readonly deploymentGroup: LambdaDeploymentGroup;
  /** Those of errors, latency and throttles, made here. */
  public readonly alarms: Alarm[];

  constructor(
    scope: Construct,
    id: string,
    { alias, lambdaFunction }: ServingFunction,
    document: RolloutDocument,
    settings: GradualSettings,
  ) {
    super(scope, id);
    const { maxErrors = 0, maxThrottles = 0, maxP99Latency = Duration.seconds(5), alarms = [] } = settings;
    this.alarms = [
      this.alarm('Errors', 'Requests that failed', errorsMetric(lambdaFunction, { period: PERIOD }), maxErrors),
      this.alarm(
        'Latency',
        'The slowest hundredth of the answers, in milliseconds',
        latencyMetric(lambdaFunction, { period: PERIOD, statistic: 'p99' }),
        maxP99Latency.toMilliseconds(),
      ),
      this.alarm('Throttles', 'Requests that Lambda refused', lambdaFunction.metricThrottles({ period: PERIOD }), maxThrottles),
    ];
    const hook = new PreTrafficHook(this, 'Hook', lambdaFunction, document);
    this.deploymentGroup = new LambdaDeploymentGroup(this, 'DeploymentGroup', {
      alias,
      deploymentConfig: settings.deploymentConfig(this),
      alarms: [...this.alarms, ...alarms],
      preHook: hook.lambdaFunction,
    });
    // the alias refers to the group and to the hook, and to nothing that lets the one call the other
    const mayCallHook = this.deploymentGroup.role.node.tryFindChild('DefaultPolicy');
    if (mayCallHook !== undefined) alias.node.addDependency(mayCallHook);
  }

  private alarm(id: string, what: string, metric: IMetric, threshold: number): Alarm {
    return new Alarm(this, `${id}Alarm`, {
      alarmDescription: `${what} of a minute: a roll-out in progress goes back`,
      metric,
      threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
