// Builds the part of the package beside the compiled constructs: the bundles of the runtime and the command line, the third-party code that lib
// needs at synth, a Lambda layer for each architecture, and a bill of materials. The same checkout gives the same bytes in any folder.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const assets = join(root, 'assets');
const modules = join(root, 'node_modules');

/** Node.js's names of the architectures, by CDK's names. */
const ARCHITECTURES = { arm64: 'arm64', x86_64: 'x64' };

/** The runtime runs on Lambda's Node.js. The machine that runs a synth may have an older one. */
const RUNTIME_TARGET = 'node24';
const TOOL_TARGET = 'node20';

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  legalComments: 'none',
  charset: 'utf8',
  logLevel: 'warning',
  metafile: true,
};

/** Adds the file extension to the operations that dynalite requires by a computed name, so that esbuild finds them. */
const namedRequires = {
  name: 'named-requires',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]dynalite[\\/](index|validations[\\/]index)\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(/require\(('\.\/\w+\/' \+ \w+)\)/g, "require($1 + '.js')"),
    }));
  },
};

/**
 * Third-party code of the runtime that only some endpoints use. Each package has a separate file beside the handler's, which is loaded when it is
 * first required. A cold start thus compiles only what the endpoint uses.
 */
const APART = { '@marcbachmann/cel-js': 'cel', '@smithy/signature-v4': 'signature-v4' };

const keepApart = {
  name: 'keep-apart',
  setup({ onResolve }) {
    onResolve({ filter: /^@/ }, ({ path }) => (path in APART ? { path: `./${APART[path]}.js`, external: true } : undefined));
  },
};

async function bundle(entryPoints, outdir, target, options = {}) {
  return build({ ...shared, entryPoints, outdir: join('assets', outdir), target, ...options });
}

/** Redirects the imports of `assets/` in the constructs: the command line's bundle is itself a folder of `assets/`. */
const assetsBeside = {
  name: 'assets-beside',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.\/\.\.\/assets\// }, ({ path }) => ({ path: path.replace('../../assets', '..'), external: true }));
  },
};

/** Returns the packages whose code is shipped: those in the bundles, and those copied into the layers. */
function shippedPackages(results) {
  const folders = new Set(['onnxruntime-node', 'onnxruntime-common'].map((name) => `node_modules/${name}`));
  for (const { metafile } of results) {
    for (const input of Object.keys(metafile.inputs)) {
      const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
      if (match) folders.add(match[1]);
    }
  }
  return [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    return { folder, name, version, license: typeof license === 'string' ? license : license?.type };
  });
}

/** Returns the licence texts of the packages. */
function licences(packages) {
  const texts = packages.map(({ folder, name, version, license }) => {
    const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'LICENCE', 'license']
      .map((candidate) => join(root, folder, candidate))
      .find(existsSync);
    return `${name} ${version} (${license})\n\n${file ? readFileSync(file, 'utf8').trim() : ''}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

/** Returns the bill of materials of the packages. https://cyclonedx.org/docs/1.6/json/ */
function billOfMaterials(packages) {
  const purl = (name, version) => `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const components = new Map(
    packages.map(({ name, version, license }) => [
      purl(name, version),
      {
        type: 'library',
        'bom-ref': purl(name, version),
        name,
        version,
        ...(license !== undefined && { licenses: [/[ ()]/.test(license) ? { expression: license } : { license: { id: license } }] }),
        purl: purl(name, version),
      },
    ]),
  );
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'library', 'bom-ref': purl(own.name, own.version), name: own.name, version: own.version } },
    components: [...components.values()],
  };
}

/** Copies ONNX Runtime's binding, without the files of other platforms. */
function copyOnnxRuntime(architecture, folder) {
  const to = join(folder, 'onnxruntime-node');
  if (!existsSync(to)) {
    const native = join('bin', 'napi-v6', 'linux', ARCHITECTURES[architecture]);
    for (const part of ['package.json', 'LICENSE', 'dist', native]) {
      const source = join(modules, 'onnxruntime-node', part);
      if (existsSync(source)) cpSync(source, join(to, part), { recursive: true, filter: (file) => !file.endsWith('.map') });
    }
    const common = join(folder, 'onnxruntime-common');
    for (const part of ['package.json', 'dist/cjs']) {
      cpSync(join(modules, 'onnxruntime-common', part), join(common, part), {
        recursive: true,
        filter: (file) => !/\.(map|d\.ts)$/.test(file),
      });
    }
  }
}

