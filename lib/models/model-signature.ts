import { typeText } from '../contract/data-types';
import type { LoadedModel } from './loaded-model';

/** A column of a model input. */
export interface SignatureColumn {
  /** The name of the column. */
  readonly name: string;
  /** The type of the column, such as `integer`, `string` or `array<float>[64]`. */
  readonly type: string;
}

/** An input tensor of a model. */
export interface SignatureInput {
  /** The name of the tensor in the model. */
  readonly name: string;
  /** The type of the elements, such as `float32`, `int64` or `string`. */
  readonly type: string;
  /** The length of each axis, the batch first; `-1` for an axis of any length. */
  readonly shape: number[];
  /** The columns of the tensor, in order. */
  readonly columns: SignatureColumn[];
}

/** An output tensor of a model. */
export interface SignatureOutput {
  /** The name of the output in the answer. */
  readonly name: string;
  /** The type of the elements, such as `float32`, `int64` or `string`. */
  readonly type: string;
  /**
   * The length of each axis, the batch first; `-1` for an axis of any length.
   * @default - the file does not declare the rank
   */
  readonly shape?: number[];
  /**
   * The classes by which the output is answered as an object, in the order of the tensor's columns.
   * @default - the output is not answered as an object
   */
  readonly classes?: string[];
  /**
   * The classes of an output that is answered as a list, in the order of the list.
   * @default - the model does not name them, or the output is answered as an object
   */
  readonly classNames?: string[];
}

/** A value that a request may set for all of its records. */
export interface SignatureParam {
  /** The name of the param. */
  readonly name: string;
  /** The type of the param, such as `string`, `double` or `array<long>[?]`. */
  readonly type: string;
  /**
   * The value for a request that does not set the param, in the JSON form of its type.
   * @default - null
   */
  readonly defaultValue?: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- its type is the param's
}

/** The names, types and shapes of a model's inputs and outputs. */
export interface ModelSignature {
  /** The input tensors of the model. */
  readonly inputs: SignatureInput[];
  /** The outputs that an endpoint answers. */
  readonly outputs: SignatureOutput[];
  /** The params that a request can set beside its records. */
  readonly params: SignatureParam[];
}

/** Returns the public signature of a loaded model. */
export function signatureOf({ inputs, outputs, params = [] }: LoadedModel): ModelSignature {
  return {
    inputs: inputs.map(({ name, type, shape, columns }) => ({
      name,
      type,
      shape: lengths(shape),
      columns: columns.map((column) => ({ name: column.name, type: typeText(column.type) })),
    })),
    outputs: outputs.map(({ name, type, shape, classes, classNames }) => ({
      name,
      type,
      ...(shape !== undefined && { shape: lengths(shape) }),
      ...(classes !== undefined && { classes: [...classes] }),
      ...(classNames !== undefined && { classNames: [...classNames] }),
    })),
    params: params.map(({ name, type, defaultValue }) => ({
      name,
      type: typeText(type),
      ...(defaultValue !== undefined && { defaultValue }),
    })),
  };
}

function lengths(shape: readonly (number | null)[]): number[] {
  return shape.map((length) => length ?? -1);
}
