import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { refuse } from '../refuse';
import type { ColumnSpec } from '../contract/data-types';
import { type Finding, findingText } from '../contract/finding';
import { findExternalFiles } from './external-data';
import { type LoadedModel, MODEL_FILE } from './loaded-model';
import { modelInputs } from './model-inputs';
import { checkGraph, checkVersions } from './onnx-checks';
import type { OnnxFile } from './onnx-file';
import { parseOnnx } from './onnx-reader';
import { type Checked, type InputTensor, inputTensors, outputTensors } from './onnx-signature';
import { cutZipMaps, findZipMaps } from './zip-map';

/** How long a Protocol Buffers message can be; larger models keep their weights in files beside it. */
export const MAX_BYTES = 2 ** 31 - 1;

/** An ONNX file that was read and checked, before it is known which columns make its inputs. */
export interface OpenedOnnx extends Pick<LoadedModel, 'outputs' | 'files' | 'original'> {
  readonly tensors: readonly InputTensor[];
}

/** Reads an ONNX file and checks it; what is wrong is refused on behalf of `scope`. `path` is as the user wrote it. */
export function loadOnnx(scope: Construct, path: string, columns?: readonly ColumnSpec[], outputs?: readonly string[]): LoadedModel {
  const { tensors, ...rest } = openOnnx(scope, path, outputs);
  return { inputs: demand(scope, path, modelInputs(tensors, columns)), ...rest };
}

/** What a check made of a part of a file; what it found wrong is refused on behalf of `scope`. */
export function demand<T>(scope: Construct, path: string, checked: Checked<T>, advice = ''): T {
  if ('value' in checked) return checked.value;
  return refuse(scope, checked.findings.map((finding) => `${path}: ${findingText(finding)}`).join('\n') + advice);
}

/** Reads an ONNX file and checks all but its columns; what is wrong is refused on behalf of `scope`. `path` is as the user wrote it. */
export function openOnnx(scope: Construct, path: string, outputs?: readonly string[]): OpenedOnnx {
  if (Token.isUnresolved(path)) refuse(scope, 'the path of an ONNX file must be a literal, got: a token');
  const pass = (findings: readonly Finding[]) => demand(scope, path, findings.length === 0 ? { value: undefined } : { findings });

  const file = resolve(path);
  const { bytes, onnx } = read(scope, path, file);
  pass(checkVersions(onnx));
  const tensors = demand(scope, path, inputTensors(onnx.graph));
  const zipMaps = findZipMaps(bytes, onnx);
  const given = demand(scope, path, outputTensors(onnx.graph, zipMaps, outputs));
  pass(checkGraph(bytes, onnx));
  const external = findExternalFiles(onnx.externalTensors, dirname(file));
  pass(external.findings);

  // weights are not kept: a file to be cut is read again when it is packaged
  const hasZipMaps = zipMaps.length > 0;
  return {
    tensors,
    outputs: given,
    original: { path, file: find(scope, path, file), hasExternalData: external.files.length > 0 },
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
