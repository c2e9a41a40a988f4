import { Stack } from 'aws-cdk-lib';
import { Architecture, Code, LayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';
import { type Construct } from 'constructs';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { refuse } from '../refuse';

/** What the package's build made, beside the compiled constructs. */
const ASSETS = join(__dirname, '..', '..', 'assets');

/** The Node.js that the runtime's bundle is made for. */
export const LAMBDA_RUNTIME = Runtime.NODEJS_24_X;

/** The runtime and ONNX Runtime for one architecture, and what of them decides whether a function changed. */
export interface RuntimeLayer {
  readonly layerVersion: LayerVersion;
  /** Of all files. */
  readonly sha256: string;
  /** Of all files, unpacked. */
  readonly bytes: number;
}

/** The layer of a stack for an architecture: made by the first function that asks, shared by all, as each copy would add tens of megabytes. */
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
      // the hash is known from the build: no synth reads all of ONNX Runtime to find it again
      code: Code.fromAsset(folder, { assetHash: sha256 }),
      description: 'The runtime of cdk-ml-serving and ONNX Runtime',
      license: 'Apache-2.0',
      compatibleRuntimes: [LAMBDA_RUNTIME],
      compatibleArchitectures: [architecture],
    });
  return { layerVersion, sha256, bytes };
}
