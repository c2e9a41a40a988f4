import type { TensorType } from '../contract/data-types';
import type { ModelOutputSpec } from '../contract/endpoint-spec';
import { type Checked, type Finding, namesText } from '../contract/finding';
import { type OnnxGraph, type OnnxType, onnxTypeText } from './onnx-file';
import { TENSOR_TYPE_OF } from './onnx-runtime';
import type { ZipMap } from './zip-map';

const BINDING = "ONNX Runtime's Node.js binding";

/** An input tensor of a graph. */
export interface InputTensor {
  readonly name: string;
  readonly type: TensorType;
  /** The length of each axis, null for any length; the batch comes first and is null or 1. Absent if the rank is unknown. */
  readonly shape?: readonly (number | null)[];
}

/** Returns the input tensors of a graph: its inputs without its constants. */
export function inputTensors({ inputs, initializers }: OnnxGraph): Checked<readonly InputTensor[]> {
  const constants = new Set(initializers);
  const variables = inputs.filter(({ name }) => !constants.has(name));
  const findings: Finding[] =
    variables.length === 0 ? [{ path: 'inputs', expected: 'at least one tensor that a request can fill', got: 'none' }] : [];
  const tensors: InputTensor[] = [];
  for (const { name, type } of variables) {
    const path = `input '${name}'`;
    const element = tensorTypeOf(type);
    if (type?.kind !== 'tensor' || element === undefined) {
      findings.push({ path, expected: expectedType(type), got: type === undefined ? 'no type' : onnxTypeText(type) });
      continue;
    }
    if (tensors.some((tensor) => tensor.name === name))
      findings.push({ path, expected: 'a unique name', got: 'two inputs with this name' });
    if (type.shape !== undefined) findings.push(...checkBatch(path, type.shape));
    tensors.push({ name, type: element, ...(type.shape !== undefined && { shape: type.shape }) });
  }
  return findings.length > 0 ? { findings } : { value: tensors };
}

/** Returns the outputs of a graph: the chosen ones in their order, or all. */
export function outputTensors(
  { outputs }: OnnxGraph,
  zipMaps: readonly ZipMap[],
  chosen?: readonly string[],
): Checked<readonly ModelOutputSpec[]> {
  const names = outputs.map(({ name }) => name);
  const wanted = chosen ?? names;
  const findings: Finding[] = [];
  const specs: ModelOutputSpec[] = [];
  if (wanted.length === 0)
    findings.push({ path: chosen === undefined ? 'outputs' : '`outputs`', expected: 'at least one output', got: 'none' });
  for (const [i, name] of wanted.entries()) {
    const zipMap = zipMaps.find(({ output }) => output === name);
    const type = outputs.find((output) => output.name === name)?.type;
    const element = tensorTypeOf(type);
    if (!names.includes(name)) findings.push({ path: '`outputs`', expected: `names of ${namesText(names)}`, got: `'${name}'` });
    else if (wanted.indexOf(name) !== i) findings.push({ path: '`outputs`', expected: 'each name once', got: `'${name}' twice` });
    else if (zipMap !== undefined) specs.push(zipMapOutput(zipMap));
    else if (type?.kind === 'tensor' && element !== undefined)
      specs.push({ name, type: element, ...(type.shape !== undefined && { shape: type.shape }) });
    else {
      const instead = wanted.length > 1 ? '; leave it out of `outputs`' : '';
      findings.push({
        path: `output '${name}'`,
        expected: expectedType(type) + instead,
        got: type === undefined ? 'no type' : onnxTypeText(type),
      });
    }
  }
  return findings.length > 0 ? { findings } : { value: specs };
}

function zipMapOutput({ output, tensor, classes }: ZipMap): ModelOutputSpec {
  return { name: output, tensor, type: 'float32', shape: [null, classes.length], classes };
}

/** Checks the batch axis. Rows run in one batch along the first axis, or one by one if its length is 1. */
function checkBatch(path: string, shape: readonly (number | null)[]): Finding[] {
  const expected = 'a first axis for the batch, of any length or of length 1';
  if (shape.length === 0) return [{ path, expected, got: 'rank 0, no axis' }];
  return shape[0] === null || shape[0] === 1 ? [] : [{ path, expected, got: `shape ${shapeText(shape)}` }];
}

function tensorTypeOf(type: OnnxType | undefined): TensorType | undefined {
  return type?.kind === 'tensor' ? TENSOR_TYPE_OF.get(type.element) : undefined;
}

function expectedType(type: OnnxType | undefined): string {
  return type?.kind === 'tensor'
    ? `an element type that ${BINDING} supports: ${[...TENSOR_TYPE_OF.keys()].join(', ')}`
    : `a tensor, the only kind of value that ${BINDING} supports`;
}

/** Formats a shape for an error: `[?,9]`. */
export function shapeText(shape: readonly (number | null)[]): string {
  return `[${shape.map((length) => length ?? '?').join(',')}]`;
}
