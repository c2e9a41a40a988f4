// Builds what the package ships beside the compiled constructs: the runtime's bundles, the command line, the third-party code that
// lib needs at synth, and one Lambda layer an architecture. The same checkout gives the same bytes, wherever it lies.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const assets = join(root, 'assets');
const modules = join(root, 'node_modules');

/** CDK's names of the architectures, and Node's. */
const ARCHITECTURES = { arm64: 'arm64', x86_64: 'x64' };

/** Lambda's Node.js is the newest that runs these; the machine that synthesizes may have an older one. */
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

/** dynalite requires its operations by names without an ending, which a bundle has to know. */
const namedRequires = {
  name: 'named-requires',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]dynalite[\\/](index|validations[\\/]index)\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(/require\(('\.\/\w+\/' \+ \w+)\)/g, "require($1 + '.js')"),
    }));
  },
};

/**
 * Third-party code of the runtime that only some endpoints run. Each has a file of its own beside the handler's, read when it is first
 * required: what is compiled at a cold start is what the endpoint uses.
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

/** What the constructs load from `assets/` when an app is synthesized lies beside the command line's folder, too. */
const assetsBeside = {
  name: 'assets-beside',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.\/\.\.\/assets\// }, ({ path }) => ({ path: path.replace('../../assets', '..'), external: true }));
  },
};

/** The licence texts of every package whose code a bundle carries. */
function licences(results) {
  const packages = new Set();
  for (const { metafile } of results) {
    for (const input of Object.keys(metafile.inputs)) {
      const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
      if (match) packages.add(match[1]);
    }
  }
  const texts = [...packages].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'LICENCE', 'license']
      .map((candidate) => join(root, folder, candidate))
      .find(existsSync);
    return `${name} ${version} (${typeof license === 'string' ? license : license?.type})\n\n${file ? readFileSync(file, 'utf8').trim() : ''}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

/** ONNX Runtime's binding without what other platforms need. */
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

/** What the constructs need to know of a layer's files, so that no synth reads them all again: one hash of names and contents, and their size. */
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
  // of ES modules only what is used gets into the bundle: the signer's alone are 180 kB less to load at a cold start
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
    // the embedded DynamoDB asks for a store on disk, a native module, and is only ever told to keep its tables in memory
    alias: { level: 'memory-level' },
    plugins: [namedRequires, assetsBeside],
    // peers of the package: only `init` loads them, because it reads models as the constructs do
    external: ['aws-cdk-lib', 'constructs', 'onnxruntime-node'],
    banner: { js: '#!/usr/bin/env node' },
  }),
  bundle(['scripts/synth/cel.mjs', 'scripts/synth/protobuf.mjs', 'scripts/synth/yaml.mjs'], 'synth', TOOL_TARGET),
]);
// npm makes a package's command executable when it installs the package, and not when a clone builds it again
chmodSync(join(assets, 'cli', 'cdk-ml-serving.js'), 0o755);
writeFileSync(join(assets, 'THIRD-PARTY-LICENSES.txt'), licences(results));
writeFileSync(
  join(assets, runtime, 'package.json'),
  `${JSON.stringify({ name: 'cdk-ml-serving-runtime', private: true, main: 'serve.js' })}\n`,
);

// Python, which `convert` runs as it is
cpSync(join(root, 'python', 'convert'), join(assets, 'convert'), { recursive: true, filter: (file) => !file.includes('__pycache__') });

// the model of an app that is begun without one
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
