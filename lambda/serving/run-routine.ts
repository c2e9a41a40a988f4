import { Mismatch } from '../protocols/mismatch';
import { describeError } from '../protocols/describe-value';
import { Refusal } from '../refusal';
import { type Batch, withColumns } from './batch';
import type { Deadline } from './deadline';
import type { RoutineOutputPlan, RoutineStepPlan } from './model-plan';
import { isRefusal } from './user-refusal';
import { rowObject, rowReader, valueElements } from '../protocols/tensor';
import type { ModelRun } from '../protocols/answer';

/**
 * Runs the function before the model on each record.
 * @throws Refusal if the function throws, or if its output columns cannot hold the result
 */
export function preprocess(step: RoutineStepPlan, batch: Batch, deadline: Deadline): Batch {
  const values = step.outputs.map(() => new Array<unknown>(batch.rows));
  for (let row = 0; row < batch.rows; row++) {
    deadline.check();
    const result = run(step, row, [inputsOf(step, batch, row), paramsOf(step, batch, row)]);
    result.forEach((value, i) => (values[i]![row] = value));
  }
  return withColumns(
    batch,
    step.outputs.map(({ column }) => column),
    values.map((column) => ({ values: column, missing: [] })),
  );
}

/**
 * Runs the function after the model on each record.
 * @returns the values of the step's outputs, by row
 * @throws Refusal if the function throws, or if its output columns cannot hold the result
 */
export function postprocess(
  step: RoutineStepPlan,
  batch: Batch,
  runs: readonly ModelRun[],
  deadline: Deadline,
): readonly (readonly unknown[])[] {
  const results = new Array<readonly unknown[]>(batch.rows);
  for (const { rows, outputs } of runs) {
    const readers = outputs.map((output) => rowReader(output, valueElements));
    rows.forEach((row, i) => {
      deadline.check();
      const given = rowObject(outputs, readers, i);
      results[row] = run(step, row, [given, inputsOf(step, batch, row), paramsOf(step, batch, row)]);
    });
  }
  return results;
}

/** Makes a new object, which the function may change. */
function inputsOf({ inputs }: RoutineStepPlan, batch: Batch, row: number): object {
  return Object.fromEntries(
    inputs.map(({ name, column, convert }) => {
      const value = batch.columns[column]!.values[row];
      return [name, value === null ? null : converted(convert, value, name, row)];
    }),
  );
}

function paramsOf({ params }: RoutineStepPlan, batch: Batch, row: number): object {
  return Object.fromEntries(params.map(({ name, column, copy }) => [name, copy(batch.columns[column]!.values[row])]));
}

function converted(convert: (value: unknown) => unknown, value: unknown, column: string, row: number): unknown {
  try {
    return convert(value);
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    throw new Refusal('INVALID_PARAMETER_VALUE', { row, column, expected: error.expected, got: error.got }, { cause: error });
  }
}

function run(step: RoutineStepPlan, row: number, args: readonly unknown[]): readonly unknown[] {
  const result = call(step, row, args);
  if (typeof result !== 'object' || result === null || 'then' in result) {
    throw faultOf(step, row, 'to return an object of its outputs', kindOf(result));
  }
  return step.outputs.map((output) => read(step, row, output, (result as Record<string, unknown>)[output.name]));
}

function call(step: RoutineStepPlan, row: number, args: readonly unknown[]): unknown {
  try {
    return step.call(...args);
  } catch (error) {
    if (!isRefusal(error)) {
      throw faultOf(step, row, 'to return an object of its outputs', 'an error, which is in the log', error);
    }
    throw new Refusal(
      'INVALID_PARAMETER_VALUE',
      { row, expected: `values that ${step.text} takes`, got: `its refusal: ${describeError(error)}` },
      { cause: error },
    );
  }
}

function read(step: RoutineStepPlan, row: number, { name, read, fallback, mayBeNull }: RoutineOutputPlan, result: unknown): unknown {
  let value: unknown;
  try {
    value = read(result);
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    throw faultOf(step, row, `to return ${error.expected} as '${name}'`, kindOf(result));
  }
  if (value !== null) return value;
  if (fallback !== undefined) return fallback;
  if (mayBeNull) return null;
  throw faultOf(step, row, `to return a value as '${name}'`, kindOf(result));
}

/** An error of the routine, whose message shows no value. */
function faultOf({ text }: RoutineStepPlan, row: number, what: string, got: string, cause?: unknown): Refusal {
  return new Refusal('INTERNAL_ERROR', { row, expected: `${text} ${what}`, got }, { cause });
}

/** Describes a value only by its kind. */
function kindOf(value: unknown): string {
  switch (typeof value) {
    case 'undefined':
      return 'nothing';
    case 'number':
      return Number.isNaN(value) ? 'NaN' : 'a number out of range';
    case 'bigint':
      return 'a bigint out of range';
    case 'object':
      if (value === null) return 'null';
      if ('then' in value) return 'a promise';
      return Array.isArray(value) ? 'a list' : 'an object';
    default:
      return `a ${typeof value}`;
  }
}
