import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import { Construct } from 'constructs';
import { type EndpointContents } from './endpoint-contents';
import { PreTrafficHook } from './pre-traffic-hook';
import { type GradualSettings } from './rollout';
import { type ServingFunction } from './serving-function';
import { VersionMetrics } from './version-metrics';

const PERIOD = Duration.minutes(1);

/** Shifts requests to a new version with CodeDeploy: a hook tests the version before, and alarms roll it back. */
export class GradualRollout extends Construct {
  /** Shifts the alias `live`. */
  public readonly deploymentGroup: LambdaDeploymentGroup;
  /** The alarms on errors, failures, latency and throttles that this construct made. */
  public readonly alarms: Alarm[];

  constructor(
    scope: Construct,
    id: string,
    { alias, lambdaFunction }: ServingFunction,
    contents: EndpointContents,
    settings: GradualSettings,
  ) {
    super(scope, id);
    const { maxErrorRate = 1, minRequests = 20, maxThrottles = 0, maxP99Latency = Duration.seconds(5), alarms = [] } = settings;
    // the new version alone: errors of the old one must neither roll back the new one nor block the deployment of a fix
    const { functionName, currentVersion } = lambdaFunction;
    const metrics = new VersionMetrics(functionName, alias.aliasName, currentVersion.version);
    const each = { period: PERIOD };
    this.alarms = [
      this.alarm('Errors', "Percent of the new version's answers with a 5xx", metrics.errorRate(minRequests, each), maxErrorRate),
      this.alarm(
        'Failures',
        "Percent of the new version's requests without an answer",
        metrics.failureRate(minRequests, each),
        maxErrorRate,
      ),
      this.alarm(
        'Latency',
        "The 99th percentile of the new version's latency, in milliseconds",
        metrics.latency({ ...each, statistic: 'p99' }),
        maxP99Latency.toMilliseconds(),
      ),
      this.alarm('Throttles', 'Requests to the new version that Lambda refused', metrics.throttles(each), maxThrottles),
    ];
    const hook = new PreTrafficHook(this, 'Hook', lambdaFunction, contents);
    this.deploymentGroup = new LambdaDeploymentGroup(this, 'DeploymentGroup', {
      alias,
      deploymentConfig: settings.deploymentConfig(this),
      alarms: [...this.alarms, ...alarms],
      preHook: hook.lambdaFunction,
    });
    // the alarms must watch the new version before it gets requests
    alias.node.addDependency(...this.alarms);
    // CodeDeploy calls the hook when the alias is updated, and the alias does not refer to the policy that permits the call
    const mayCallHook = this.deploymentGroup.role.node.tryFindChild('DefaultPolicy');
    if (mayCallHook !== undefined) alias.node.addDependency(mayCallHook);
  }

  private alarm(id: string, what: string, metric: IMetric, threshold: number): Alarm {
    return new Alarm(this, `${id}Alarm`, {
      alarmDescription: `${what} in one minute: rolls back a deployment in progress`,
      metric,
      threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
