import { describeNames, describeValue } from '../protocols/describe-value';
import { Mismatch } from '../protocols/mismatch';
import type { Records } from '../protocols/records';
import { type ColumnFault, MOST_FAULTS, Refusal } from '../refusal';
import type { Column, Missing } from './batch';
import type { ParamPlan, ReadingPlan, RequestColumnPlan, Sent } from './plan';

/**
 * Reads the columns and params of a request as typed values. @throws Refusal at the first value that is missing or does not have its
 * type
 */
export function validate(plan: ReadingPlan, records: Records): Sent {
  checkNoneLookedUp(plan, records);
  const columns = new Array<Column | undefined>(plan.request.columns.names.length).fill(undefined);
  const { needed } = plan.request;
  for (let i = 0; i < needed.length; i++) columns[needed[i]!.cell] = readColumn(needed, i, records);
  return { rows: records.rows, columns, params: readParams(plan.params, records.params) };
}

/** Otherwise a caller who sends a looked-up feature would believe that the sent value is used, although the stored value is used. */
function checkNoneLookedUp({ request }: ReadingPlan, { rows, undeclared }: Records): void {
  if (rows === 0) return;
  for (const [column, row] of undeclared) {
    if (!request.lookedUp.has(column)) continue;
    const expected = 'no value, because it is looked up and is not listed in `overridable` of the feature spec';
    throw new Refusal('INVALID_PARAMETER_VALUE', { row, column, expected, got: 'a value' });
  }
}

/** Reads the i-th of the needed columns; the columns before it are valid. */
function readColumn(needed: readonly RequestColumnPlan[], i: number, records: Records): Column {
  const { cell, name, read, required } = needed[i]!;
  const cells = records.cells[cell]!;
  const values = new Array<unknown>(cells.length);
  const missing: Missing[] = [];
  let row = 0;
  try {
    for (; row < cells.length; row++) {
      const value = cells[row];
      values[row] = value === undefined || value === null ? null : read(value);
      if (values[row] === null) missing.push({ row, state: 'NULL_VALUE' });
    }
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    const { expected, got } = error;
    const others = faultsIn(row, needed.slice(i + 1), records);
    throw new Refusal('INVALID_PARAMETER_VALUE', { row, column: name, expected, got, others }, { cause: error });
  }
  if (missing.length === 0 || required === undefined) return { values, missing };
  throw Refusal.atRows(missing, (fault) => ({
    row: fault.row,
    column: name,
    expected: required,
    got: gotInstead(cells[fault.row], records.undeclared),
    others: faultsIn(fault.row, needed.slice(i + 1), records),
  }));
}

/** The faults of these columns in one row. */
function faultsIn(row: number, columns: readonly RequestColumnPlan[], { cells, undeclared }: Records): ColumnFault[] {
  const faults: ColumnFault[] = [];
  for (const { name, cell, read, required } of columns) {
    if (faults.length === MOST_FAULTS - 1) break;
    const value = cells[cell]![row];
    try {
      const isMissing = value === undefined || value === null || read(value) === null;
      if (isMissing && required !== undefined) faults.push({ column: name, expected: required, got: gotInstead(value, undeclared) });
    } catch (error) {
      if (!(error instanceof Mismatch)) throw error;
      faults.push({ column: name, expected: error.expected, got: error.got });
    }
  }
  return faults;
}

function gotInstead(cell: unknown, undeclared: Records['undeclared']): string {
  if (cell !== undefined || undeclared.size === 0) return describeValue(cell);
  return `nothing; ignored because they are not declared: ${describeNames(undeclared.keys())}`;
}

/** The value of every param, undefined if the request does not set the param or sets it to null. */
function readParams(plans: readonly ParamPlan[], given: Readonly<Record<string, unknown>> = {}): unknown[] {
  const unknown = Object.keys(given).filter((name) => !plans.some((param) => param.name === name));
  if (unknown.length > 0) {
    const expected =
      plans.length === 0 ? 'no params, because the model has none' : `params of ${describeNames(plans.map(({ name }) => name))}`;
    throw new Refusal('INVALID_PARAMETER_VALUE', { expected, got: describeNames(unknown) });
  }
  return plans.map((param) => readParam(param, Object.hasOwn(given, param.name) ? given[param.name] : null));
}

function readParam({ name, read }: ParamPlan, given: unknown): unknown {
  if (given === null) return undefined;
  try {
    return read(given) ?? undefined;
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    throw new Refusal('INVALID_PARAMETER_VALUE', `param '${name}': expected ${error.expected}, got: ${error.got}`, { cause: error });
  }
}
