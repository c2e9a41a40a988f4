import { Refusal } from '../refusal';
import type { Batch, Column, Missing } from './batch';
import { fillMissing } from './fill-missing';
import type { Plan, Sent } from './plan';

/** The records of a request that one entity answers. */
export interface Part {
  readonly plan: Plan;
  /** The numbers of the records in the request, in order; undefined where the part has all records. */
  readonly rows: readonly number[] | undefined;
}

/** The values that the request sends for a part's records, in the form that the entity takes. */
export function batchOf({ plan, rows }: Part, sent: Sent): Batch {
  const columns = new Array<Column | undefined>(plan.columns.length).fill(undefined);
  for (const { cell, column, overridesLookup } of plan.sent) {
    const taken = take(sent.columns[cell]!, rows);
    columns[column] = overridesLookup ? taken : fillMissing(plan.columns[column]!, taken, () => 'nothing');
  }
  const size = rows?.length ?? sent.rows;
  for (const { param, fallback, column } of plan.params) {
    if (column !== undefined) columns[column] = { values: new Array<unknown>(size).fill(sent.params[param] ?? fallback), missing: [] };
  }
  return { rows: size, columns };
}

/** Runs a step over a part's records; a refusal names the row of the request. */
export async function withRequestRows<T>({ rows }: Part, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (rows === undefined || !(error instanceof Refusal) || error.row === undefined) throw error;
    throw error.inRow(rows[error.row]!);
  }
}

function take(column: Column, rows: readonly number[] | undefined): Column {
  if (rows === undefined) return column;
  const { values, missing } = column;
  const states = new Map(missing.map(({ row, state }) => [row, state]));
  return {
    values: rows.map((row) => values[row]),
    missing:
      missing.length === 0
        ? missing
        : rows.flatMap((sent, row): Missing[] => (states.has(sent) ? [{ row, state: states.get(sent)! }] : [])),
  };
}
