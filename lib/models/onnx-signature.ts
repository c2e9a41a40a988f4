import type { TensorType } from '../contract/data-types';
import type { Finding } from '../contract/finding';
import type { ModelOutputSpec } from '../contract/endpoint-spec';
import { type OnnxGraph, type OnnxType, onnxTypeText } from './onnx-file';
import { TENSOR_TYPE_OF } from './onnx-runtime';
import type { ZipMap } from './zip-map';

const BINDING = "ONNX Runtime's Node.js binding";

/** A tensor that a graph takes. */
export interface InputTensor {
  readonly name: string;
  readonly type: TensorType;
  /** The batch first, which is null or 1; absent where the file leaves the rank open. */
  readonly shape?: readonly (number | null)[];
}

/** What a check made of a part of the file, or what it found wrong. */
export type Checked<T> = { readonly value: T } | { readonly findings: readonly Finding[] };

/** The tensors that a graph takes from outside, which are its inputs less its constants. */
export function inputTensors({ inputs, initializers }: OnnxGraph): Checked<readonly InputTensor[]> {
  const constants = new Set(initializers);
  const outside = inputs.filter(({ name }) => !constants.has(name));
  const findings: Finding[] =
    outside.length === 0 ? [{ path: 'inputs', expected: 'at least one tensor that a request can fill', got: 'none' }] : [];
  const tensors: InputTensor[] = [];
  for (const { name, type } of outside) {
    const path = `input '${name}'`;
    const element = tensorTypeOf(type);
    if (type?.kind !== 'tensor' || element === undefined) {
      findings.push({ path, expected: expectedType(type), got: type === undefined ? 'no type' : onnxTypeText(type) });
      continue;
    }
    if (tensors.some((tensor) => tensor.name === name))
      findings.push({ path, expected: 'a name of its own', got: 'two inputs of this name' });
    if (type.shape !== undefined) findings.push(...checkBatch(path, type.shape));
    tensors.push({ name, type: element, ...(type.shape !== undefined && { shape: type.shape }) });
  }
  return findings.length > 0 ? { findings } : { value: tensors };
}

/** The tensors that a graph gives: those chosen, in this order, or all. */
export function outputTensors(
  { outputs }: OnnxGraph,
  zipMaps: readonly ZipMap[],
  chosen?: readonly string[],
): Checked<readonly ModelOutputSpec[]> {
  const names = outputs.map(({ name }) => name);
  const wanted = chosen ?? names;
  const findings: Finding[] = [];
  const specs: ModelOutputSpec[] = [];
  if (wanted.length === 0) findings.push({ path: chosen === undefined ? 'outputs' : '`outputs`', expected: 'at least one', got: 'none' });
  for (const [i, name] of wanted.entries()) {
    const zipMap = zipMaps.find(({ output }) => output === name);
    const type = outputs.find((output) => output.name === name)?.type;
    const element = tensorTypeOf(type);
    if (!names.includes(name)) findings.push({ path: '`outputs`', expected: `names of ${quoted(names)}`, got: `'${name}'` });
    else if (wanted.indexOf(name) !== i)
      findings.push({ path: `output '${name}'`, expected: 'a name that is given once', got: 'the name twice' });
    else if (zipMap !== undefined) specs.push(zipMapOutput(zipMap));
    else if (type?.kind === 'tensor' && element !== undefined)
      specs.push({ name, type: element, ...(type.shape !== undefined && { shape: type.shape }) });
    else {
      const instead = wanted.length > 1 ? '; leave it out by `outputs`' : '';
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

/** Rows run side by side along the first axis, or one by one where its length is 1. */
function checkBatch(path: string, shape: readonly (number | null)[]): Finding[] {
  const expected = 'a first axis for the rows, of any length or of length 1';
  if (shape.length === 0) return [{ path, expected, got: 'rank 0, no axis at all' }];
  return shape[0] === null || shape[0] === 1 ? [] : [{ path, expected, got: `shape ${shapeText(shape)}` }];
}

function tensorTypeOf(type: OnnxType | undefined): TensorType | undefined {
  return type?.kind === 'tensor' ? TENSOR_TYPE_OF.get(type.element) : undefined;
}

function expectedType(type: OnnxType | undefined): string {
  return type?.kind === 'tensor'
    ? `an element type that ${BINDING} has: ${[...TENSOR_TYPE_OF.keys()].join(', ')}`
    : `a tensor, the one kind that ${BINDING} has`;
}

/** A shape as errors write it: `[?,9]`. */
export function shapeText(shape: readonly (number | null)[]): string {
  return `[${shape.map((length) => length ?? '?').join(',')}]`;
}

/** Names as errors write them: `'a', 'b'`. */
export function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}
