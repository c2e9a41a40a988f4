import { describeNames, describeValue } from '../protocols/describe-value';
import { Mismatch } from '../protocols/mismatch';
import type { Records } from '../protocols/records';
import { type ColumnFault, MOST_FAULTS, Refusal } from '../refusal';
import type { Column, Missing } from './batch';
import type { ParamPlan, ReadingPlan, RequestColumnPlan, Sent } from './plan';

/** Reads the columns and params of a request as typed values. @throws Refusal at the first value that is missing or does not have its type */
export function validate(plan: ReadingPlan, records: Records): Sent {
  checkNoneLookedUp(plan, records);
  const columns = new Array<Column | undefined>(plan.request.columns.names.length).fill(undefined);
  plan.request.needed.forEach((request, i) => {
    const othersIn = (row: number) => faultsIn(row, plan.request.needed.slice(i + 1), records);
    const { cell, name, required } = request;
    const cells = records.cells[cell]!;
    const sent = readColumn(request, cells, othersIn);
    if (sent.missing.length > 0 && required !== undefined) {
      const gotIn = (row: number): string => gotInstead(cells[row], records.undeclared);
      throw Refusal.atRows(sent.missing, ({ row }) => ({
        row,
        column: name,
        expected: required,
        got: gotIn(row),
        others: othersIn(row),
      }));
    }
    columns[cell] = sent;
  });
  return { rows: records.rows, columns, params: readParams(plan.params, records.params) };
}

/** A caller who sends a looked-up feature would take the effect of the stored value for the effect of the sent one. */
function checkNoneLookedUp({ request }: ReadingPlan, { rows, undeclared }: Records): void {
  if (rows === 0) return;
  for (const [column, row] of undeclared) {
    if (!request.lookedUp.has(column)) continue;
    const expected = 'no value, because it is looked up and is not listed in `overridable` of the feature spec';
    throw new Refusal('INVALID_PARAMETER_VALUE', { row, column, expected, got: 'a value' });
  }
}

/** The faults of these columns in one row; all columns before them are valid. */
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

function readColumn(
  { name, read }: RequestColumnPlan,
  cells: readonly unknown[],
  othersIn: (row: number) => readonly ColumnFault[],
): Column {
  const values = new Array<unknown>(cells.length);
  const missing: Missing[] = [];
  for (let row = 0; row < cells.length; row++) {
    const cell = cells[row];
    const value = cell === undefined || cell === null ? null : readCell(name, row, read, cell, othersIn);
    if (value === null) missing.push({ row, state: 'NULL_VALUE' });
    values[row] = value;
  }
  return { values, missing };
}

function readCell(
  column: string,
  row: number,
  read: RequestColumnPlan['read'],
  cell: unknown,
  othersIn: (row: number) => readonly ColumnFault[],
): unknown {
  try {
    return read(cell);
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    const { expected, got } = error;
    throw new Refusal('INVALID_PARAMETER_VALUE', { row, column, expected, got, others: othersIn(row) }, { cause: error });
  }
}

function gotInstead(cell: unknown, undeclared: Records['undeclared']): string {
  if (cell !== undefined || undeclared.size === 0) return describeValue(cell);
  return `nothing; ignored because they are not declared: ${describeNames(undeclared.keys())}`;
}

/** The value of every param, undefined where the request does not set it or sets it to null. */
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
