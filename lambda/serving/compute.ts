import { Mismatch } from '../protocols/mismatch';
import { describeError } from '../protocols/describe-value';
import { Refusal } from '../refusal';
import { type Batch, type Missing, type RowTimes, withColumns } from './batch';
import { fillMissing } from './fill-missing';
import type { FunctionPlan, Plan } from './plan';

/**
 * Runs the entity's functions, row by row.
 * @throws Refusal if a function throws, or if its output column cannot hold the result
 */
export function compute(plan: Plan, batch: Batch, times: RowTimes): Batch {
  let known = batch;
  for (const fn of plan.functions) {
    const column = fillMissing(plan.columns[fn.output]!, computeColumn(fn, known, times), () => `null from function '${fn.name}'`);
    known = withColumns(known, [fn.output], [column]);
  }
  return known;
}

function computeColumn(fn: FunctionPlan, batch: Batch, times: RowTimes): { values: unknown[]; missing: Missing[] } {
  const inputs = fn.inputs.map((index) => (index === undefined ? undefined : batch.columns[index]!.values));
  const values = new Array<unknown>(batch.rows);
  const missing: Missing[] = [];
  for (let row = 0; row < batch.rows; row++) {
    const given = inputs.map((column) => (column === undefined ? times(row) : column[row]));
    const value = !fn.nullsIn && given.includes(null) ? null : call(fn, given, row);
    if (value === null) missing.push({ row, state: 'NULL_VALUE' });
    values[row] = value;
  }
  return { values, missing };
}

function call(fn: FunctionPlan, given: readonly unknown[], row: number): unknown {
  try {
    return fn.call(given);
  } catch (error) {
    if (error instanceof Mismatch) {
      const expected = `function '${fn.name}' to return ${error.expected}`;
      throw new Refusal('INVALID_PARAMETER_VALUE', { row, expected, got: error.got }, { cause: error });
    }
    const expected = `function '${fn.name}' to return a value`;
    throw new Refusal('INVALID_PARAMETER_VALUE', { row, expected, got: `its error: ${describeError(error)}` }, { cause: error });
  }
}
