import type { TensorValue } from '../protocols/tensor';
import type { ValueWriter } from '../protocols/write-value';
import type { Batch } from './batch';
import type { ResultReader } from './function-result';

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
  /** What runs before the graph and makes columns that feed it. */
  readonly preprocess: RoutineStepPlan | undefined;
  /** What runs after the graph and makes the answer. */
  readonly postprocess: RoutineStepPlan | undefined;
}

/** A function of the model version's routine, for one row. */
export interface RoutineStepPlan {
  /** As errors name it: `preprocess of routine 'price'`. */
  readonly text: string;
  readonly inputs: readonly RoutineInputPlan[];
  readonly outputs: readonly RoutineOutputPlan[];
  /** The model's params, which are its last argument. */
  readonly params: readonly Pick<RoutineInputPlan, 'name' | 'column'>[];
  /** @throws whatever the function throws */
  readonly call: (...args: readonly unknown[]) => unknown;
}

/** A column that a routine reads. */
export interface RoutineInputPlan {
  readonly name: string;
  /** Its index in the plan's columns. */
  readonly column: number;
  /** Makes the value of the routine's column of the source's, which is not null. @throws Mismatch if it does not hold it */
  readonly convert: (value: unknown) => unknown;
}

/** A column that a routine gives. */
export interface RoutineOutputPlan {
  readonly name: string;
  /** Its index in the batch's columns, behind those of the plan; -1 where it is answered. */
  readonly column: number;
  readonly read: ResultReader;
  readonly write: ValueWriter;
  /** What stands in for a null. */
  readonly fallback: unknown;
  /** Whether a null without a fallback stays. */
  readonly mayBeNull: boolean;
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
  /** Whether its first axis may be that of the rows: the file says of none that it has another length. */
  readonly mayHaveBatch: boolean;
  /** The keys of its values, if the answer is an object. */
  readonly classes: readonly string[] | undefined;
}
