import { describeError } from '../protocols/describe-value';
import { Mismatch } from '../protocols/mismatch';
import { Refusal } from '../refusal';
import { type Batch, type Missing, type RowTimes, withColumns } from './batch';
import type { Deadline } from './deadline';
import { fillMissing } from './fill-missing';
import type { FunctionPlan, Plan } from './plan';
import { isRefusal } from './user-refusal';

/**
 * Runs the entity's functions, row by row.
 * @throws Refusal if a function throws, if its output column cannot hold the result, or if the deadline has passed
 */
export function compute(plan: Plan, batch: Batch, times: RowTimes, deadline: Deadline): Batch {
  let known = batch;
  for (const fn of plan.functions) {
    const computed = computeColumn(fn, known, times, deadline);
    const column = fillMissing(plan.columns[fn.output]!, computed, () => `null from function '${fn.name}'`);
    known = withColumns(known, [fn.output], [column]);
  }
  return known;
}

function computeColumn(fn: FunctionPlan, batch: Batch, times: RowTimes, deadline: Deadline): { values: unknown[]; missing: Missing[] } {
  const inputs = fn.inputs.map((index) => (index === undefined ? undefined : batch.columns[index]!.values));
  const values = new Array<unknown>(batch.rows);
  const missing: Missing[] = [];
  for (let row = 0; row < batch.rows; row++) {
    deadline.check();
    const given = inputs.map((column) => (column === undefined ? times(row) : column[row]));
    const value = !fn.nullsIn && given.includes(null) ? null : call(fn, given, row);
    if (value === null) missing.push({ row, state: 'NULL_VALUE' });
    values[row] = value;
  }
  return { values, missing };
}

function call(fn: FunctionPlan, given: readonly unknown[], row: number): unknown {
  let result: unknown;
  try {
    result = fn.call(given);
  } catch (error) {
    if (error instanceof Mismatch) throw faultOf(fn, row, error.expected, error.got, error);
    if (!isRefusal(error)) throw faultOf(fn, row, 'a value', 'an error, which is in the log', error);
    const place = { row, expected: `values that function '${fn.name}' takes`, got: `its refusal: ${describeError(error)}` };
    throw new Refusal('INVALID_PARAMETER_VALUE', place, { cause: error });
  }
  // a constant may be infinite; an infinite result of finite values is an overflow
  if (given.length > 0 && isInfinite(result) && !given.some(isInfinite)) throw faultOf(fn, row, 'a finite number', String(result));
  return result;
}

function faultOf({ name }: FunctionPlan, row: number, expected: string, got: string, cause?: unknown): Refusal {
  const place = { row, expected: `function '${name}' to return ${expected}`, got };
  return new Refusal('INVALID_PARAMETER_VALUE', place, { cause, isFunctionFault: true });
}

/** Whether a value is infinite, or is a list that contains an infinite value. */
function isInfinite(value: unknown): boolean {
  return Array.isArray(value) ? value.some(isInfinite) : value === Infinity || value === -Infinity;
}
