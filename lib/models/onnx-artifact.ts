import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { refuse } from '../refuse';
import type { ColumnSpec } from '../contract/data-types';
import type { ModelOutputSpec } from '../contract/endpoint-spec';
import type { Column } from '../features/column';
import { type Checked, type Finding, findingText } from '../contract/finding';
import { withClassNames } from './class-names';
import { findExternalFiles } from './external-data';
import { type LoadedModel, MODEL_FILE } from './loaded-model';
import { modelInputs } from './model-inputs';
import { checkGraph, checkVersions } from './onnx-checks';
import type { OnnxFile } from './onnx-file';
import { parseOnnx } from './onnx-reader';
import { type InputTensor, inputTensors, outputTensors } from './onnx-signature';
import { removeZipMaps, findZipMaps } from './zip-map';

/** The maximum size of a Protocol Buffers message, in bytes. Larger models hold their weights in external data files. */
export const MAX_BYTES = 2 ** 31 - 1;

/** Options of an ONNX file. */
export interface OnnxOptions {
  /**
   * The columns of the model's inputs, with types, defaults and `nullable`. They are checked against the file.
   *
   * - A matrix of shape [N,K] takes K scalar columns in this order, one array column of shape [K], or for uint8 one binary column.
   * - Any other single input takes one column of any name: a scalar for [N] and [N,1], or else an array of the axes after the batch.
   * - With several inputs, each one takes the column of its name, and one matrix takes the remaining columns. An input without a column
   * gets the
   *   default.
   *
   * @default - one column for each input, with the name of the input: a scalar for [N] and [N,1], or else an array; float for float16 and
   * float32, double for float64, integer for int8 to int32, uint8 and uint16, long for uint32, int64 and uint64. An input of unknown rank
   * has no default.
   */
  readonly columns?: Column[];

  /**
   * The outputs that the endpoint answers, in this order. Only tensors can be answered, and the ZipMap at the end of a classifier, which is
   * answered as an object by class.
   *
   * @default - all outputs of the graph
   */
  readonly outputs?: string[];

  /**
   * Whether the probabilities of a classifier are answered as an object by class instead of a list. The model must name its classes: `convert`
   * writes them into the file, and the classifiers of `ai.onnx.ml` have them.
   *
   * @default false - a list, except for the output of a ZipMap
   */
  readonly answerByClass?: boolean;
}

/** An ONNX file after its checks, before columns are assigned to its inputs. */
export interface OpenedOnnx extends Pick<LoadedModel, 'outputs' | 'files' | 'original'> {
  readonly tensors: readonly InputTensor[];
}

/** Returns the loader of an ONNX file, whose columns the construct that receives it checks. */
export function onnxLoader(path: string, options: OnnxOptions): (scope: Construct) => LoadedModel {
  const { columns, outputs } = { columns: options.columns?.slice(), outputs: options.outputs?.slice() };
  return (scope) =>
    loadOnnx(
      scope,
      path,
      columns?.map((column) => column._render(scope)),
      outputs,
      options.answerByClass,
    );
}

/** Reads and checks an ONNX file. @throws Error with the path of `scope` if the file or a column is invalid */
export function loadOnnx(
  scope: Construct,
  path: string,
  columns?: readonly ColumnSpec[],
  outputs?: readonly string[],
  answerByClass?: boolean,
): LoadedModel {
  const { tensors, ...rest } = openOnnx(scope, path, outputs, answerByClass);
  return { inputs: valueOrRefuse(scope, path, modelInputs(tensors, columns)), ...rest };
}

/** Returns the value of a check. @throws Error with the path of `scope`, all findings and the advice if the check failed */
export function valueOrRefuse<T>(scope: Construct, path: string, checked: Checked<T>, advice = ''): T {
  if ('value' in checked) return checked.value;
  return refuse(scope, checked.findings.map((finding) => `${path}: ${findingText(finding)}`).join('\n') + advice);
}

/** Reads an ONNX file and checks everything except columns. @throws Error with the path of `scope` if the file is invalid */
export function openOnnx(scope: Construct, path: string, outputs?: readonly string[], answerByClass = false): OpenedOnnx {
  if (Token.isUnresolved(path)) refuse(scope, 'the path of an ONNX file must be a literal, got: a token');
  const pass = (findings: readonly Finding[]) => valueOrRefuse(scope, path, findings.length === 0 ? { value: undefined } : { findings });

  const file = resolve(path);
  const { bytes, onnx } = read(scope, path, file);
  pass(checkVersions(onnx));
  const tensors = valueOrRefuse(scope, path, inputTensors(onnx.graph));
  const zipMaps = findZipMaps(bytes, onnx);
  const answered = valueOrRefuse(scope, path, outputTensors(onnx.graph, zipMaps, outputs));
  pass(checkGraph(bytes, onnx));
  const external = findExternalFiles(onnx.externalTensors, dirname(file));
  pass(external.findings);

  const withNames = withClassNames(bytes, onnx, answered);

  // the bytes are not kept in memory: a file with a ZipMap is read again when it is packaged
  const hasZipMaps = zipMaps.length > 0;
  return {
    tensors,
    outputs: answerByClass ? byClass(scope, path, withNames) : withNames,
    original: { path, file: find(scope, path, file), hasExternalData: external.files.length > 0 },
    files: (at) => [{ path: MODEL_FILE, source: hasZipMaps ? cut(read(at, path, file)) : find(at, path, file) }, ...external.files],
  };
}

/** Answers the outputs whose classes the model names by these. */
function byClass(scope: Construct, path: string, outputs: readonly ModelOutputSpec[]): ModelOutputSpec[] {
  if (outputs.every(({ classes, classNames }) => classes === undefined && classNames === undefined)) {
    refuse(scope, `${path}: \`answerByClass\` requires an output whose classes the model names, got: none; set it to false`);
  }
  return outputs.map(({ classNames, ...output }) => (classNames === undefined ? output : { ...output, classes: classNames }));
}

interface ReadFile {
  readonly bytes: Uint8Array;
  readonly onnx: OnnxFile;
}

function cut({ bytes, onnx }: ReadFile): Uint8Array {
  return removeZipMaps(bytes, onnx, findZipMaps(bytes, onnx));
}

function read(scope: Construct, path: string, file: string): ReadFile {
  const bytes = readFileSync(find(scope, path, file));
  try {
    return { bytes, onnx: parseOnnx(bytes) };
  } catch (error) {
    return refuseFile(scope, path, (error as Error).message);
  }
}

/** Returns the real path of the file. */
function find(scope: Construct, path: string, file: string): string {
  if (!existsSync(file)) return refuseFile(scope, path, 'no file at this path, which is relative to the working folder of the app');
  const entry = statSync(file);
  if (!entry.isFile()) return refuseFile(scope, path, 'a folder');
  if (entry.size > MAX_BYTES) return refuseFile(scope, path, `${entry.size} bytes, more than the maximum of ${MAX_BYTES}`);
  return realpathSync(file);
}

function refuseFile(scope: Construct, path: string, got: string): never {
  return refuse(scope, `${path}: expected an ONNX file, got: ${got}`);
}
