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
    files: (at) => [{ path: MODEL_FILE, source: hasZipMaps ? cut(read(at, path, file)) : realpathSync(file) }, ...external.files],
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
  const got = (what: string) => refuse(scope, `${path}: expected an ONNX file, got: ${what}`);
  if (!existsSync(file)) return got('nothing at this path, which is relative to the folder that the app runs in');
  if (!statSync(file).isFile()) return got('a folder');
  const bytes = readFileSync(file);
  try {
    return { bytes, onnx: parseOnnx(bytes) };
  } catch (error) {
    return got((error as Error).message);
  }
}
