import { Annotations, Duration, Size, Token } from 'aws-cdk-lib';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { type Construct } from 'constructs';
import { refuse } from '../refuse';
import { renderMemory } from '../functions/memory-size';
import { type ComputeProps, type EndpointCompute } from './endpoint-compute';
import { GradualRollout } from './gradual-rollout';
import { LambdaMetrics } from './lambda-metrics';
import { type LambdaSettings, ServingFunction } from './serving-function';

/** The longest time that API Gateway's HTTP APIs wait for an answer. */
const MAX_TIMEOUT_SECONDS = 29;

/** Options of a Lambda function that serves an endpoint. */
export interface LambdaFunctionOptions {
  /**
   * The memory of the function: 128 MiB to 10,240 MiB. Lambda allocates CPU in proportion to it: 1,769 MiB are one vCPU.
   * @default Size.mebibytes(1024)
   */
  readonly memorySize?: Size;

  /**
   * The longest time that a request may take: whole seconds, at most 29, because API Gateway waits no longer. The runtime itself answers 504
   * after 25 seconds, or shortly before this timeout if that is earlier.
   * @default Duration.seconds(29)
   */
  readonly timeout?: Duration;

  /**
   * The instruction set architecture.
   * @default Architecture.ARM_64
   */
  readonly architecture?: Architecture;

  /**
   * The number of requests that the function can handle at the same time. Lambda reserves them for this function. Zero stops the function.
   * @default - no reserved concurrency: the function uses the unreserved concurrency of the account
   */
  readonly reservedConcurrency?: number;

  /**
   * The number of instances that are always initialized, with their models loaded. As long as no more requests run at the same time, none
   * waits for a cold start. You pay for these instances while they are idle.
   * @default - none: instances start on demand
   */
  readonly provisionedConcurrency?: number;

  /**
   * The largest number of initialized instances. Application Auto Scaling keeps their number between `provisionedConcurrency` and this,
   * according to the number of concurrent requests.
   * @default - `provisionedConcurrency`: the number does not change
   */
  readonly maxProvisionedConcurrency?: number;

  /**
   * The share of initialized instances that should be busy when their number can change, from 0.1 to 0.9. Needs `maxProvisionedConcurrency`.
   * @default 0.7
   */
  readonly provisionedUtilization?: number;
}

/** Makes the Lambda function of an endpoint, and what rolls out its versions. */
export function runOnLambda(endpoint: Construct, options: LambdaFunctionOptions, props: ComputeProps): EndpointCompute {
  const { rollout, ...parts } = props;
  const settings = renderSettings(endpoint, options);
  // an endpoint that answers no requests must not pay for idle instances
  const isEnabled = props.spec.servedEntities.length > 0;
  const servingFunction = ServingFunction._of(endpoint, 'Function', {
    ...parts,
    ...settings,
    ...(!isEnabled && { provisionedConcurrency: undefined }),
    previousVersion: rollout?._previous(endpoint),
  });
  const gradual = rollout?._gradual(endpoint);
  if (props.keepPermissionsFor === undefined) warnOfPermissions(endpoint, props);
  const gradualRollout = gradual && new GradualRollout(endpoint, 'Rollout', servingFunction, props, gradual);
  const metrics = new LambdaMetrics(servingFunction.lambdaFunction.functionName);
  return {
    // one permission for all routes: a permission for each would exceed the size limit of the function's policy
    integration: new HttpLambdaIntegration('Integration', servingFunction.alias, { scopePermissionToRoute: false }),
    grantPrincipal: servingFunction.role,
    logGroup: servingFunction.logGroup,
    metrics,
    usage: metrics.usage,
    lambda: { servingFunction, deploymentGroup: gradualRollout?.deploymentGroup, rollbackAlarms: gradualRollout?.alarms },
  };
}

/** Warns that an older version may lose permissions, if the rollout sends requests to both and the endpoint reads anything. */
function warnOfPermissions(endpoint: Construct, { rollout, tables, objects, spec }: ComputeProps): void {
  if (!rollout?._servesBoth || tables.length + objects.length === 0) return;
  Annotations.of(endpoint).addWarningV2(
    'cdk-ml-serving:keepPermissions',
    `during the roll-out, the previous version of endpoint '${spec.endpointName}' has only the permissions of this deployment. If it reads a feature table, ` +
      'a model in S3 or a key that this version does not read, deploy with it in `keepPermissionsFor`, and remove it in the next deployment; ' +
      '`cdk-ml-serving check --against` lists such permissions. Set `keepPermissionsFor: []` if there are none',
  );
}

