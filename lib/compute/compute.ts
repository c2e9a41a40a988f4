import { Duration, Size, Token } from 'aws-cdk-lib';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { type Construct } from 'constructs';
import { refuse } from '../refuse';
import { renderMemory } from '../functions/memory-size';
import { type LambdaSettings, ServingFunction, type ServingFunctionParts } from './serving-function';

/** API Gateway's HTTP API waits no longer. */
const MAX_TIMEOUT_SECONDS = 29;

/** Options of serving by a Lambda function. */
export interface LambdaFunctionOptions {
  /**
   * The memory of the function: 128 MiB to 10,240 MiB. Lambda gives processors in proportion, one whole at 1,769 MiB.
   * @default Size.mebibytes(1024)
   */
  readonly memorySize?: Size;

  /**
   * How long one request may take, in whole seconds, at most 29: API Gateway waits no longer. The runtime answers 504 by itself after 25
   * seconds, or shortly before this if it is less.
   * @default Duration.seconds(29)
   */
  readonly timeout?: Duration;

  /**
   * The instruction set.
   * @default Architecture.ARM_64
   */
  readonly architecture?: Architecture;

  /**
   * How many requests the function takes at once, set aside for it from what the account has. Zero stops it.
   * @default - as many as the account has left
   */
  readonly reservedConcurrency?: number;

  /**
   * How many instances are kept started, with their model loaded, so that requests up to as many at once see no cold start. They cost while
   * they wait.
   * @default - none: instances start when requests come
   */
  readonly provisionedConcurrency?: number;

  /**
   * How many instances may be kept started at most, where `provisionedConcurrency` is the least: as many as requests come at once, by
   * Application Auto Scaling.
   * @default - as many as `provisionedConcurrency` says
   */
  readonly maxProvisionedConcurrency?: number;

  /**
   * Which share of the started instances is to be busy, from 0.1 to 0.9, where their number may change.
   * @default 0.7
   */
  readonly provisionedUtilization?: number;
}

/** What an endpoint runs on. */
export class Compute {
  /** A Lambda function that scores models in its own process. It costs nothing while nobody calls. */
  public static lambdaFunction(options: LambdaFunctionOptions = {}): Compute {
    return new Compute(options);
  }

  private constructor(private readonly options: LambdaFunctionOptions) {}

  /**
   * Makes the function that serves an endpoint.
   * @internal
   */
  public _servingFunction(scope: Construct, id: string, parts: ServingFunctionParts): ServingFunction {
    const settings = renderSettings(scope, this.options);
    // nothing waits, and is paid for, where nothing is answered
    const isEnabled = parts.spec.servedEntities.length > 0;
    return ServingFunction._of(scope, id, { ...parts, ...settings, ...(!isEnabled && { provisionedConcurrency: undefined }) });
  }
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
  const { provisionedConcurrency, maxProvisionedConcurrency, provisionedUtilization = 0.7 } = options;
  if (maxProvisionedConcurrency === undefined) {
    if (options.provisionedUtilization !== undefined)
      refuse(scope, '`provisionedUtilization` is for a `maxProvisionedConcurrency`, got: none');
    return undefined;
  }
  if (provisionedConcurrency === undefined) refuse(scope, '`maxProvisionedConcurrency` is for a `provisionedConcurrency`, got: none');
  checkConcurrency(scope, 'maxProvisionedConcurrency', maxProvisionedConcurrency, 1);
  if (areKnown(provisionedConcurrency, maxProvisionedConcurrency) && maxProvisionedConcurrency < provisionedConcurrency) {
    refuse(
      scope,
      `\`maxProvisionedConcurrency\` must be at least \`provisionedConcurrency\`, got: ${maxProvisionedConcurrency} and ${provisionedConcurrency}`,
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
