import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type Role } from 'aws-cdk-lib/aws-iam';
import {
  Alias,
  type Architecture,
  type CfnFunction,
  Code,
  Function,
  LoggingFormat,
  Tracing,
  Version,
  type VersionWeight,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type IFeatureTable } from '../features/index';
import { type PackagedObject } from '../models/packaged-model';
import { refuse } from '../refuse';
import { BINDINGS_VARIABLE, type EndpointSpec } from '../contract/endpoint-spec';
import { renderBindings } from '../functions/bindings';
import { type AssetFile, type FunctionAsset } from '../functions/function-asset';
import { functionRole } from '../functions/function-role';
import { grantObjects, modelCopies, storageFor, warnOfObjects } from './model-objects';
import { servingCode } from './serving-code';
import { keepCases, type ServedCases } from './served-cases';
import { LAMBDA_RUNTIME, type RuntimeLayer, runtimeLayer } from '../functions/runtime-layer';
import { withFunctionAsset } from '../functions/with-function-asset';

/** Lambda's limit for a function and its layers, unpacked, in bytes. */
const MAX_UNPACKED_BYTES = 262_144_000;

/** The key of the function's CloudFormation metadata under which the command line finds the endpoint's name. */
const ENDPOINT_METADATA = 'cdk-ml-serving:endpoint';

/** The key under which it finds copies of models that lie in S3. */
const COPIES_METADATA = 'cdk-ml-serving:modelCopies';

/**
 * What an endpoint gives to the function that serves it.
 * @internal
 */
export interface ServingFunctionParts {
  readonly spec: EndpointSpec;
  readonly files: readonly AssetFile[];
  readonly tables: readonly IFeatureTable[];
  /** Models in S3. */
  readonly objects: readonly PackagedObject[];
  readonly cases: readonly ServedCases[];
  readonly logRetention?: RetentionDays;
  readonly logRemovalPolicy?: RemovalPolicy;
  /** A version that answers beside the current one, and its share from 0 to 1. */
  readonly previousVersion?: { readonly version: string; readonly weight: number };
}

/**
 * How the function runs.
 * @internal
 */
export interface LambdaSettings {
  readonly memoryMiB: number;
  readonly timeout: Duration;
  readonly architecture: Architecture;
  readonly reservedConcurrency?: number;
  readonly provisionedConcurrency?: number;
  readonly scaling?: { readonly maxConcurrency: number; readonly utilization: number };
}

/**
 * The Lambda function that serves an endpoint: code, endpoint spec and models in one published version behind the alias `live`, so that
 * moving the alias back moves all of them back.
 */
export class ServingFunction extends Construct {
  /** @internal */
  public static _of(scope: Construct, id: string, props: ServingFunctionParts & LambdaSettings): ServingFunction {
    return new ServingFunction(scope, id, props);
  }

  /** The function. */
  public readonly lambdaFunction: Function;
  /** The alias `live` of the version that answers requests. */
  public readonly alias: Alias;
  /** What the function may do: write its own log, send traces, and read the endpoint's feature tables. */
  public readonly role: Role;
  /** The log group of the function: one line of JSON a request. */
  public readonly logGroup: LogGroup;

  private constructor(scope: Construct, id: string, props: ServingFunctionParts & LambdaSettings) {
    super(scope, id);
    const layer = runtimeLayer(this, props.architecture);
    this.logGroup = new LogGroup(this, 'Log', {
      retention: props.logRetention ?? RetentionDays.SIX_MONTHS,
      removalPolicy: props.logRemovalPolicy ?? RemovalPolicy.RETAIN,
    });
    this.role = functionRole(this, 'Role');
    this.logGroup.grantWrite(this.role);
    for (const table of props.tables) table.grantRead(this.role);
    grantObjects(this.role, props.objects);
    warnOfObjects(this, props.objects, props.memoryMiB);

    const buckets = props.objects.map(({ spec, bucket }) => ({ name: spec.bucket, bucketName: bucket.bucketName }));
    const environment = { [BINDINGS_VARIABLE]: renderBindings(this, props.tables, buckets) };
    this.lambdaFunction = withFunctionAsset(this, servingCode(props.spec, props.files), (asset) => {
      this.checkSize(asset, layer);
      return new Function(this, 'Function', {
        description: `Endpoint ${props.spec.endpointName}`,
        runtime: LAMBDA_RUNTIME,
        architecture: props.architecture,
        handler: 'index.handler',
        code: Code.fromAsset(asset.folder, { assetHash: asset.sha256 }),
        layers: [layer.layerVersion],
        environment,
        memorySize: props.memoryMiB,
        ephemeralStorageSize: storageFor(this, props.objects),
        timeout: props.timeout,
        reservedConcurrentExecutions: props.reservedConcurrency,
        role: this.role,
        tracing: Tracing.ACTIVE,
        logGroup: this.logGroup,
        loggingFormat: LoggingFormat.TEXT, // the runtime's lines are JSON already; the other format would wrap them in its own
        currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN }, // the alias can only go back to a version that is there
      });
    });
    this.lambdaFunction.invalidateVersionBasedOn(layer.sha256);
    const resource = this.lambdaFunction.node.defaultChild as CfnFunction;
    resource.addMetadata(ENDPOINT_METADATA, props.spec.endpointName);
    const copies = modelCopies(props.objects);
    if (copies !== undefined) resource.addMetadata(COPIES_METADATA, copies);
    keepCases(this, resource, props.cases);

    this.alias = new Alias(this, 'Alias', {
      aliasName: 'live',
      version: this.lambdaFunction.currentVersion,
      additionalVersions: this.previousVersions(props),
      provisionedConcurrentExecutions: props.provisionedConcurrency,
    });
    if (props.provisionedConcurrency !== undefined && props.scaling !== undefined) {
      this.alias
        .addAutoScaling({ minCapacity: props.provisionedConcurrency, maxCapacity: props.scaling.maxConcurrency })
        .scaleOnUtilization({ utilizationTarget: props.scaling.utilization });
    }
  }

  private previousVersions({
    previousVersion,
    provisionedConcurrency,
  }: ServingFunctionParts & LambdaSettings): VersionWeight[] | undefined {
    if (previousVersion === undefined) return undefined;
    if (provisionedConcurrency !== undefined) {
      refuse(
        this,
        '`provisionedConcurrency` must not be set beside `Rollout.weighted`, as Lambda takes one or the other on an alias, got: both',
      );
    }
    const { version, weight } = previousVersion;
    return [{ version: Version.fromVersionAttributes(this, 'PreviousVersion', { lambda: this.lambdaFunction, version }), weight }];
  }

  private checkSize(asset: FunctionAsset, layer: RuntimeLayer): void {
    if (asset.bytes + layer.bytes > MAX_UNPACKED_BYTES) {
      refuse(
        this,
        `function and layer must be at most ${megabytes(MAX_UNPACKED_BYTES)} unpacked, got: ${megabytes(asset.bytes)} of spec, models and functions, and ${megabytes(layer.bytes)} of layer`,
      );
    }
  }
}

/** As Lambda counts: 1 MB is 1,048,576 bytes. */
function megabytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MB`;
}
