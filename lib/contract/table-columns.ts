import type { ColumnSpec } from './data-types';
import type { TableSpec } from './endpoint-spec';

/** Returns the columns of a feature table: the primary key, the timestamp key if there is one, and the features. */
export function columnsOf({
  primaryKey,
  timestampKey,
  features,
}: Pick<TableSpec, 'primaryKey' | 'timestampKey' | 'features'>): ColumnSpec[] {
  return [...primaryKey, ...(timestampKey === undefined ? [] : [timestampKey]), ...features];
}
