// Random bad requests, seeded: whatever comes, the answer is 200 or a 4xx with a code and a message, and never a 5xx or a crash.
import { fixtureCases, fixtureModel, modelEndpoint, removeAssets, writeAsset } from '../../helpers/endpoint-asset';
import { HOUSE_BINDINGS, houseEndpoint, houseTable } from '../../helpers/house-endpoint';
import { endpointOf, type TestEndpoint, testHost } from '../../helpers/http-api';
import { memoryReader } from '../../helpers/memory-reader';

afterAll(removeAssets);

const REQUESTS = process.env.SOAK === undefined ? 500 : 100_000;

/** mulberry32: the same numbers on every machine. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Values that no column takes, or only some do. */
const ODD: readonly unknown[] = [
  ...[null, true, false, 0, -0, 5, 5.5, -1, 1e308, -1e-320, 2 ** 31, 2 ** 53, 2 ** 63, 1e400],
  ...['', ' ', '5', 'NaN', 'Infinity', '0526301100', '\u0000', '\ud800', '__proto__', '2024-02-30', 'a'.repeat(5000)],
  ...[[], {}, [[]], [null], [5], [[5]], [1, [2]], { a: 1 }, { length: 3 }, { toString: 1, valueOf: 1 }, ['a', 1, null]],
];

const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'columns', 'data', 'request_time', '_key'];
const FORMATS = ['dataframe_records', 'dataframe_split', 'inputs', 'instances', 'params', 'other'];

/** A request: a right record, bent here and there, in any format, and now and then text that is no JSON. */
function requestOf(next: () => number, record: Readonly<Record<string, unknown>>): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  const chance = (share: number): boolean => next() < share;
  const value = (): unknown => {
    if (chance(0.1)) return Array.from({ length: Math.floor(next() * 4) }, value);
    return pick(ODD);
  };
  const bent = (): Record<string, unknown> => {
    const own = Object.entries(record).map(([name, right]) => [chance(0.05) ? pick(NAMES) : name, chance(0.15) ? value() : right]);
    const kept = own.filter(() => !chance(0.03));
    return Object.fromEntries(chance(0.1) ? [...kept, [pick(NAMES), value()]] : kept) as Record<string, unknown>;
  };
  const records = Array.from({ length: 1 + Math.floor(next() * 3) }, bent);
  const names = Object.keys(records[0]!);
  const content = (format: string): unknown => {
    if (chance(0.05)) return value();
    if (format === 'dataframe_split')
      return {
        columns: names,
        data: records.map((one) => names.map((name) => one[name])),
        ...(chance(0.1) ? { [pick(NAMES)]: value() } : {}),
      };
    if (format === 'inputs' && chance(0.7))
      return Object.fromEntries(names.map((name) => [name, chance(0.05) ? value() : records.map((one) => one[name])]));
    return chance(0.4) ? records.map((one) => Object.values(one)) : records;
  };
  const formats = chance(0.05) ? [pick(FORMATS), pick(FORMATS)] : [pick(FORMATS.slice(0, 4))];
  const text = JSON.stringify(Object.fromEntries(formats.map((format) => [format, content(format)])));
  if (!chance(0.08)) return text;
  const at = Math.floor(next() * text.length);
  return (
    text.slice(0, at) +
    pick(['', 'NaN', '[', '}', '"', '\u0000', '9'.repeat(400), '['.repeat(10_000)]) +
    text.slice(at + Math.floor(next() * 3))
  );
}

function houses(kind: 'model' | 'features'): TestEndpoint {
  const { spec, files } = houseEndpoint(kind);
  const host = testHost({
    reader: memoryReader({ 'physical-house-features': houseTable() }),
    env: { ML_SERVING_BINDINGS: HOUSE_BINDINGS },
  });
  return endpointOf(writeAsset(spec, files), host);
}

function modelOf(name: string): TestEndpoint {
  const { model, files } = fixtureModel(name);
  return endpointOf(writeAsset(modelEndpoint(model), files));
}

const HOUSE = { id: '0526301100', yr_sold: 2010, mo_sold: 5 };

test.each<[string, () => TestEndpoint, Readonly<Record<string, unknown>>]>([
  ['a model with lookups', () => houses('model'), HOUSE],
  ['feature serving', () => houses('features'), HOUSE],
  ['a model of mixed types', () => modelOf('multi_output'), fixtureCases('multi_output').cases[0]!.row],
  ['a model of text', () => modelOf('house_price_b'), fixtureCases('house_price_b').cases[0]!.row],
  ['a model of sequences', () => modelOf('tiny_transformer'), { input_ids: [1, 2, 3], attention_mask: [1, 1, 1] }],
  ['a model of images', () => modelOf('image_conv'), fixtureCases('image_conv').cases[0]!.row],
])('%s', async (name, make, record) => {
  const { post } = make();
  const next = random(name.length);
  const seen = { answered: 0, refused: 0 };
  for (let i = 0; i < REQUESTS; i++) {
    const body = requestOf(next, record);
    const answer = await post(body);
    if (answer.status === 200) {
      seen.answered++;
    } else {
      seen.refused++;
      const isRefusal = answer.status >= 400 && answer.status < 500 && answer.body.error_code === 'INVALID_PARAMETER_VALUE';
      if (!isRefusal || (answer.body.message as string).length > 1200)
        throw new Error(`request ${i}: ${answer.status} ${JSON.stringify(answer.body)} for ${body.slice(0, 2000)}`);
    }
  }
  // a fuzzer that only ever meets one wall tests nothing behind it
  expect(seen.answered).toBeGreaterThan(REQUESTS / 50);
  expect(seen.refused).toBeGreaterThan(REQUESTS / 4);
});
