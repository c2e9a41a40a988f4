import { type ColumnSpec, isArray } from '../../lib/contract/data-types';
import { Refusal } from '../refusal';

/** The most records that a request may have. */
export const MAX_RECORDS = 1_000;

/** The records of a request, column by column, still as JSON values. */
export interface Records {
  readonly rows: number;
  /** The values of each declared column, by row; undefined where a record does not name the column. */
  readonly cells: readonly (readonly unknown[])[];
  /** The names in records that are not declared columns, each with the first row that has it. */
  readonly undeclared: ReadonlyMap<string, number>;
  /** Whether the values came in declared order, without the names of their columns. */
  readonly isUnnamed?: boolean;
  /** The values that the request sets for all records, still as JSON values; absent if the request sets no params. */
  readonly params?: Readonly<Record<string, unknown>>;
}

/** The columns that a request may send. */
export interface RequestColumns {
  /** The names in declared order, which is also the order of values without names. */
  readonly names: readonly string[];
  readonly indexOf: ReadonlyMap<string, number>;
  /** Whether each column holds arrays. */
  readonly isArray: readonly boolean[];
}

/** The columns in the form that readers of records need. */
export function requestColumns(columns: readonly Pick<ColumnSpec, 'name' | 'type'>[]): RequestColumns {
  return {
    names: columns.map(({ name }) => name),
    indexOf: new Map(columns.map(({ name }, i) => [name, i])),
    isArray: columns.map(({ type }) => isArray(type)),
  };
}

/** Columns without a value yet. @throws Refusal beyond {@link MAX_RECORDS} rows */
export function emptyCells(columns: RequestColumns, rows: number): unknown[][] {
  if (rows > MAX_RECORDS) {
    throw new Refusal('INVALID_PARAMETER_VALUE', { expected: `at most ${MAX_RECORDS} records`, got: String(rows) });
  }
  return columns.names.map(() => new Array<unknown>(rows).fill(undefined));
}

/** Whether a JSON value is an object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
