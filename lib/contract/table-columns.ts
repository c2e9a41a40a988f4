import type { ColumnSpec } from './data-types';
import type { TableSpec } from './endpoint-spec';

/** The columns of a feature table: its primary key, its timestamp key if there is one, its features. */
export function columnsOf({
  primaryKey,
  timestampKey,
  features,
}: Pick<TableSpec, 'primaryKey' | 'timestampKey' | 'features'>): ColumnSpec[] {
  return [...primaryKey, ...(timestampKey === undefined ? [] : [timestampKey]), ...features];
}
