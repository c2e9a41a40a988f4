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

/** What the package's build made of the handlers that need no layer. */
const ASSETS = join(__dirname, '..', '..', 'assets');

/** What a function is made of whose handler is all in one bundle. */
export interface BundledFunctionParts {
  /** The bundle's name. */
  readonly bundle: 'materialize' | 'ingest' | 'pre-traffic';
  /** What the bundle's file exports: of a folder, it makes the handler. */
  readonly handler: string;
  /** The file beside the bundle that says what the function works on. */
  readonly document: FunctionCode['document'];
  readonly description: string;
  readonly environment: Record<string, string>;
  readonly memoryMiB: number;
  readonly role: Role;
  readonly logGroup: ILogGroup;
  readonly tracing?: Tracing;
  /** What Lambda does when the function wakes itself again and again. */
  readonly recursiveLoop?: RecursiveLoop;
}

/** Makes the function `Function`, which works apart from requests and takes as long as Lambda lets it. */
export function bundledFunction(scope: Construct, parts: BundledFunctionParts): Function {
  const { description, environment, memoryMiB, role, logGroup, tracing, recursiveLoop } = parts;
  return withFunctionAsset(scope, bundledCode(scope, parts), (asset) => {
    return new Function(scope, 'Function', {
      description,
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
      loggingFormat: LoggingFormat.TEXT, // its lines are JSON already; the other format would wrap them in its own
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
