import { Refusal } from '../refusal';

/** Some rows, and the result of a task for these rows. */
export interface RowsResult<T> {
  /** The rows, in ascending order. */
  readonly rows: readonly number[];
  readonly result: T;
}

/**
 * Runs a task on rows, as the request path does, where one bad row stops the task. Here the bad row is set aside, and the other rows run
 * again in two halves, so that a row runs at most as often as the rows can be halved. Rows with the same fault are set aside together.
 * @param run throws a Refusal whose row counts from the first of the given rows
 * @param refuse is called for each row that is set aside
 * @returns the results of the other rows, in their order
 * @throws whatever the task throws, unless it is about a row
 */
export async function* settingAside<T>(
  rows: readonly number[],
  run: (rows: readonly number[]) => Promise<T>,
  refuse: (row: number, refusal: Refusal) => void,
): AsyncGenerator<RowsResult<T>> {
  if (rows.length === 0) return;
  const outcome = await attempt(rows, run);
  if ('result' in outcome) {
    yield outcome;
    return;
  }
  const { refusal } = outcome;
  const bad = new Map([refusal, ...refusal.alike()].map((one) => [one.row ?? onlyRow(rows), one]));
  for (const [i, one] of bad) if (i !== undefined) refuse(rows[i]!, one);
  const rest = rows.filter((_, i) => !bad.has(i));
  const half = rest.length >> 1;
  yield* settingAside(rest.slice(0, half), run, refuse);
  yield* settingAside(rest.slice(half), run, refuse);
}

/** A refusal without a row is about the number of rows: some models take one row at a time. */
function onlyRow(rows: readonly number[]): number | undefined {
  return rows.length === 1 ? 0 : undefined;
}

async function attempt<T>(
  rows: readonly number[],
  run: (rows: readonly number[]) => Promise<T>,
): Promise<RowsResult<T> | { refusal: Refusal }> {
  try {
    return { rows, result: await run(rows) };
  } catch (error) {
    if (error instanceof Refusal && (error.code === 'INVALID_PARAMETER_VALUE' || error.row !== undefined)) return { refusal: error };
    throw error;
  }
}
