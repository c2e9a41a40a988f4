/** Why there is no value. */
export type MissingState = 'NOT_FOUND' | 'OUTSIDE_MAX_AGE' | 'NULL_VALUE';

/** A value that was not there, whatever stands in its place since. */
export interface Missing {
  readonly row: number;
  readonly state: MissingState;
}

/** The values of one column, in the JavaScript form of its type; null where there is none. */
export interface Column {
  readonly values: readonly unknown[];
  readonly missing: readonly Missing[];
}

/** When each row is asked for, in microseconds since 1970: to a request one time, to a training set the time of each label. */
export type RowTimes = (row: number) => bigint;

/** What is known of a request's records. */
export interface Batch {
  readonly rows: number;
  /** By the plan's column index; undefined until the step that makes it, or where nothing needs it. */
  readonly columns: readonly (Column | undefined)[];
}

/** The batch with more columns, or other values of some. */
export function withColumns(batch: Batch, indexes: readonly number[], columns: readonly Column[]): Batch {
  const all = batch.columns.slice();
  indexes.forEach((index, i) => {
    all[index] = columns[i];
  });
  return { rows: batch.rows, columns: all };
}
