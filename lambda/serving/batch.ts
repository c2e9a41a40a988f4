/** Why a value is missing. */
export type MissingState = 'NOT_FOUND' | 'OUTSIDE_MAX_AGE' | 'NULL_VALUE';

/** A missing value, which a default may have replaced. */
export interface Missing {
  readonly row: number;
  readonly state: MissingState;
}

/** The values of one column, in the JavaScript form of its type; null where a value is missing. */
export interface Column {
  readonly values: readonly unknown[];
  readonly missing: readonly Missing[];
}

/** The time of each row, in microseconds since 1970: the time of the request or, in a training set, of the label. */
export type RowTimes = (row: number) => bigint;

/** The known values of a request's records. */
export interface Batch {
  readonly rows: number;
  /** The columns by their index in the plan; undefined before the step that makes the column, and if nothing needs the column. */
  readonly columns: readonly (Column | undefined)[];
}

/** A copy of the batch with these columns added or replaced. */
export function withColumns(batch: Batch, indexes: readonly number[], columns: readonly Column[]): Batch {
  const all = batch.columns.slice();
  indexes.forEach((index, i) => {
    all[index] = columns[i];
  });
  return { rows: batch.rows, columns: all };
}
