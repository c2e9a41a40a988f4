import { Refusal } from '../refusal';
import type { Column, Missing } from './batch';
import type { ColumnPlan } from './plan';

/**
 * Replaces missing values by the column's default, or leaves them null if the column may be null.
 * @param got describes a missing value in an error message
 * @throws Refusal at the first value that may not be missing
 */
export function fillMissing({ name, fallback, mayBeNull }: ColumnPlan, column: Column, got: (missing: Missing) => string): Column {
  if (column.missing.length === 0) return column;
  if (fallback !== undefined) {
    const values = column.values.slice();
    for (const { row } of column.missing) values[row] = fallback;
    return { values, missing: column.missing };
  }
  if (mayBeNull) return column;
  throw Refusal.atRows(column.missing, (missing) => ({ row: missing.row, column: name, expected: 'a value', got: got(missing) }));
}
