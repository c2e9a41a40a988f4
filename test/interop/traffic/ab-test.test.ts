// The example of an A/B test on this machine, asked for 100,000 visitors.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { armOf } from '../../../lambda/serving/rendezvous';
import { type RunningDev, runCli, startDev } from '../../helpers/dev';
import { CHECKOUT } from '../../helpers/parts';

const VISITORS = 100_000;
const BATCH = 1_000;
const ARMS = [
  { name: 'model_A', weight: 90 },
  { name: 'model_B', weight: 10 },
];

interface Answer {
  readonly status: number;
  readonly servedModels: string | null;
  readonly body: {
    readonly predictions: number[];
    readonly served_entities?: string[];
    readonly outputs?: object[];
    readonly error_code?: string;
    readonly message?: string;
  };
}

const ids = readFileSync(join(CHECKOUT, 'examples/data/houses.csv'), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(',')[0]!);

const APP = ['--app', 'node --import tsx examples/ab-test/app.ts'];
const OFFLINE = mkdtempSync(join(tmpdir(), 'ab-test-'));

let dev: RunningDev;
beforeAll(async () => {
  // one environment is enough: both have a table of that name
  const load = ['--load', `Staging/houses=${join(CHECKOUT, 'examples/data/houses.csv')}`];
  dev = await startDev(CHECKOUT, [...APP, '--offline', OFFLINE, ...load]);
});
afterAll(async () => {
  await dev.stop();
  rmSync(OFFLINE, { recursive: true });
});

async function ask(records: readonly object[], name?: string): Promise<Answer> {
  const path = `/serving-endpoints/prices/${name === undefined ? '' : `served-models/${name}/`}invocations`;
  const response = await fetch(`${dev.urls[0]}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ dataframe_records: records }),
  });
  return {
    status: response.status,
    servedModels: response.headers.get('served-model-name'),
    body: (await response.json()) as Answer['body'],
  };
}

/** A record, one of 300 houses, for a visitor. */
function recordOf(visitor: number): { id: string; visitor: string } {
  return { id: ids[visitor % ids.length]!, visitor: `visitor-${visitor}` };
}

test(`${VISITORS} visitors get the model that the hash says, in the order of the request, and its price`, async () => {
  const houses = ids.map((id) => ({ id, visitor: 'anyone' }));
  const prices = { model_A: (await ask(houses, 'model_A')).body.predictions, model_B: (await ask(houses, 'model_B')).body.predictions };
  expect(prices.model_A).not.toEqual(prices.model_B);
  let ofB = 0;
  for (let start = 0; start < VISITORS; start += BATCH) {
    const visitors = Array.from({ length: BATCH }, (_, i) => start + i);
    const { body, servedModels } = await ask(visitors.map(recordOf));
    const expected = visitors.map((visitor) => armOf(ARMS, 'prices', `visitor-${visitor}`).name as 'model_A' | 'model_B');
    expect(body.served_entities).toEqual(expected);
    expect(body.predictions).toEqual(visitors.map((visitor, i) => prices[expected[i]!][visitor % ids.length]));
    expect(servedModels!.split(', ').sort()).toEqual(['model_A', 'model_B']);
    ofB += expected.filter((name) => name === 'model_B').length;
  }
  expect(Math.abs(ofB / VISITORS - 0.1)).toBeLessThan(0.003);
});

test.each([
  ['model_A', 'model_A'],
  ['Production', 'model_A'],
  ['model_B', 'model_B'],
  ['challenger', 'model_B'],
  ['inputs', 'inputs'],
])('%s answers by its name', async (name, entity) => {
  expect(await ask([recordOf(0)], name)).toMatchObject({ status: 200, servedModels: entity });
});

test('a tester gets the challenger, and who has no name is drawn', async () => {
  const { body } = await ask([{ id: ids[0], visitor: 'tester' }, { id: ids[0] }]);
  expect(body.served_entities![0]).toBe('model_B');
  expect(['model_A', 'model_B']).toContain(body.served_entities![1]);
});

test('what is not enabled is refused with the reason, what is unknown is not found', async () => {
  expect(await ask([recordOf(0)], 'audit')).toMatchObject({
    status: 403,
    body: { error_code: 'PERMISSION_DENIED', message: "served entity 'audit' of endpoint 'prices' is disabled" },
  });
  expect(await ask([recordOf(0)], 'model_C')).toMatchObject({ status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST' } });
});

test("what was asked is in the environment's own table, a row a request, and `logs` prints it", async () => {
  await ask([{ ...recordOf(0), visitor: 'last' }, recordOf(1), { id: ids[0] }]);
  const { served_entities: entities } = (await ask([{ id: ids[0], visitor: 'tester' }])).body;
  expect(entities).toEqual(['model_B']);
  await new Promise((done) => setTimeout(done, 3000)); // lines are gathered for half a second, then written
  const logs = (...args: string[]) => runCli(CHECKOUT, ['logs', ...args, '--local', ...APP]);
  const { stdout, code } = await logs('Staging/prices', '--limit', '2');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\S+Z {2}200 {2}model_\S+ \S+ \d rows?.*\n\S+Z {2}200 {2}model_B forced 1 row {2}\d+ ms {2}\S+\n$/);
  const rows = (await logs('Staging/prices', '--limit', '1000', '--format', 'jsonl')).stdout.trim().split('\n');
  expect(rows.length).toBeGreaterThan(VISITORS / BATCH);
  // the other has what `dev` asked at its start
  expect((await logs('Production/prices')).stdout.trim().split('\n')).toHaveLength(1);
  expect((await logs('prices')).stderr).toContain(
    'expected the name of one endpoint, got: prices, which is Staging/prices and Production/prices',
  );
});
