import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { refuse } from '../refuse';
import type { ColumnSpec } from '../spec/data-types';
import { type Finding, findingText } from '../spec/finding';
import { findExternalFiles } from './external-data';
import { type LoadedModel, MODEL_FILE } from './loaded-model';
import { modelInputs } from './model-inputs';
import { checkGraph, checkVersions } from './onnx-checks';
import type { OnnxFile } from './onnx-file';
import { parseOnnx } from './onnx-reader';
import { type Checked, inputTensors, outputTensors } from './onnx-signature';
import { cutZipMaps, findZipMaps } from './zip-map';

/** How long a Protocol Buffers message can be; larger models keep their weights in files beside it. */
const MAX_BYTES = 2 ** 31 - 1;

/** Reads an ONNX file and checks it; what is wrong is refused on behalf of `scope`. `path` is as the user wrote it. */
export function loadOnnx(scope: Construct, path: string, columns?: readonly ColumnSpec[], outputs?: readonly string[]): LoadedModel {
  if (Token.isUnresolved(path)) refuse(scope, 'the path of an ONNX file must be a literal, got: a token');
  const stop = (findings: readonly Finding[]) => refuse(scope, findings.map((finding) => `${path}: ${findingText(finding)}`).join('\n'));
  const pass = (findings: readonly Finding[]) => (findings.length === 0 ? undefined : stop(findings));
  const demand = <T>(checked: Checked<T>): T => ('value' in checked ? checked.value : stop(checked.findings));

  const file = resolve(path);
  const { bytes, onnx } = read(scope, path, file);
  pass(checkVersions(onnx));
  const tensors = demand(inputTensors(onnx.graph));
  const zipMaps = findZipMaps(bytes, onnx);
  const given = demand(outputTensors(onnx.graph, zipMaps, outputs));
  pass(checkGraph(bytes, onnx));
  const external = findExternalFiles(onnx.externalTensors, dirname(file));
  pass(external.findings);

  // weights are not kept: a file to be cut is read again when it is packaged
  const hasZipMaps = zipMaps.length > 0;
  return {
    inputs: demand(modelInputs(tensors, columns)),
    outputs: given,
    files: (at) => [{ path: MODEL_FILE, source: hasZipMaps ? cut(read(at, path, file)) : find(at, path, file) }, ...external.files],
  };
}

interface ReadFile {
  readonly bytes: Uint8Array;
  readonly onnx: OnnxFile;
}

function cut({ bytes, onnx }: ReadFile): Uint8Array {
  return cutZipMaps(bytes, onnx, findZipMaps(bytes, onnx));
}

function read(scope: Construct, path: string, file: string): ReadFile {
  const bytes = readFileSync(find(scope, path, file));
  try {
    return { bytes, onnx: parseOnnx(bytes) };
  } catch (error) {
    return refuseFile(scope, path, (error as Error).message);
  }
}

/** The file's true path. */
function find(scope: Construct, path: string, file: string): string {
  if (!existsSync(file)) return refuseFile(scope, path, 'nothing at this path, which is relative to the folder that the app runs in');
  const entry = statSync(file);
  if (!entry.isFile()) return refuseFile(scope, path, 'a folder');
  if (entry.size > MAX_BYTES) return refuseFile(scope, path, `${entry.size} bytes, more than the ${MAX_BYTES} that an ONNX file can have`);
  return realpathSync(file);
}

function refuseFile(scope: Construct, path: string, got: string): never {
  return refuse(scope, `${path}: expected an ONNX file, got: ${got}`);
}
