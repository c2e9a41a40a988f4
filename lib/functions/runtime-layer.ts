import { Stack } from 'aws-cdk-lib';
import { Architecture, Code, LayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';
import { type Construct } from 'constructs';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { refuse } from '../refuse';

/** The built assets of the package. */
const ASSETS = join(__dirname, '..', '..', 'assets');

/** The version of Node.js that the bundles are built for. */
export const LAMBDA_RUNTIME = Runtime.NODEJS_24_X;

/** A layer with the runtime of this library and ONNX Runtime, for one architecture. */
export interface RuntimeLayer {
  readonly layerVersion: LayerVersion;
  /** A hash of all files. A function publishes a new version when it changes. */
  readonly sha256: string;
  /** The total size of the files, unpacked. */
  readonly bytes: number;
}

/** Returns the layer of a stack for an architecture. All functions of the stack share it, because each copy would add tens of megabytes. */
export function runtimeLayer(scope: Construct, architecture: Architecture): RuntimeLayer {
  const folder = join(ASSETS, `layer-${architecture.name}`);
  if (!existsSync(`${folder}.json`))
    refuse(scope, `expected the built runtime, run \`npm run build:assets\`, got: nothing at ${folder}.json`);
  const { sha256, bytes } = JSON.parse(readFileSync(`${folder}.json`, 'utf8')) as { sha256: string; bytes: number };

  const stack = Stack.of(scope);
  const id = architecture.name === Architecture.ARM_64.name ? 'MlServingRuntimeArm64' : 'MlServingRuntimeX8664';
  const layerVersion =
    (stack.node.tryFindChild(id) as LayerVersion | undefined) ??
    new LayerVersion(stack, id, {
      // the build has computed the hash, so that synth does not read all of ONNX Runtime
      code: Code.fromAsset(folder, { assetHash: sha256 }),
      description: 'The runtime of cdk-ml-serving and ONNX Runtime',
      license: 'Apache-2.0',
      compatibleRuntimes: [LAMBDA_RUNTIME],
      compatibleArchitectures: [architecture],
    });
  return { layerVersion, sha256, bytes };
}