/** Returns the size of a layer, and one hash of its names and contents, so that a synth need not read its files. */
function measure(folder) {
  const hash = createHash('sha256');
  let bytes = 0;
  for (const file of readdirSync(folder, { recursive: true }).sort()) {
    if (!statSync(join(folder, file)).isFile()) continue;
    const content = readFileSync(join(folder, file));
    hash.update(`${Buffer.byteLength(file)}:${file}:${content.byteLength}:`).update(content);
    bytes += content.byteLength;
  }
  return { sha256: hash.digest('hex'), bytes };
}

for (const folder of ['runtime', 'materialize', 'ingest', 'cli', 'synth', 'convert', 'init', 'pre-traffic'])
  rmSync(join(assets, folder), { recursive: true, force: true });

const runtime = 'runtime/nodejs/node_modules/cdk-ml-serving-runtime';
const results = await Promise.all([
  // tree shaking needs ES modules: it leaves out 180 kB of the signer alone, which a cold start would load
  bundle(['lambda/handlers/serve.ts'], runtime, RUNTIME_TARGET, {
    minify: true,
    mainFields: ['module', 'main'],
    external: ['onnxruntime-node'],
    plugins: [keepApart],
  }),
  bundle(
    Object.entries(APART).map(([path, out]) => ({ in: path, out })),
    runtime,
    RUNTIME_TARGET,
    { minify: true, mainFields: ['module', 'main'] },
  ),
  bundle(['lambda/handlers/pre-traffic.ts'], 'pre-traffic', RUNTIME_TARGET, { minify: true, mainFields: ['module', 'main'] }),
  bundle(['lambda/handlers/materialize.ts'], 'materialize', RUNTIME_TARGET, { minify: true, mainFields: ['module', 'main'] }),
  bundle(['lambda/handlers/ingest.ts'], 'ingest', RUNTIME_TARGET, { minify: true, mainFields: ['module', 'main'] }),
  bundle(['bin/cdk-ml-serving.ts', 'bin/functions/function-host.ts', 'bin/score/score-worker.ts'], 'cli', TOOL_TARGET, {
    entryNames: '[name]',
    mainFields: ['module', 'main'],
    // the embedded DynamoDB imports a native module for tables on disk, but we keep tables in memory only
    alias: { level: 'memory-level' },
    plugins: [namedRequires, assetsBeside],
    // peer dependencies: only `init` loads them, because it reads models with the code of the constructs
    external: ['aws-cdk-lib', 'constructs', 'onnxruntime-node'],
    banner: { js: '#!/usr/bin/env node' },
  }),
  bundle(['scripts/synth/cel.mjs', 'scripts/synth/protobuf.mjs', 'scripts/synth/yaml.mjs'], 'synth', TOOL_TARGET),
]);
// npm makes a package's command executable when it installs the package, and not when a clone builds it again
chmodSync(join(assets, 'cli', 'cdk-ml-serving.js'), 0o755);
const packages = shippedPackages(results);
writeFileSync(join(assets, 'THIRD-PARTY-LICENSES.txt'), licences(packages));
writeFileSync(join(assets, 'sbom.cdx.json'), `${JSON.stringify(billOfMaterials(packages), undefined, 2)}\n`);
writeFileSync(
  join(assets, runtime, 'package.json'),
  `${JSON.stringify({ name: 'cdk-ml-serving-runtime', private: true, main: 'serve.js' })}\n`,
);

// the Python files that `convert` runs
cpSync(join(root, 'python', 'convert'), join(assets, 'convert'), { recursive: true, filter: (file) => !file.includes('__pycache__') });

// the model of a new app without `--model`
const example = join(assets, 'init', 'house_price');
mkdirSync(example, { recursive: true });
for (const [file, name] of [
  ['house_price_1.onnx', 'model.onnx'],
  ['house_price_1.columns.json', 'columns.json'],
  ['house_price_1.cases.json', 'cases.json'],
]) {
  cpSync(join(root, 'examples', 'data', file), join(example, name));
}

for (const architecture of Object.keys(ARCHITECTURES)) {
  const folder = join(assets, `layer-${architecture}`, 'nodejs', 'node_modules');
  mkdirSync(folder, { recursive: true });
  copyOnnxRuntime(architecture, folder);
  rmSync(join(folder, 'cdk-ml-serving-runtime'), { recursive: true, force: true });
  cpSync(join(assets, runtime), join(folder, 'cdk-ml-serving-runtime'), { recursive: true });
  cpSync(join(assets, 'THIRD-PARTY-LICENSES.txt'), join(assets, `layer-${architecture}`, 'THIRD-PARTY-LICENSES.txt'));
  writeFileSync(join(assets, `layer-${architecture}.json`), `${JSON.stringify(measure(join(assets, `layer-${architecture}`)))}\n`);
}
