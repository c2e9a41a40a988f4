// Training sets beside DuckDB's ASOF join, over tables that delta-rs wrote.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { appFolder } from '../../helpers/app-folder';
import { runCli } from '../../helpers/dev';
import { mustRun, pythonEnvironment } from '../../helpers/parts';
import { ACCOUNTS, PLAN_ENDPOINT, PLANS } from '../../helpers/point-in-time';

const LABELS = 2500;
const WORLD = join(__dirname, 'world.py');

let python: string;
beforeAll(() => {
  python = join(pythonEnvironment('training', ['deltalake==1.6.6', 'pyarrow==26.0.1', 'duckdb==1.4.1']), 'python');
});

interface Compared {
  readonly rows: number;
  /** How many labels have a plan, a score and a price. */
  readonly found: readonly number[];
  readonly different: readonly unknown[];
  readonly count: number;
}

async function trainingSet(seed: number) {
  const app = appFolder({ tables: [ACCOUNTS, PLANS], endpoints: [{ spec: PLAN_ENDPOINT }] });
  const offline = join(app, 'offline');
  mustRun(python, [WORLD, 'make', offline, String(seed), String(LABELS)]);
  const output = join(app, 'set.parquet');
  const args = ['--spec', 'plans', '--labels', join(offline, 'labels.csv'), '--time', 'time', '--output', output];
  const { code, stdout, stderr } = await runCli(app, ['training-set', ...args, '--app', app, '--local']);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'set.parquet: 2,500 rows written\n', stderr: '' });
  return {
    labels: readFileSync(join(offline, 'labels.csv'), 'utf8'),
    compare: (...more: string[]) => JSON.parse(mustRun(python, [WORLD, 'compare', offline, output, ...more])) as Compared,
  };
}

test.each([1, 2, 3, 4])('2,500 labels are joined as DuckDB joins them, seed %d', async (seed) => {
  const { compare } = await trainingSet(seed);
  const { rows, found, different, count } = compare();
  expect({ rows, different, count }).toEqual({ rows: LABELS, different: [], count: 0 });
  // the labels find, and miss
  for (const number of found.slice(0, 2)) expect(number / LABELS).toBeGreaterThan(0.05);
  for (const number of found) expect(number / LABELS).toBeLessThan(0.95);
  expect(found[2]).toBeGreaterThan(0);
});

test('one row from after its label shows', async () => {
  const { compare } = await trainingSet(1);
  const leaks = Array.from({ length: 8 }, (_, label) => compare(String(label)).count);
  // half a minute on, some labels still find the same row
  expect(leaks.filter((count) => count === 1).length).toBeGreaterThan(1);
});
