// Reads models with the constructs' own code, so that `init` refuses what a synth would refuse, with the same message.
import { RootConstruct } from 'constructs';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type LoadedModel, MODEL_FILE } from '../../lib/models/loaded-model';
import { loadMlflow } from '../../lib/models/mlflow-artifact';
import { modelInputs } from '../../lib/models/model-inputs';
import { valueOrRefuse, openOnnx } from '../../lib/models/onnx-artifact';
import { parseOnnx } from '../../lib/models/onnx-reader';
import { type InputTensor, outputTensors } from '../../lib/models/onnx-signature';
import type { ExternalFiles } from '../../lib/models/external-data';
import { parseYaml } from '../../lib/models/yaml';
import { findZipMaps } from '../../lib/models/zip-map';
import type { ColumnSpec } from '../../lib/contract/data-types';
import { UserError } from '../terminal/user-error';

/** An ONNX file that passed the checks of the constructs. */
export interface ReadOnnx {
  readonly tensors: readonly InputTensor[];
  /** The outputs that can be answered; absent if all can. */
  readonly outputs?: readonly string[];
  /** Its weight files, relative to its folder. */
  readonly externalFiles: ExternalFiles['files'];
  /** The columns of the model: the given ones, or those in the file. */
  readonly columns: (given?: readonly ColumnSpec[]) => readonly ColumnSpec[];
}

/** Reads an ONNX file. @throws UserError if it cannot be served */
export function readOnnx(path: string): ReadOnnx {
  return asUserErrors((scope) => {
    const outputs = servableOutputs(path);
    const { tensors, files } = openOnnx(scope, path, outputs);
    return {
      tensors,
      outputs,
      externalFiles: files(scope).filter((file) => file.path !== MODEL_FILE),
      columns: (given) => asUserErrors((at) => valueOrRefuse(at, path, modelInputs(tensors, given)).flatMap(({ columns }) => columns)),
    };
  });
}

/** Reads an MLflow model directory with the onnx flavor. @throws UserError if it cannot be served */
export function readMlflow(path: string): LoadedModel {
  return asUserErrors((scope) => loadMlflow(scope, path));
}

/** Whether a path is an MLflow model directory without the onnx flavor. */
export function needsConversion(path: string): boolean {
  const { flavors } = readMlmodel(path);
  return flavors !== undefined && !('onnx' in flavors);
}

/** Whether a path is an MLflow model directory with an input example. */
export function hasInputExample(path: string): boolean {
  return readMlmodel(path).saved_input_example_info !== undefined;
}

function readMlmodel(path: string): { readonly flavors?: object; readonly saved_input_example_info?: object } {
  const mlmodel = join(path, 'MLmodel');
  if (!existsSync(mlmodel) || !statSync(mlmodel).isFile()) return {};
  return (parseYaml(readFileSync(mlmodel, 'utf8')) ?? {}) as object;
}

/** The outputs that are tensors; undefined if all are. */
function servableOutputs(path: string): string[] | undefined {
  if (!existsSync(path) || !statSync(path).isFile()) return undefined;
  const bytes = readFileSync(path);
  let onnx;
  try {
    onnx = parseOnnx(bytes);
  } catch {
    // opening the file reports what is wrong with it
    return undefined;
  }
  const zipMaps = findZipMaps(bytes, onnx);
  const names = onnx.graph.outputs.map(({ name }) => name);
  const tensors = names.filter((name) => 'value' in outputTensors(onnx.graph, zipMaps, [name]));
  return tensors.length === names.length || tensors.length === 0 ? undefined : tensors;
}

/** Turns errors of the constructs into user errors, without the construct path. */
function asUserErrors<T>(read: (scope: RootConstruct) => T): T {
  const scope = new RootConstruct('model');
  try {
    return read(scope);
  } catch (error) {
    const path = `${scope.node.path}: `;
    if (!(error instanceof Error) || !error.message.startsWith(path)) throw error;
    throw new UserError(error.message.slice(path.length), { cause: error });
  }
}
