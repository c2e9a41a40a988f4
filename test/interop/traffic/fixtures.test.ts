// 100,000 records for two models of the fixtures, whose own library says what each predicts, over the HTTP of `dev`.
import { armOf } from '../../../lambda/serving/rendezvous';
import { type RunningDev, startDev } from '../../helpers/dev';
import { expectClose } from '../../helpers/expect-close';
import { CHECKOUT } from '../../helpers/parts';
import { CASES, type Fixture, TOLERANCE } from '../../helpers/price-split';

const RECORDS = 100_000;
const BATCH = 1_000;
const ARMS = [
  { name: 'model_A', weight: 70 },
  { name: 'model_B', weight: 30 },
] as const;

interface Answer {
  readonly status: number;
  readonly servedModels: string | null;
  readonly body: {
    readonly predictions: readonly unknown[];
    readonly served_entities?: readonly string[];
    readonly error_code?: string;
    readonly message?: string;
  };
}

let dev: RunningDev;
let alone: Readonly<Record<Fixture, readonly unknown[]>>;

async function ask(records: readonly object[], name?: string, endpoint = 'prices'): Promise<Answer> {
  const path = `/serving-endpoints/${endpoint}/${name === undefined ? '' : `served-models/${name}/`}invocations`;
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

const records = CASES.map(({ record }) => record);

beforeAll(async () => {
  dev = await startDev(CHECKOUT, ['--app', 'node --import tsx test/interop/traffic/fixtures-app.ts']);
  const [a, b] = [await ask(records, 'model_A'), await ask(records, 'model_B')];
  alone = { model_A: a.body.predictions, model_B: b.body.predictions };
});
afterAll(() => dev.stop());

test("each model, called by its name, predicts what the model's own library does", () => {
  for (const [i, { of, expected }] of CASES.entries()) expectClose(alone[of][i], expected, TOLERANCE);
  expect(new Set(CASES.map(({ of }) => of))).toEqual(new Set(['model_A', 'model_B']));
  expect(alone.model_A).not.toEqual(alone.model_B);
});

test(`${RECORDS} records get the model that the hash of their key says, in the order of the request, and its prediction`, async () => {
  let ofB = 0;
  for (let start = 0; start < RECORDS; start += BATCH) {
    const places = Array.from({ length: BATCH }, (_, i) => start + i);
    const { status, body, servedModels } = await ask(places.map((i) => ({ ...records[i % records.length], id: `key-${i}` })));
    expect(status).toBe(200);
    const expected = places.map((i) => armOf(ARMS, 'fixtures', `key-${i}`).name);
    expect(body.served_entities).toEqual(expected);
    expect(body.predictions).toEqual(places.map((i, at) => alone[expected[at]!][i % records.length]));
    expect(servedModels!.split(', ').sort()).toEqual(['model_A', 'model_B']);
    ofB += expected.filter((name) => name === 'model_B').length;
  }
  expect(Math.abs(ofB / RECORDS - 0.3)).toBeLessThan(0.005);
});

test.each([
  ['model_A', 'model_A'],
  ['Production', 'model_A'],
  ['model_B', 'model_B'],
  ['challenger', 'model_B'],
] as const)('%s answers all records by %s', async (name, entity) => {
  const { body, servedModels } = await ask(records, name);
  expect(body).toEqual({ predictions: alone[entity] });
  expect(servedModels).toBe(entity);
});

test('a forced key has its entity, and no key is drawn', async () => {
  const record = records[0]!;
  const { body } = await ask([
    { ...record, id: 'tester-a' },
    { ...record, id: 'tester-b' },
    { ...record, id: null },
  ]);
  expect(body.served_entities!.slice(0, 2)).toEqual(['model_A', 'model_B']);
  expect(['model_A', 'model_B']).toContain(body.served_entities![2]);
});

test('what is not enabled is refused with the reason, what is unknown is not found', async () => {
  const refused = (message: string) => ({ status: 403, body: { error_code: 'PERMISSION_DENIED', message } });
  expect(await ask(records, 'audit')).toMatchObject(refused("served entity 'audit' of endpoint 'prices' is disabled"));
  for (const name of [undefined, 'model_A', 'challenger']) {
    expect(await ask(records, name, 'switched-off')).toMatchObject(refused("endpoint 'switched-off' is disabled"));
  }
  expect(await ask(records, 'model_C')).toMatchObject({ status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST' } });
});
