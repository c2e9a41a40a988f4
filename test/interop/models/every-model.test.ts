// Every model of the fixtures through the local run's HTTP, held against what its own library answered.
import { expectClose } from '../../helpers/expect-close';
import { type RunningDev, startDev } from '../../helpers/dev';
import { ENDPOINTS } from './endpoints';

let dev: RunningDev;
let urls: Map<string, string>;

beforeAll(async () => {
  dev = await startDev(__dirname);
  urls = new Map([...dev.stdout().matchAll(/^(\S+): (http:\S+\/invocations)$/gm)].map(([, name, url]) => [name!, url!]));
});

afterAll(() => dev?.stop());

async function predict(name: string, rows: readonly unknown[]): Promise<unknown[]> {
  const response = await fetch(urls.get(name)!, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ dataframe_records: rows }),
  });
  const body = (await response.json()) as { predictions: unknown[] };
  if (response.status !== 200) throw new Error(`${name}: ${response.status} ${JSON.stringify(body)}`);
  expect(body.predictions).toHaveLength(rows.length);
  return body.predictions;
}

test('there is an endpoint for each', () => {
  expect([...urls.keys()].sort()).toEqual(ENDPOINTS.map(({ name }) => name).sort());
  expect(ENDPOINTS.length).toBeGreaterThan(40);
});

test.each(ENDPOINTS)('$name answers every case by itself', async ({ name, cases, tolerance }) => {
  for (const { row, expected } of cases) expectClose((await predict(name, [row]))[0], expected, tolerance);
});

test.each(ENDPOINTS.filter(({ batch }) => batch))('$name answers all cases as one batch', async ({ name, cases, tolerance }) => {
  const rows = cases.map(({ row }) => row);
  const predictions = await predict(name, rows);
  cases.forEach(({ expected }, i) => expectClose(predictions[i], expected, tolerance));
});
