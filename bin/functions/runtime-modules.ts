import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { devDependencies } from '../../package.json';

/** The machine and the installation that functions run on. */
export interface RuntimePlace {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** The `assets` folder of this package. */
  readonly assets: string;
  /** The folder of the user's app. */
  readonly appFolder: string;
}

/** Folders in which serving functions find the runtime and ONNX Runtime. */
export interface RuntimeModules {
  readonly folders: readonly string[];
  /** What to install before models can be scored; absent if nothing is missing. */
  readonly advice?: string;
}

const PACKAGE = 'onnxruntime-node';

/** The architectures that the package ships ONNX Runtime for: Node's name to the CDK's name. */
const LAYERS: { readonly [arch: string]: string } = { arm64: 'arm64', x64: 'x86_64' };

/**
 * Finds the code of serving functions. On Linux it is the layer for this machine's architecture, whatever architecture the template declares.
 * Elsewhere it is this package's runtime with the ONNX Runtime that the user's project has installed.
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
