import type { TensorType } from '../../lib/spec/data-types';
import type { Batch } from './batch';

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

/** A tensor; float16 is held as its 16 bits. */
export interface TensorValue {
  readonly type: TensorType;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

/** Tensors by the graph's names. */
export type Tensors = { readonly [name: string]: TensorValue };

/** How a model is fed, and how its outputs are answered. */
export interface ModelPlan {
  readonly kind: 'model';
  /** As errors and logs name it: `house_price version 1`. */
  readonly text: string;
  readonly inputs: readonly InputPlan[];
  /** The graph's names of the outputs to fetch. */
  readonly fetches: readonly string[];
  readonly outputs: readonly OutputPlan[];
  /** Whether the batch is fixed to 1. */
  readonly oneByOne: boolean;
}

/** How an input tensor is made. */
export interface InputPlan {
  readonly name: string;
  /** The tensor of some rows. @throws Refusal that names row and column if a value is out of the tensor's range */
  readonly make: (batch: Batch, rows: readonly number[]) => TensorValue;
  /** The row's shape as a text, where rows may differ in it; rows of one tensor have the same. */
  readonly shapeOf: ((batch: Batch, row: number) => string) | undefined;
}

/** How an output tensor is answered. */
export interface OutputPlan {
  /** Its name in the answer. */
  readonly name: string;
  /** The graph's name. */
  readonly tensor: string;
  /** The keys of its values, if the answer is an object. */
  readonly classes: readonly string[] | undefined;
}
