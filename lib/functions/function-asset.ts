import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Says what the entry and the functions are, where the asset lies below an app whose own package.json says something else. */
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
  /** The JavaScript of `index.js`, which exports `handler`. Everything that it needs lies beside it, or in a layer. */
  readonly entry: string;
  /** What the handler reads when it starts, as JSON, under the name of its file. */
  readonly document: { readonly file: string; readonly content: object };
  readonly files: readonly AssetFile[];
}

/** A folder that holds all that one function needs but its layers. */
export interface FunctionAsset {
  readonly folder: string;
  /** Of the names and contents of all files: nothing of the machine, its clock or its folders. */
  readonly sha256: string;
  readonly bytes: number;
}

/** Writes a function's asset into a new folder, which the caller removes. */
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
    chmodSync(target, 0o644); // Lambda runs as another user, whatever the umask here
    hash.update(`${Buffer.byteLength(path)}:${path}:${content.byteLength}:`).update(content);
    bytes += content.byteLength;
  }
  return { folder, sha256: hash.digest('hex'), bytes };
}
