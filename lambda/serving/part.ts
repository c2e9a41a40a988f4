import { Refusal } from '../refusal';
import type { Batch, Column, Missing } from './batch';
import { fillMissing } from './fill-missing';
import type { Plan, Sent } from './plan';
import type { Assignment } from './traffic-plan';

/** The records of a request that one entity answers. */
export interface Part {
  readonly plan: Plan;
  /** Their places in the request, in order; undefined where it answers all. */
  readonly rows: readonly number[] | undefined;
}

/**
 * The parts of a request, by entity, in the order of their first records.
 * @param first the entity of an empty list
 */
export function partsOf(assignments: readonly Assignment[], first: Plan): Part[] {
  if (assignments.length === 0) return [{ plan: first, rows: undefined }];
  const rowsOf = new Map<Plan, number[]>();
  assignments.forEach(({ entity }, row) => {
    const rows = rowsOf.get(entity!);
    if (rows === undefined) rowsOf.set(entity!, [row]);
    else rows.push(row);
  });
  return Array.from(rowsOf, ([plan, rows]) => ({ plan, rows: rows.length === assignments.length ? undefined : rows }));
}

/** What the request sends of a part's records, as its entity takes it. */
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

/** Runs a step over a part's records, whose refusals name the row of the request. */
export async function inRows<T>({ rows }: Part, step: () => Promise<T>): Promise<T> {
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
      missing.length === 0 ? missing : rows.flatMap((of, row): Missing[] => (states.has(of) ? [{ row, state: states.get(of)! }] : [])),
  };
}
