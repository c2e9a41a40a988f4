import { Mismatch } from '../protocols/mismatch';
import type { Records } from '../protocols/records';
import { describeValue, describeNames } from '../protocols/describe-value';
import { Refusal } from '../refusal';
import type { Column, Missing } from './batch';
import type { ReadingPlan, RequestColumnPlan, Sent } from './plan';
import { readParams } from './read-params';

/** The request's columns and params as typed values. @throws Refusal at the first value that is none of its column's or param's, or is missing */
export function validate(plan: ReadingPlan, records: Records): Sent {
  checkNoneLookedUp(plan, records);
  const columns = new Array<Column | undefined>(plan.request.columns.names.length).fill(undefined);
  for (const request of plan.request.needed) {
    const { cell, name, required } = request;
    const cells = records.cells[cell]!;
    const sent = readColumn(request, cells);
    if (sent.missing.length > 0 && required !== undefined) {
      const gotIn = (row: number): string => gotInstead(cells[row], records.undeclared);
      throw Refusal.ofFirst(sent.missing, ({ row }) => ({ row, column: name, expected: required, got: gotIn(row) }));
    }
    columns[cell] = sent;
  }
  return { rows: records.rows, columns, params: readParams(plan.params, records.params) };
}

/** A caller who sends what is looked up would take the stored value's effect for that of its own. */
function checkNoneLookedUp({ request }: ReadingPlan, { rows, undeclared }: Records): void {
  if (rows === 0) return;
  for (const [column, row] of undeclared) {
    if (!request.lookedUp.has(column)) continue;
    const expected = 'no value, because it is looked up and is not listed in `overridable` of the feature spec';
    throw new Refusal('INVALID_PARAMETER_VALUE', { row, column, expected, got: 'one' });
  }
}

function readColumn({ name, read }: RequestColumnPlan, cells: readonly unknown[]): Column {
  const values = new Array<unknown>(cells.length);
  const missing: Missing[] = [];
  for (let row = 0; row < cells.length; row++) {
    const cell = cells[row];
    const value = cell === undefined || cell === null ? null : readCell(name, row, read, cell);
    if (value === null) missing.push({ row, state: 'NULL_VALUE' });
    values[row] = value;
  }
  return { values, missing };
}

function readCell(column: string, row: number, read: RequestColumnPlan['read'], cell: unknown): unknown {
  try {
    return read(cell);
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    throw new Refusal('INVALID_PARAMETER_VALUE', { row, column, expected: error.expected, got: error.got }, { cause: error });
  }
}

function gotInstead(cell: unknown, undeclared: Records['undeclared']): string {
  if (cell !== undefined || undeclared.size === 0) return describeValue(cell);
  return `nothing; ignored because nobody declared them: ${describeNames(undeclared.keys())}`;
}
