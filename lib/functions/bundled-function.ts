import { Duration } from 'aws-cdk-lib';
import { type Role } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function, LoggingFormat, type RecursiveLoop, type Tracing } from 'aws-cdk-lib/aws-lambda';
import { type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { type Construct } from 'constructs';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { refuse } from '../refuse';
import { type FunctionCode, withFunctionAsset } from './function-asset';
import { LAMBDA_RUNTIME } from './runtime-layer';

/** The built bundles of the package. */
const ASSETS = join(__dirname, '..', '..', 'assets');

/** Lambda's limit for a description. The name of a feature table can be almost as long. */
const MAX_DESCRIPTION = 256;

/** A Lambda function whose handler is one bundle of the package. */
export interface BundledFunctionParts {
  /** The name of the bundle, which is also the name of its folder. */
  readonly bundle: 'materialize' | 'ingest' | 'pre-traffic';
  /** The export of the bundle that makes the handler. It gets the folder of the function. */
  readonly handler: string;
  /** The JSON document that configures the function. */
  readonly document: FunctionCode['document'];
  readonly description: string;
  readonly environment: Record<string, string>;
  readonly memoryMiB: number;
  readonly role: Role;
  readonly logGroup: ILogGroup;
  readonly tracing?: Tracing;
  /** Whether the function may invoke itself repeatedly, through its queue. */
  readonly recursiveLoop?: RecursiveLoop;
}

/** Adds the function `Function`, which works in the background and has Lambda's longest timeout. */
export function bundledFunction(scope: Construct, parts: BundledFunctionParts): Function {
  const { description, environment, memoryMiB, role, logGroup, tracing, recursiveLoop } = parts;
  return withFunctionAsset(scope, bundledCode(scope, parts), (asset) => {
    return new Function(scope, 'Function', {
      description: description.slice(0, MAX_DESCRIPTION),
      runtime: LAMBDA_RUNTIME,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(asset.folder, { assetHash: asset.sha256 }),
      environment,
      memorySize: memoryMiB,
      timeout: Duration.minutes(15),
      role,
      tracing,
      logGroup,
      loggingFormat: LoggingFormat.TEXT, // the function writes JSON lines; Lambda's JSON format would wrap them in another object
      recursiveLoop,
    });
  });
}

function bundledCode(scope: Construct, { bundle, handler, document }: BundledFunctionParts): FunctionCode {
  const folder = join(ASSETS, bundle);
  if (!existsSync(folder)) refuse(scope, `expected the built runtime, run \`npm run build:assets\`, got: nothing at ${folder}`);
  const files = readdirSync(folder).filter((name) => name.endsWith('.js'));
  return {
    entry: `exports.handler = require("./${bundle}.js").${handler}(__dirname);\n`,
    document,
    files: files.sort().map((path) => ({ path, source: join(folder, path) })),
  };
}
