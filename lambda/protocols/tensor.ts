import type { TensorType } from '../../lib/contract/data-types';
import { float16Number } from './float16';
import { jsonInteger, jsonNumber } from './write-value';

/** Elements of a tensor, one after another, as ONNX Runtime's Node.js binding takes them. */
export type TensorData = string[] | NumericArray;
export type NumericArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

/** A tensor; each float16 element is held as its 16 bits. */
export interface TensorValue {
  readonly type: TensorType;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

/** Tensors by the graph's names. */
export type Tensors = { readonly [name: string]: TensorValue };

/** An output of some rows. */
export interface OutputTensor {
  /** The output's name in the answer. */
  readonly name: string;
  readonly tensor: TensorValue;
  /** Whether the first axis of the tensor is the rows; otherwise every row has the whole tensor. */
  readonly hasBatch: boolean;
  /** Whether a row's value is a list even if it has one element; otherwise one element is answered as a scalar. */
  readonly isList: boolean;
  /** The keys of a row's values if its value is an object. */
  readonly classes: readonly string[] | undefined;
}

/** Reads the elements of a tensor by index. */
export type ElementReader = (type: TensorType, data: TensorData) => (index: number) => unknown;

/** Reads the value of the i-th row of a run. */
export type RowReader = (i: number) => unknown;

/** How the rows of an output are read: a scalar, nested lists by the other axes, or an object by class. */
export function rowReader(
  { tensor: { type, dims, data }, hasBatch, isList, classes }: OutputTensor,
  elementReader: ElementReader,
): RowReader {
  const element = elementReader(type, data);
  if (!hasBatch) return () => nested(element, dims, 0, 0);
  const inner = dims.slice(1);
  const size = inner.reduce((product, length) => product * length, 1);
  if (classes !== undefined) return (i) => Object.fromEntries(classes.map((key, k) => [key, element(i * size + k)]));
  if (inner.length === 0 || (inner.length === 1 && size === 1 && !isList)) return (i) => element(i);
  return (i) => nested(element, inner, 0, i * size);
}

/** The i-th row of a run as an object by the names of the outputs. */
export function rowObject(outputs: readonly OutputTensor[], readers: readonly RowReader[], i: number): object {
  return Object.fromEntries(readers.map((valueOf, o) => [outputs[o]!.name, valueOf(i)]));
}

function nested(element: (index: number) => unknown, dims: readonly number[], axis: number, start: number): unknown {
  if (axis === dims.length) return element(start);
  const size = dims.slice(axis + 1).reduce((product, length) => product * length, 1);
  return Array.from({ length: dims[axis]! }, (_, i) => nested(element, dims, axis + 1, start + i * size));
}

/** Reads elements in their JSON form. */
export const jsonElements: ElementReader = (type, data) => {
  switch (type) {
    case 'string':
    case 'int8':
    case 'int16':
    case 'int32':
    case 'uint8':
    case 'uint16':
    case 'uint32':
      return (index) => data[index];
    case 'bool':
      return (index) => Boolean(data[index]);
    case 'int64':
    case 'uint64':
      return (index) => jsonInteger(data[index] as bigint);
    case 'float16':
      return (index) => jsonNumber(float16Number(data[index] as number));
    case 'float32':
    case 'float64':
      return (index) => jsonNumber(data[index] as number);
  }
};

/** Reads elements in the JavaScript form of the column type that the tensor stands for. */
export const valueElements: ElementReader = (type, data) => {
  switch (type) {
    case 'bool':
      return (index) => Boolean(data[index]);
    case 'uint32':
      return (index) => BigInt(data[index] as number);
    case 'float16':
      return (index) => float16Number(data[index] as number);
    default:
      return (index) => data[index];
  }
};
