import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import { type Construct } from 'constructs';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Makes the entry and the functions CommonJS modules, even if the asset is below an app whose package.json has `"type": "module"`. */
const PACKAGE = '{"type":"commonjs"}\n';

/** A file of a function's asset. */
export interface AssetFile {
  /** Relative to the asset's folder. */
  readonly path: string;
  /** The absolute path of the file to copy, or its bytes. */
  readonly source: string | Uint8Array;
}

/** What a function runs. */
export interface FunctionCode {
  /** The JavaScript of `index.js`, which exports `handler`. Everything it needs is in the asset or in a layer. */
  readonly entry: string;
  /** The JSON document that the handler reads when it starts. */
  readonly document: { readonly file: string; readonly content: object };
  readonly files: readonly AssetFile[];
}

/** A folder with all files of one function, except its layers. */
export interface FunctionAsset {
  readonly folder: string;
  /** A hash of the names and contents of all files. It does not depend on the machine, the time or the location of the folder. */
  readonly sha256: string;
  /** The total size of the files. */
  readonly bytes: number;
}

/** Writes a function's asset into a new folder. The caller removes the folder. */
export function writeFunctionAsset({ entry, document, files }: FunctionCode): FunctionAsset {
  const folder = mkdtempSync(join(tmpdir(), 'cdk-ml-serving-'));
  const all = [
    { path: 'index.js', source: Buffer.from(entry) },
    { path: 'package.json', source: Buffer.from(PACKAGE) },
    { path: document.file, source: Buffer.from(`${JSON.stringify(document.content, undefined, 2)}\n`) },
    ...files,
  ];
  const hash = createHash('sha256');
  let bytes = 0;
  for (const { path, source } of all) {
    const content = typeof source === 'string' ? readFileSync(source) : source;
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
    chmodSync(target, 0o644); // Lambda reads the file as another user; the umask of this process must not matter
    hash.update(`${Buffer.byteLength(path)}:${path}:${content.byteLength}:`).update(content);
    bytes += content.byteLength;
  }
  return { folder, sha256: hash.digest('hex'), bytes };
}

/** Writes a function's asset, passes it to `use`, and removes it after the CDK has copied it. */
export function withFunctionAsset<T>(scope: Construct, code: FunctionCode, use: (asset: FunctionAsset) => T): T {
  const asset = writeFunctionAsset(code);
  // if asset staging is disabled, the template refers to this folder itself
  const isCopied = scope.node.tryGetContext(DISABLE_ASSET_STAGING_CONTEXT) === undefined;
  try {
    return use(asset);
  } finally {
    if (isCopied) rmSync(asset.folder, { recursive: true, force: true });
  }
}
