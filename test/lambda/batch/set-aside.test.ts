import { settingAside } from '../../../lambda/batch/set-aside';
import { Refusal } from '../../../lambda/refusal';

const ROWS = Array.from({ length: 4096 }, (_, row) => row);

/** Sets rows aside: those that lack something, and those that are wrong in their own way, of which a run tells one at a time. */
async function setAside({
  lacks = () => false,
  isWrong = () => false,
}: {
  lacks?: (row: number) => boolean;
  isWrong?: (row: number) => boolean;
}) {
  let runs = 0;
  let rowsRun = 0;
  const refused = new Map<number, string>();
  const good: number[] = [];
  const run = async (rows: readonly number[]): Promise<void> => {
    runs++;
    rowsRun += rows.length;
    const lacking = rows.flatMap((row, i) => (lacks(row) ? [{ row, i }] : []));
    const placeOf = ({ row, i }: { row: number; i: number }) => ({ row: i, column: 'a', expected: 'a value', got: `${row}: nothing` });
    if (lacking.length > 0) throw Refusal.atRows(lacking, placeOf);
    const wrong = rows.findIndex(isWrong);
    if (wrong >= 0) throw new Refusal('INVALID_PARAMETER_VALUE', { row: wrong, expected: 'another', got: String(rows[wrong]) });
    await Promise.resolve();
  };
  for await (const { rows } of settingAside(ROWS, run, (row, { detail }) => void refused.set(row, detail))) good.push(...rows);
  return { good, refused, runs, rowsRun };
}

test('rows that lack the same are set aside together, each with its own refusal', async () => {
  const lacks = (row: number): boolean => row % 3 === 0;
  const { good, refused, runs, rowsRun } = await setAside({ lacks });
  expect(good).toEqual(ROWS.filter((row) => !lacks(row)));
  expect([...refused]).toEqual(ROWS.filter(lacks).map((row) => [row, `expected a value, got: ${row}: nothing`]));
  expect(runs).toBe(3);
  expect(rowsRun).toBeLessThanOrEqual(2 * ROWS.length);
});

test('rows that are wrong each in its own way are set aside one by one; no row runs more often than there are halvings', async () => {
  const isWrong = (row: number): boolean => row % 7 === 0;
  const { good, refused, rowsRun } = await setAside({ lacks: (row) => row % 2 === 0, isWrong });
  expect(good).toEqual(ROWS.filter((row) => row % 2 === 1 && !isWrong(row)));
  expect([...refused.keys()].sort((a, b) => a - b)).toEqual(ROWS.filter((row) => row % 2 === 0 || isWrong(row)));
  expect(rowsRun).toBeLessThanOrEqual(13 * ROWS.length);
});
