// `dev` brings the commits of delta-rs online: the table that it makes, and each append and delete, within a second.
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type RunningDev, runCli, startDev } from '../../helpers/dev';
import { temporaryFolder } from '../../helpers/files';
import { CHECKOUT, mustRun } from '../../helpers/parts';
import { DELTA_RS } from '../delta/delta-rs';

const offline = temporaryFolder();
const prices = join(offline, 'predicted_prices');
const commit = (...args: string[]): string => mustRun(DELTA_RS, [join(__dirname, 'write_rows.py'), prices, ...args]);

let dev: RunningDev;
beforeAll(async () => {
  dev = await startDev(CHECKOUT, ['--offline', offline, '--load', `houses=${join(CHECKOUT, 'examples/data/houses.csv')}`]);
});
afterAll(() => dev.stop());

async function ask(endpoint: string, record: object): Promise<unknown> {
  const response = await fetch(`${dev.urls[0]}/serving-endpoints/${endpoint}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ dataframe_records: [record] }),
  });
  return response.json();
}

async function servedPrice(id: string): Promise<number | null> {
  const { outputs } = (await ask('predicted_price', { id })) as { outputs: { predicted_price: number | null }[] };
  return outputs[0]!.predicted_price;
}

/** How long after this it takes until a price is served, in milliseconds. */
async function timeUntilServed(id: string, price: number | null): Promise<number> {
  const start = Date.now();
  while ((await servedPrice(id)) !== price) await setTimeout(10);
  return Date.now() - start;
}

test('a table that delta-rs makes, and its commits, are served within a second', async () => {
  expect(await servedPrice('a')).toBeNull();
  commit('append', 'a', '2025-01-01T00:00:00+00:00', '1.5');
  expect(await timeUntilServed('a', 1.5)).toBeLessThan(1000);
  commit('append', 'a', '2025-01-02T00:00:00.000001+00:00', '2.5');
  expect(await timeUntilServed('a', 2.5)).toBeLessThan(1000);
  commit('append', 'b', '2025-01-01T00:00:00+00:00', '3.5');
  expect(await timeUntilServed('b', 3.5)).toBeLessThan(1000);
});

test('a row that comes late stays history', async () => {
  commit('append', 'a', '2025-01-01T12:00:00+00:00', '9.5');
  commit('append', 'c', '2025-01-01T00:00:00+00:00', '4.5');
  await timeUntilServed('c', 4.5);
  expect(await servedPrice('a')).toBe(2.5);
});

test('a key that delta-rs deletes is no longer served', async () => {
  commit('delete', 'b');
  expect(await timeUntilServed('b', null)).toBeLessThan(1000);
  expect(await servedPrice('a')).toBe(2.5);
});

test('a commit that cannot be read is named, and stops its table alone until it is skipped', async () => {
  const before = dev.stderr().length;
  commit('poison');
  await dev.says('version 6 cannot be materialized: gone.parquet: expected a data file of 1000 bytes, got: no file', before);
  commit('append', 'd', '2025-01-01T00:00:00+00:00', '5.5');
  await setTimeout(1000);
  expect(await servedPrice('d')).toBeNull();
  expect(await servedPrice('a')).toBe(2.5);
  expect(await ask('price_by_id', { id: '42526', yr_sold: 2025 })).toEqual({ predictions: [expect.any(Number)] });

  expect(await runCli(CHECKOUT, ['tables', 'materialize', 'predicted_prices', '--skip', '6', '--local'])).toMatchObject({
    code: 0,
    stdout: 'predicted_prices: version 7 is online, 1 row written\n',
  });
  expect(await servedPrice('d')).toBe(5.5);
  commit('append', 'e', '2025-01-01T00:00:00+00:00', '6.5');
  expect(await timeUntilServed('e', 6.5)).toBeLessThan(1000);
});
