import { Refusal } from '../refusal';
import type { Column, Missing } from './batch';
import type { ColumnPlan } from './plan';

/**
 * Puts fallbacks in place of missing values: the default, or the null that is there where null may stay.
 * @param got what an error says of a value that may not be missing
 * @throws Refusal at the first of these
 */
export function fillMissing({ name, fallback, mayBeNull }: ColumnPlan, column: Column, got: (missing: Missing) => string): Column {
  if (column.missing.length === 0) return column;
  if (fallback !== undefined) {
    const values = column.values.slice();
    for (const { row } of column.missing) values[row] = fallback;
    return { values, missing: column.missing };
  }
  if (mayBeNull) return column;
  throw Refusal.ofFirst(column.missing, (missing) => ({ row: missing.row, column: name, expected: 'a value', got: got(missing) }));
}
