import { typeText } from '../contract/data-types';
import type { LoadedModel } from './loaded-model';

/** A column that a model's input is made of. */
export interface SignatureColumn {
  /** The name of the column. */
  readonly name: string;
  /** Its type: `integer`, `string`, `array<float>[64]`. */
  readonly type: string;
}

/** A tensor that a model takes. */
export interface SignatureInput {
  /** The model's name for it. */
  readonly name: string;
  /** The type of its elements: `float32`, `int64`, `string`. */
  readonly type: string;
  /** The length of each axis, the rows first; -1 where any length goes. */
  readonly shape: number[];
  /** The columns that it is made of, in order. */
  readonly columns: SignatureColumn[];
}

/** A tensor that a model gives. */
export interface SignatureOutput {
  /** Its name in the answer. */
  readonly name: string;
  /** The type of its elements: `float32`, `int64`, `string`. */
  readonly type: string;
  /**
   * The length of each axis, -1 where any length goes, as the file says.
   * @default - the file does not say how many axes there are
   */
  readonly shape?: number[];
  /**
   * The keys of the object that is answered, in the order of the tensor's columns.
   * @default - it is answered as numbers or text, not as an object
   */
  readonly classes?: string[];
}

/** A value that a request may set for all of its records. */
export interface SignatureParam {
  /** Its name. */
  readonly name: string;
  /** Its type: `string`, `double`, `array<long>[?]`. */
  readonly type: string;
  /**
   * What it is where a request does not set it, in the JSON form of its type.
   * @default - null
   */
  readonly defaultValue?: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- its type is the param's
}

/** Names, types and shapes of a model's inputs and outputs. */
export interface ModelSignature {
  /** What the model takes. */
  readonly inputs: SignatureInput[];
  /** What the model gives, as it is answered. */
  readonly outputs: SignatureOutput[];
  /** What a request may set beside its records. */
  readonly params: SignatureParam[];
}

/** The signature of a model that was read. */
export function signatureOf({ inputs, outputs, params = [] }: LoadedModel): ModelSignature {
  return {
    inputs: inputs.map(({ name, type, shape, columns }) => ({
      name,
      type,
      shape: lengths(shape),
      columns: columns.map((column) => ({ name: column.name, type: typeText(column.type) })),
    })),
    outputs: outputs.map(({ name, type, shape, classes }) => ({
      name,
      type,
      ...(shape !== undefined && { shape: lengths(shape) }),
      ...(classes !== undefined && { classes: [...classes] }),
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
