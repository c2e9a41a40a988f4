import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { devDependencies } from '../../package.json';

/** The machine and the installation that functions run on. */
export interface RuntimePlace {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** The folder of what this package ships beside its code. */
  readonly assets: string;
  /** The user's app. */
  readonly appFolder: string;
}

/** Folders in which serving functions find the runtime and ONNX Runtime. */
export interface RuntimeModules {
  readonly folders: readonly string[];
  /** What to do so that models can be scored; absent where they can. */
  readonly advice?: string;
}

const PACKAGE = 'onnxruntime-node';

/** CDK's names of the architectures that the package ships ONNX Runtime for, by Node's. */
const LAYERS: { readonly [arch: string]: string } = { arm64: 'arm64', x64: 'x86_64' };

/**
 * Where serving functions find their code: on Linux in the layer of this machine's architecture, whatever the template declares;
 * elsewhere the runtime of this package, with the ONNX Runtime that the user's project has.
 */
export function runtimeModules({ platform, arch, assets, appFolder }: RuntimePlace): RuntimeModules {
  const layer = LAYERS[arch];
  if (platform === 'linux' && layer !== undefined) return { folders: [join(assets, `layer-${layer}`, 'nodejs', 'node_modules')] };
  const runtime = join(assets, 'runtime', 'nodejs', 'node_modules');
  try {
    const main = createRequire(join(appFolder, 'package.json')).resolve(`${PACKAGE}/package.json`);
    return { folders: [runtime, dirname(dirname(main))] };
  } catch {
    // neither the app nor a folder above it has the package
    return {
      folders: [runtime],
      advice: `models need ONNX Runtime for ${platform}: npm install --save-dev ${PACKAGE}@${devDependencies[PACKAGE]}`,
    };
  }
}
