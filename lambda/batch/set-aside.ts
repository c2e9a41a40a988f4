import { Refusal } from '../refusal';

/** Some rows, and what a task gave for them. */
export interface RowsResult<T> {
  /** In ascending order. */
  readonly rows: readonly number[];
  readonly result: T;
}

/**
 * Runs a task over rows as the request path runs over those of a request, where one bad row stops all. Here it is set aside, and the others run
 * again, in two halves: however many are bad, no row runs more often than there are halvings. Rows that lack the same are set aside together.
 * @param run throws a Refusal whose row counts from the first of the rows that it was given
 * @param refuse is told each row that is set aside
 * @returns what is left, in the order of the rows
 * @throws what the task throws, unless it is about a row
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

/** Without a row a refusal is about their number: some models take only one at a time. */
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
