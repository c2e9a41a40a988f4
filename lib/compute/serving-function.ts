import { AssetStaging, type CfnResource, type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type Role } from 'aws-cdk-lib/aws-iam';
import {
  Alias,
  type CfnAlias,
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
import { LAMBDA_RECOGNIZE_LAYER_VERSION, LAMBDA_RECOGNIZE_VERSION_PROPS } from 'aws-cdk-lib/cx-api';
import { Construct } from 'constructs';
import { refuse } from '../refuse';
import { requireSameEnvironment } from '../same-environment';
import { BINDINGS_VARIABLE, ENDPOINT_SPEC_FILE } from '../contract/endpoint-spec';
import { renderBindings } from '../functions/bindings';
import { type FunctionAsset, withFunctionAsset } from '../functions/function-asset';
import { functionRole } from '../functions/function-role';
import { LAMBDA_RUNTIME, type RuntimeLayer, runtimeLayer } from '../functions/runtime-layer';
import { type PackagedObject } from '../models/packaged-model';
import { type EndpointContents, type ServedCases } from './endpoint-contents';
import { grantObjects, type KeptPermission, KeptPermissions } from './kept-permission';
import { modelCopies, storageFor, warnOfObjects } from './model-objects';

/**
 * The CDK's feature flags that change how the logical id of a version is computed. They are fixed here: if an app changed them without changing
 * the function, CloudFormation would try to publish a version that exists, and fail.
 */
const VERSION_FLAGS = [LAMBDA_RECOGNIZE_VERSION_PROPS, LAMBDA_RECOGNIZE_LAYER_VERSION];

/** Lambda's limit for a function and its layers, unpacked, in bytes. */
const MAX_UNPACKED_BYTES = 262_144_000;

/** The entry point. The layer provides the runtime; all other files are beside this one. */
const ENTRY = 'exports.handler = require("cdk-ml-serving-runtime").serve(__dirname);\n';

/** The key of the function's CloudFormation metadata that holds the endpoint's name for the command line. */
const ENDPOINT_METADATA = 'cdk-ml-serving:endpoint';

/** The key of the function's CloudFormation metadata that holds the paths of local copies of models in S3. */
const COPIES_METADATA = 'cdk-ml-serving:modelCopies';

/** The type of the metadata entries in the cloud assembly that hold the recorded cases of the served models. */
const CASES_METADATA = 'cdk-ml-serving:cases';

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
 * What an endpoint gives to the function that serves it.
 * @internal
 */
export interface ServingFunctionProps extends EndpointContents, LambdaSettings {
  readonly logRetention?: RetentionDays;
  readonly logRemovalPolicy?: RemovalPolicy;
  readonly keepPermissionsFor?: readonly KeptPermission[];
  /** A version that also gets requests, and its share from 0 to 1. */
  readonly previousVersion?: { readonly version: string; readonly weight: number };
}

/**
 * The Lambda function that serves an endpoint. Each published version contains code, endpoint spec and models, so that moving the alias `live`
 * to an older version rolls back all of them.
 */
export class ServingFunction extends Construct {
  /** @internal */
  public static _of(scope: Construct, id: string, props: ServingFunctionProps): ServingFunction {
    return new ServingFunction(scope, id, props);
  }

  /** The function. */
  public readonly lambdaFunction: Function;
  /** The alias `live`, which points to the version that answers requests. */
  public readonly alias: Alias;
  /** The role of the function. It may write the function's log, send traces, and read the endpoint's feature tables and models in S3. */
  public readonly role: Role;
  /** The log group of the function: one line of JSON for each request. */
  public readonly logGroup: LogGroup;

  private constructor(scope: Construct, id: string, props: ServingFunctionProps) {
    super(scope, id);
    for (const flag of VERSION_FLAGS) this.node.setContext(flag, true);
    this.checkEnvironment(props);
    const layer = runtimeLayer(this, props.architecture);
    this.logGroup = new LogGroup(this, 'Log', {
      retention: props.logRetention ?? RetentionDays.SIX_MONTHS,
      removalPolicy: props.logRemovalPolicy ?? RemovalPolicy.RETAIN,
    });
    this.role = this.makeRole(props);
    warnOfObjects(this, props.objects, props.memoryMiB);
    this.lambdaFunction = this.makeFunction(props, layer);
    this.alias = this.makeAlias(props);
    this.addMetadata(props);
  }

  private makeRole({ tables, objects, declared, keepPermissionsFor = [] }: ServingFunctionProps): Role {
    const role = functionRole(this, 'Role');
    this.logGroup.grantWrite(role);
    for (const table of tables) table.grantRead(role);
    for (const { bucket, spec } of objects) grantObjects(role, bucket, spec.key);
    const kept = new KeptPermissions(role);
    for (const table of declared.tables) if (!tables.includes(table)) table.grantRead(kept);
    const isServed = ({ spec }: PackagedObject) => objects.some((object) => object.spec.bucket === spec.bucket);
    for (const version of declared.modelVersions) {
      version._eachObject((object) => {
        if (!isServed(object)) grantObjects(kept, object.bucket, object.spec.key);
      });
    }
    for (const permission of keepPermissionsFor) permission._grant(this, kept);
    return role;
  }

  private makeFunction({ spec, files, tables, objects, ...settings }: ServingFunctionProps, layer: RuntimeLayer): Function {
    const code = { entry: ENTRY, document: { file: ENDPOINT_SPEC_FILE, content: spec }, files };
    const buckets = objects.map(({ spec: { bucket: name }, bucket }) => ({ name, bucketName: bucket.bucketName }));
    const made = withFunctionAsset(this, code, (asset) => {
      this.checkSize(asset, layer);
      return new Function(this, 'Function', {
        description: `Endpoint ${spec.endpointName}`,
        runtime: LAMBDA_RUNTIME,
        architecture: settings.architecture,
        handler: 'index.handler',
        code: Code.fromAsset(asset.folder, { assetHash: asset.sha256 }),
        layers: [layer.layerVersion],
        environment: { [BINDINGS_VARIABLE]: renderBindings(this, tables, buckets) },
        memorySize: settings.memoryMiB,
        ephemeralStorageSize: storageFor(this, objects),
        timeout: settings.timeout,
        reservedConcurrentExecutions: settings.reservedConcurrency,
        role: this.role,
        tracing: Tracing.ACTIVE,
        logGroup: this.logGroup,
        loggingFormat: LoggingFormat.TEXT, // the runtime writes JSON lines; Lambda's JSON format would wrap them in another object
        // a rollback needs the old version; a version from a failed deployment must be deleted, or the next deployment fails to publish it
        currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE },
      });
    });
    made.invalidateVersionBasedOn(layer.sha256);
    return made;
  }

  private makeAlias(props: ServingFunctionProps): Alias {
    const { provisionedConcurrency, scaling } = props;
    const alias = new Alias(this, 'Alias', {
      aliasName: 'live',
      version: this.lambdaFunction.currentVersion,
      additionalVersions: this.previousVersions(props),
    });
    if (provisionedConcurrency === undefined) return alias;
    // the property of `Alias` does not accept a token
    const resource = alias.node.defaultChild as CfnAlias;
    resource.provisionedConcurrencyConfig = { provisionedConcurrentExecutions: provisionedConcurrency };
    if (scaling !== undefined) {
      alias
        .addAutoScaling({ minCapacity: provisionedConcurrency, maxCapacity: scaling.maxConcurrency })
        .scaleOnUtilization({ utilizationTarget: scaling.utilization });
    }
    return alias;
  }

  private previousVersions({ previousVersion, provisionedConcurrency }: ServingFunctionProps): VersionWeight[] | undefined {
    if (previousVersion === undefined) return undefined;
    if (provisionedConcurrency !== undefined) {
      refuse(
        this,
        '`provisionedConcurrency` must not be set beside `Rollout.weighted`, because an alias of Lambda can have only one of them, got: both',
      );
    }
    const { version, weight } = previousVersion;
    return [{ version: Version.fromVersionAttributes(this, 'PreviousVersion', { lambda: this.lambdaFunction, version }), weight }];
  }

  private addMetadata({ spec, objects, cases }: ServingFunctionProps): void {
    const resource = this.lambdaFunction.node.defaultChild as CfnFunction;
    resource.addMetadata(ENDPOINT_METADATA, spec.endpointName);
    const copies = modelCopies(objects);
    if (copies !== undefined) resource.addMetadata(COPIES_METADATA, copies);
    this.addCases(resource, cases);
  }

  /** Copies recorded cases into the cloud assembly only. They are not in the template or an asset, so changed cases do not change the deployment. */
  private addCases(resource: CfnResource, cases: readonly ServedCases[]): void {
    for (const [i, { servedEntity, file }] of cases.entries()) {
      const staging = new AssetStaging(this, `Cases${i}`, { sourcePath: file });
      // as a string, because the schema of cloud assemblies permits no other object here
      resource.node.addMetadata(CASES_METADATA, JSON.stringify({ servedEntity, file: staging.relativeStagedPath(Stack.of(this)) }));
    }
  }

  private checkEnvironment({ tables, objects }: ServingFunctionProps): void {
    for (const { featureTableName, table } of tables) {
      const next = 'use a table or a replica in the same region, imported with FeatureTable.fromFeatureTableAttributes';
      requireSameEnvironment(this, `the online store of feature table '${featureTableName}'`, table, next);
    }
    for (const { text, bucket } of objects) {
      requireSameEnvironment(this, `the bucket of ${text}`, bucket, 'copy the model into a bucket of this region');
    }
  }

  private checkSize(asset: FunctionAsset, layer: RuntimeLayer): void {
    if (asset.bytes + layer.bytes > MAX_UNPACKED_BYTES) {
      refuse(
        this,
        `function and layer must be at most ${megabytes(MAX_UNPACKED_BYTES)} unpacked, got: ${megabytes(asset.bytes)} of spec, models and functions, and ${megabytes(layer.bytes)} of layer; store large models in S3 (ModelArtifact.fromS3)`,
      );
    }
  }
}

/** In Lambda's unit: 1 MB is 1,048,576 bytes. */
function megabytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MB`;
}
