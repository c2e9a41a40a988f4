import type { TensorValue } from '../protocols/tensor';
import type { ValueWriter } from '../protocols/write-value';
import type { Batch } from './batch';
import type { ResultReader } from './function-result';

/** How a model gets its inputs, and which of its outputs the answer has. */
export interface ModelPlan {
  readonly kind: 'model';
  /** The model's name in errors and logs: `house_price version 1`. */
  readonly text: string;
  readonly inputs: readonly InputPlan[];
  /** The names that the graph gives to the outputs to fetch. */
  readonly fetches: readonly string[];
  readonly outputs: readonly OutputPlan[];
  /** Whether the batch is fixed to 1. */
  readonly oneByOne: boolean;
  /** Runs before the graph and makes columns that feed it. */
  readonly preprocess: RoutineStepPlan | undefined;
  /** Runs after the graph and makes the answer. */
  readonly postprocess: RoutineStepPlan | undefined;
}

/** A function of the model version's routine, which is called for each row. */
export interface RoutineStepPlan {
  /** The function's name in errors: `preprocess of routine 'price'`. */
  readonly text: string;
  readonly inputs: readonly RoutineInputPlan[];
  readonly outputs: readonly RoutineOutputPlan[];
  /** The model's params, which are the last argument. */
  readonly params: readonly RoutineParamPlan[];
  /** @throws whatever the function throws */
  readonly call: (...args: readonly unknown[]) => unknown;
}

/** A column that a routine reads. */
export interface RoutineInputPlan {
  readonly name: string;
  /** The column's index in the plan's columns. */
  readonly column: number;
  /** Converts a value that is not null to a new value of the routine's column type. @throws Mismatch if the column cannot hold it */
  readonly convert: (value: unknown) => unknown;
}

/** A param that a routine reads. */
export interface RoutineParamPlan extends Pick<RoutineInputPlan, 'name' | 'column'> {
  /** Copies the param's value. */
  readonly copy: (value: unknown) => unknown;
}

/** A column that a routine returns. */
export interface RoutineOutputPlan {
  readonly name: string;
  /** The column's index in the batch's columns, after the columns of the plan; -1 if the column is part of the answer. */
  readonly column: number;
  readonly read: ResultReader;
  readonly write: ValueWriter;
  /** The value that replaces a null; undefined without a default. */
  readonly fallback: unknown;
  /** Whether a null without a fallback stays. */
  readonly mayBeNull: boolean;
}

/** How an input tensor is made from the columns. */
export interface InputPlan {
  readonly name: string;
  /** Makes the tensor of some rows. @throws Refusal that names row and column if a value is out of the tensor's range */
  readonly make: (batch: Batch, rows: readonly number[]) => TensorValue;
  /** The row's shape as text. Only rows with the same shape go into one tensor. Undefined if all rows have one shape. */
  readonly shapeOf: ((batch: Batch, row: number) => string) | undefined;
}

/** How an output tensor becomes part of the answer. */
export interface OutputPlan {
  /** The output's name in the answer. */
  readonly name: string;
  /** The output's name in the graph. */
  readonly tensor: string;
  /** Whether the first axis may be the rows: its declared length is free or 1. */
  readonly mayHaveBatch: boolean;
  /** Whether a record's value is a list even if it has one element: the declared length of the second axis is not 1. */
  readonly isList: boolean;
  /** The keys of the output's values, if the answer is an object. */
  readonly classes: readonly string[] | undefined;
}