function renderSettings(scope: Construct, options: LambdaFunctionOptions): LambdaSettings {
  const { reservedConcurrency, provisionedConcurrency } = options;
  checkConcurrency(scope, 'reservedConcurrency', reservedConcurrency, 0);
  checkConcurrency(scope, 'provisionedConcurrency', provisionedConcurrency, 1);
  if (areKnown(reservedConcurrency, provisionedConcurrency) && provisionedConcurrency! > reservedConcurrency!) {
    refuse(
      scope,
      `\`provisionedConcurrency\` must be at most \`reservedConcurrency\`, got: ${provisionedConcurrency} and ${reservedConcurrency}`,
    );
  }
  return {
    memoryMiB: renderMemory(scope, options.memorySize ?? Size.mebibytes(1024)),
    timeout: checkTimeout(scope, options.timeout ?? Duration.seconds(MAX_TIMEOUT_SECONDS)),
    architecture: checkArchitecture(scope, options.architecture ?? Architecture.ARM_64),
    reservedConcurrency,
    provisionedConcurrency,
    scaling: renderScaling(scope, options),
  };
}

function renderScaling(scope: Construct, options: LambdaFunctionOptions): LambdaSettings['scaling'] {
  const { reservedConcurrency, provisionedConcurrency, maxProvisionedConcurrency, provisionedUtilization = 0.7 } = options;
  if (maxProvisionedConcurrency === undefined) {
    if (options.provisionedUtilization !== undefined)
      refuse(scope, '`provisionedUtilization` needs `maxProvisionedConcurrency`, got: none');
    return undefined;
  }
  if (provisionedConcurrency === undefined) refuse(scope, '`maxProvisionedConcurrency` needs `provisionedConcurrency`, got: none');
  checkConcurrency(scope, 'maxProvisionedConcurrency', maxProvisionedConcurrency, 1);
  if (areKnown(provisionedConcurrency, maxProvisionedConcurrency) && maxProvisionedConcurrency < provisionedConcurrency) {
    refuse(
      scope,
      `\`maxProvisionedConcurrency\` must be at least \`provisionedConcurrency\`, got: ${maxProvisionedConcurrency} and ${provisionedConcurrency}`,
    );
  }
  if (areKnown(reservedConcurrency, maxProvisionedConcurrency) && maxProvisionedConcurrency > reservedConcurrency!) {
    refuse(
      scope,
      `\`maxProvisionedConcurrency\` must be at most \`reservedConcurrency\`, got: ${maxProvisionedConcurrency} and ${reservedConcurrency}`,
    );
  }
  if (areKnown(provisionedUtilization) && !(provisionedUtilization >= 0.1 && provisionedUtilization <= 0.9)) {
    refuse(scope, `\`provisionedUtilization\` must be from 0.1 to 0.9, got: ${provisionedUtilization}`);
  }
  return { maxConcurrency: maxProvisionedConcurrency, utilization: provisionedUtilization };
}

function checkTimeout(scope: Construct, timeout: Duration): Duration {
  if (timeout.isUnresolved()) return timeout;
  const seconds = timeout.toMilliseconds() / 1000;
  if (!(Number.isInteger(seconds) && seconds >= 1 && seconds <= MAX_TIMEOUT_SECONDS)) {
    refuse(scope, `\`timeout\` must be a whole number of seconds from 1 to ${MAX_TIMEOUT_SECONDS}, got: ${seconds}`);
  }
  return timeout;
}

function checkArchitecture(scope: Construct, architecture: Architecture): Architecture {
  const names = [Architecture.ARM_64.name, Architecture.X86_64.name];
  if (!names.includes(architecture.name)) refuse(scope, `\`architecture\` must be ${names.join(' or ')}, got: ${architecture.name}`);
  return architecture;
}

function checkConcurrency(scope: Construct, prop: string, value: number | undefined, least: number): void {
  if (!areKnown(value)) return;
  if (!(Number.isSafeInteger(value) && value! >= least))
    refuse(scope, `\`${prop}\` must be a whole number, ${least} or more, got: ${value}`);
}

function areKnown(...values: (number | undefined)[]): boolean {
  return values.every((value) => value !== undefined && !Token.isUnresolved(value));
}
