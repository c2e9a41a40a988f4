import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ENDPOINT_SPEC_FILE, type EndpointSpec } from '../spec/endpoint-spec';

/** The entry point: the runtime is found in the layer, everything else beside this file. */
const ENTRY = 'exports.handler = require("cdk-ml-serving-runtime").serve(__dirname);\n';

/** Says what the entry and the functions are, where the asset lies below an app whose own package.json says something else. */
const PACKAGE = '{"type":"commonjs"}\n';

/** A file of a function's asset. */
export interface AssetFile {
  /** Relative to the asset's folder. */
  readonly path: string;
  /** The absolute path of the file to copy, or its bytes. */
  readonly source: string | Uint8Array;
}

/** A folder that holds all that one endpoint's function needs but the layer. */
export interface FunctionAsset {
  readonly folder: string;
  /** Of the names and contents of all files: nothing of the machine, its clock or its folders. */
  readonly sha256: string;
  readonly bytes: number;
}

/** Writes a function's asset into a new folder, which the caller removes. */
export function writeFunctionAsset(spec: EndpointSpec, files: readonly AssetFile[]): FunctionAsset {
  const folder = mkdtempSync(join(tmpdir(), 'cdk-ml-serving-'));
  const all = [
    { path: 'index.js', source: Buffer.from(ENTRY) },
    { path: 'package.json', source: Buffer.from(PACKAGE) },
    { path: ENDPOINT_SPEC_FILE, source: Buffer.from(`${JSON.stringify(spec, undefined, 2)}\n`) },
    ...files,
  ];
  const hash = createHash('sha256');
  let bytes = 0;
  for (const { path, source } of all) {
    const content = typeof source === 'string' ? readFileSync(source) : source;
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
    chmodSync(target, 0o644); // Lambda runs as another user, whatever the umask here
    hash.update(`${Buffer.byteLength(path)}:${path}:${content.byteLength}:`).update(content);
    bytes += content.byteLength;
  }
  return { folder, sha256: hash.digest('hex'), bytes };
}
