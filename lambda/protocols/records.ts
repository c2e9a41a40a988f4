import { Refusal } from '../refusal';

/** The most records that a request may carry. */
export const MAX_RECORDS = 1_000;

/** The records of a request, column by column, still as JSON values. */
export interface Records {
  readonly rows: number;
  /** For each declared column the values of all rows; undefined where a record does not name the column. */
  readonly cells: readonly (readonly unknown[])[];
  /** The names that records carry and nobody declared, each with the first row that does. */
  readonly undeclared: ReadonlyMap<string, number>;
  /** What is set for all records, still as JSON values; absent where nothing is. */
  readonly params?: Readonly<Record<string, unknown>>;
}

/** The records of a request's body. */
export interface BodyRecords extends Records {
  /** All that the body says, as it is parsed. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** The columns that a request may send. */
export interface RequestColumns {
  /** In declared order, which is also the order of values without names. */
  readonly names: readonly string[];
  readonly indexOf: ReadonlyMap<string, number>;
}

/** The columns under these names. */
export function requestColumns(names: readonly string[]): RequestColumns {
  return { names, indexOf: new Map(names.map((name, i) => [name, i])) };
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
