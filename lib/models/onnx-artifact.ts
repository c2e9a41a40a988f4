import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { refuse, refuseFindings } from '../refuse';
import type { ColumnSpec } from '../spec/data-types';
import type { ModelInputSpec, ModelOutputSpec } from '../spec/endpoint-spec';
import type { Finding } from '../spec/finding';
import { findExternalFiles } from './external-data';
import { modelInputs } from './model-inputs';
import { checkGraph, checkVersions } from './onnx-checks';
import { type OnnxFile, parseOnnx } from './onnx-file';
import { type Checked, inputTensors, outputTensors } from './onnx-signature';
import type { PackagedFile } from './packaged-model';
import { cutZipMaps, findZipMaps } from './zip-map';

/** What an ONNX file is under in the asset, beside the files that it refers to. */
export const MODEL_FILE = 'model.onnx';

/** A model that was read and checked. */
export interface LoadedModel {
  readonly inputs: readonly ModelInputSpec[];
  readonly outputs: readonly ModelOutputSpec[];
  /** Its files, relative to the model's folder in the asset; the model itself is {@link MODEL_FILE}. */
  readonly files: (scope: Construct) => readonly PackagedFile[];
}

/** Reads an ONNX file and checks it; what is wrong is refused on behalf of `scope`. `path` is as the user wrote it. */
export function loadOnnx(scope: Construct, path: string, columns?: readonly ColumnSpec[], outputs?: readonly string[]): LoadedModel {
  if (Token.isUnresolved(path)) refuse(scope, 'the path of an ONNX file must be a literal, got: a token');
  const file = resolve(path);
  const { bytes, onnx } = read(scope, path, file);
  const stop = (findings: readonly Finding[]) =>
    refuseFindings(
      scope,
      findings.map((finding) => ({ ...finding, path: `${path}: ${finding.path}` })),
    );
  const demand = <T>(checked: Checked<T>): T => {
    if ('value' in checked) return checked.value;
    stop(checked.findings);
    throw new Error('a check without findings has a value');
  };

  stop(checkVersions(onnx));
  const tensors = demand(inputTensors(onnx.graph));
  const zipMaps = findZipMaps(bytes, onnx);
  const given = demand(outputTensors(onnx.graph, zipMaps, outputs));
  stop(checkGraph(bytes, onnx));
  const external = findExternalFiles(onnx.externalTensors, dirname(file));
  stop(external.findings);

  // weights are not kept: a file to be cut is read again when it is packaged
  const model = (at: Construct) => (zipMaps.length === 0 ? realpathSync(file) : cut(read(at, path, file)));
  return {
    inputs: demand(modelInputs(tensors, columns)),
    outputs: given,
    files: (at) => [{ path: MODEL_FILE, source: model(at) }, ...external.files],
  };
}

function cut({ bytes, onnx }: ReadFile): Uint8Array {
  return cutZipMaps(bytes, onnx, findZipMaps(bytes, onnx));
}

interface ReadFile {
  readonly bytes: Uint8Array;
  readonly onnx: OnnxFile;
}

function read(scope: Construct, path: string, file: string): ReadFile {
  const entry = statSync(file, { throwIfNoEntry: false });
  const got = (what: string): never => refuse(scope, `${path}: expected an ONNX file, got: ${what}`);
  if (entry === undefined) return got(`nothing at this path in ${process.cwd()}`);
  if (!entry.isFile()) return got('a folder');
  const bytes = readFileSync(file);
  try {
    return { bytes, onnx: parseOnnx(bytes) };
  } catch (error) {
    return got((error as Error).message);
  }
}
