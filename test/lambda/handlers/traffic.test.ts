// Endpoints of several entities, made by the constructs: who answers which record, in which order, and what the log says of it.
import {
  Column,
  FeatureFunction,
  FeatureSpec,
  FeatureTable,
  Model,
  ModelArtifact,
  ServedEntity,
  ServingEndpoint,
  TrafficSplit,
} from '../../../lib';
import { endpointFiles, testStack } from '../../helpers/app';
import { expectClose } from '../../helpers/expect-close';
import { endpointOf, event, testHost } from '../../helpers/http-api';
import { memoryReader } from '../../helpers/memory-reader';
import { ask, CASES, type Fixture, prices, randoms, TOLERANCE } from '../../helpers/price-split';

const WEIGHTS = { model_A: 90, model_B: 10 };
const RECORDS = CASES.map(({ record }) => record);

describe('a random split', () => {
  test('answers each record by the entity that was drawn, in the order of the request', async () => {
    const endpoint = prices(TrafficSplit.random({ weights: WEIGHTS }), { random: randoms(0.1, 0.95, 0.5, 0.899, 0.9, 0.999999) });
    const { status, headers, body } = await endpoint.post({ dataframe_records: RECORDS });
    expect(status).toBe(200);
    expect(headers['served-model-name']).toBe('model_A, model_B');
    const drawn = ['model_A', 'model_B', 'model_A', 'model_A', 'model_B', 'model_B'];
    expect(body.served_entities).toEqual(RECORDS.map((_, i) => drawn[i % 6]));

    const [a, b] = [await ask(endpoint, 'model_A', RECORDS), await ask(endpoint, 'model_B', RECORDS)];
    const alone = { model_A: a.body.predictions as unknown[], model_B: b.body.predictions as unknown[] };
    const predictions = body.predictions as unknown[];
    expect(predictions).toEqual(RECORDS.map((_, i) => alone[drawn[i % 6] as Fixture][i]));
    const known = CASES.filter(({ of, expected }, i) => {
      if (of === drawn[i % 6]) expectClose(predictions[i], expected, TOLERANCE);
      return of === drawn[i % 6];
    });
    expect(known.length).toBeGreaterThan(20);
  });

  test('says of a single record, and of an empty list, who answered', async () => {
    const endpoint = prices(TrafficSplit.random({ weights: WEIGHTS }), { random: () => 0.95 });
    const one = await endpoint.post({ dataframe_records: RECORDS.slice(0, 1) });
    expect(one.headers['served-model-name']).toBe('model_B');
    expect(one.body).toEqual({ predictions: [expect.any(Number)], served_entities: ['model_B'] });
    const none = await endpoint.post({ dataframe_records: [] });
    expect(none).toEqual({ status: 200, headers: { 'content-type': 'application/json' }, body: { predictions: [], served_entities: [] } });
  });

  test('never draws the weight 0, which is called by its name', async () => {
    const endpoint = prices(TrafficSplit.random({ weights: { model_A: 0, model_B: 100 } }), { random: randoms(0, 0.5, 0.999999) });
    const { body } = await endpoint.post({ dataframe_records: RECORDS.slice(0, 3) });
    expect(body.served_entities).toEqual(['model_B', 'model_B', 'model_B']);
    const named = await ask(endpoint, 'model_A', RECORDS.slice(0, 1));
    expect(named.headers['served-model-name']).toBe('model_A');
    expectClose((named.body.predictions as unknown[])[0], CASES[0]!.expected, TOLERANCE);
  });
});

describe('calls by name', () => {
  test.each([
    ['model_A', 'model_A'],
    ['Production', 'model_A'],
    ['model_B', 'model_B'],
    ['challenger', 'model_B'],
  ])('%s is %s, whatever the traffic', async (name, entity) => {
    const endpoint = prices(TrafficSplit.all('model_A'));
    const { headers, body } = await ask(endpoint, name, RECORDS);
    expect(headers['served-model-name']).toBe(entity);
    expect(Object.keys(body)).toEqual(['predictions']);
    CASES.forEach(({ of, expected }, i) => {
      if (of === entity) expectClose((body.predictions as unknown[])[i], expected, TOLERANCE);
    });
    expect(endpoint.host.lines).toMatchObject([{ served_entity: entity, assigned: { [entity]: { named: CASES.length } } }]);
  });

  test('a name that nothing has is not found', async () => {
    const { status, body } = await ask(prices(TrafficSplit.all('model_A')), 'model_C', RECORDS);
    expect(status).toBe(404);
    expect(body.error_code).toBe('RESOURCE_DOES_NOT_EXIST');
  });

  test('all traffic for one says nothing of the others', async () => {
    const endpoint = prices(TrafficSplit.all('model_B'));
    const { headers, body } = await endpoint.post({ dataframe_records: RECORDS.slice(0, 2) });
    expect(headers['served-model-name']).toBe('model_B');
    expect(Object.keys(body)).toEqual(['predictions']);
    expect(endpoint.host.lines[0]).not.toHaveProperty('assigned');
  });
});

describe('a sticky split', () => {
  const half = { model_A: 50, model_B: 50 };

  test('gives a key its entity, whoever is beside it and whenever it comes', async () => {
    const endpoint = prices(TrafficSplit.sticky({ key: ['id'], weights: half }));
    const batch = await endpoint.post({ dataframe_records: RECORDS });
    const entities = batch.body.served_entities as string[];
    expect(new Set(entities)).toEqual(new Set(['model_A', 'model_B']));
    const again = await endpoint.post({ dataframe_records: [...RECORDS].reverse() });
    expect(again.body.served_entities).toEqual([...entities].reverse());
    for (const i of [0, 1, 2, 3])
      expect((await endpoint.post({ dataframe_records: [RECORDS[i]!] })).body.served_entities).toEqual([entities[i]]);
  });

  test('says of a record without the key that it was drawn, and of a forced one that it was', async () => {
    const endpoint = prices(TrafficSplit.sticky({ key: ['id'], weights: { model_A: 100, model_B: 0 }, forced: { model_B: ['a%7Cb'] } }));
    const record = RECORDS[0]!;
    const records = [record, { ...record, id: 'a|b' }, { ...record, id: null }, { ...record, id: '' }, { ...record, id: undefined }];
    const { body } = await endpoint.post({ dataframe_records: records });
    expect(body.served_entities).toEqual(['model_A', 'model_B', 'model_A', 'model_A', 'model_A']);
    expect(endpoint.host.lines).toMatchObject([
      { served_entity: 'model_A, model_B', assigned: { model_A: { sticky: 1, no_key: 3 }, model_B: { forced: 1 } } },
    ]);
  });

  test('by a header gives all records of a request one entity', async () => {
    const endpoint = prices(TrafficSplit.sticky({ header: 'X-User', weights: half, forced: { model_A: ['tester'] } }), {
      random: () => 0.9,
    });
    const entitiesOf = async (headers: Record<string, string>) => {
      const { body } = await endpoint.post({ dataframe_records: RECORDS.slice(0, 5) }, headers);
      const entities = new Set(body.served_entities as string[]);
      expect(entities.size).toBe(1);
      return [...entities][0];
    };
    const found = await Promise.all(Array.from({ length: 20 }, (_, i) => entitiesOf({ 'x-user': `user-${i}` })));
    expect(new Set(found)).toEqual(new Set(['model_A', 'model_B']));
    expect(await entitiesOf({ 'x-user': 'tester' })).toBe('model_A');
    expect(await entitiesOf({})).toBe('model_B');
    expect(endpoint.host.lines.at(-1)).toMatchObject({ assigned: { model_B: { no_key: 5 } } });
  });

  test('names a key in the log by a hash that is the same in every line', async () => {
    const endpoint = prices(TrafficSplit.sticky({ key: ['id'], weights: half }));
    await endpoint.post({ dataframe_records: RECORDS.slice(0, 2) });
    await endpoint.post({ dataframe_records: RECORDS.slice(1, 2) });
    const [both, second] = endpoint.host.lines.map((line) => line.key_hashes as string[]);
    expect(both).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/), second![0]]);
    expect(JSON.stringify(endpoint.host.lines)).not.toContain(RECORDS[0]!.id);
    expect(endpoint.host.lines.map(({ spec_hash }) => spec_hash)).toEqual([
      expect.stringMatching(/^[0-9a-f]{16}$/),
      endpoint.host.lines[0]!.spec_hash,
    ]);
  });
});

describe('entities that are not enabled', () => {
  const refused = (message: string) => ({ status: 403, body: { error_code: 'PERMISSION_DENIED', message } });

  test.each(['model_B', 'challenger'])('are refused by the name %s, with the reason', async (name) => {
    const endpoint = prices(TrafficSplit.all('model_A'), { modelB: { enabled: false } });
    expect(await ask(endpoint, name, RECORDS)).toMatchObject(refused("served entity 'model_B' of endpoint 'prices' is disabled"));
    expect(endpoint.host.lines).toMatchObject([{ status: 403, served_entity: 'model_B', error_code: 'PERMISSION_DENIED' }]);
  });

  test('leave their share to the others', async () => {
    const endpoint = prices(TrafficSplit.random({ weights: WEIGHTS }), { modelB: { enabled: false }, random: randoms(0, 0.5, 0.99) });
    const { body } = await endpoint.post({ dataframe_records: RECORDS.slice(0, 3) });
    expect(body.served_entities).toEqual(['model_A', 'model_A', 'model_A']);
  });

  test.each([
    ['of all traffic', TrafficSplit.all('model_B'), "served entity 'model_B' of endpoint 'prices' is disabled"],
    [
      'of every share',
      TrafficSplit.random({ weights: { model_A: 0, model_B: 100 } }),
      "every served entity that shares the traffic of endpoint 'prices' is disabled",
    ],
    [
      'of a forced key',
      TrafficSplit.sticky({ key: ['id'], weights: WEIGHTS, forced: { model_B: [RECORDS[1]!.id as string] } }),
      "row 1: served entity 'model_B' of endpoint 'prices' is disabled",
    ],
  ])('refuse requests: %s', async (_, traffic, message) => {
    const endpoint = prices(traffic, { modelB: { enabled: false } });
    expect(await endpoint.post({ dataframe_records: RECORDS.slice(0, 2) })).toMatchObject(refused(message));
  });

  test('an endpoint that is not refuses every request, alive as it is', async () => {
    const endpoint = prices(TrafficSplit.sticky({ key: ['id'], weights: WEIGHTS }), { enabled: false });
    for (const answer of [
      await endpoint.post('no JSON'),
      await ask(endpoint, 'model_A', RECORDS),
      await ask(endpoint, 'challenger', RECORDS),
    ])
      expect(answer).toMatchObject({ status: 403, body: { error_code: 'PERMISSION_DENIED', message: "endpoint 'prices' is disabled" } });
    expect((await endpoint.send(event('GET', '/'))).status).toBe(200);
    expect((await endpoint.send(event('GET', '/version'))).body.served_entities).toEqual([
      { served_entity: 'model_A', enabled: false },
      { served_entity: 'model_B', enabled: false },
    ]);
  });
});

describe('what a request must have', () => {
  const { neighborhood, ...withoutNeighborhood } = RECORDS[0]!;

  test('is what any entity needs, whoever answers', async () => {
    expect(neighborhood).toBeDefined();
    const endpoint = prices(TrafficSplit.all('model_A'));
    expect(await endpoint.post({ dataframe_records: [withoutNeighborhood] })).toMatchObject({
      status: 400,
      body: { message: "row 0, column 'neighborhood': expected a value, got: nothing" },
    });
  });

  test('is not what an entity needs that is not enabled', async () => {
    const endpoint = prices(TrafficSplit.all('model_A'), { modelB: { enabled: false } });
    expect((await endpoint.post({ dataframe_records: [withoutNeighborhood] })).status).toBe(200);
  });
});

describe('lookups of a split', () => {
  const MODEL = 'test/fixtures/house_price_b/model.onnx';

  /** Two entities that look up one table: the other one computes a column by a function that fails on a house of the age 13. */
  function houses(random: () => number) {
    const stack = testStack();
    const table = new FeatureTable(stack, 'Houses', {
      featureTableName: 'houses',
      primaryKey: [Column.string('id')],
      features: [Column.integer('year_built'), Column.float('gr_liv_area')],
    });
    const model = new Model(stack, 'Model').addVersion('1', { artifact: ModelArtifact.fromOnnx(MODEL) });
    const features = (expression: string) =>
      new FeatureSpec({
        requestColumns: [Column.integer('yr_sold')],
        lookups: [table.lookup({ lookupKey: ['id'] })],
        functions: [FeatureFunction.fromExpression({ expression, output: Column.integer('house_age') })],
      });
    new ServingEndpoint(stack, 'prices', {
      servedEntities: [
        ServedEntity.model('one', model, { features: features('yr_sold - year_built') }),
        ServedEntity.model('two', model, { features: features('yr_sold - year_built == 13 ? 1 / 0 : yr_sold - year_built') }),
      ],
      traffic: TrafficSplit.random({ weights: { one: 50, two: 50 } }),
    });
    const { folder, spec } = endpointFiles(stack);
    const rows = Array.from({ length: 6 }, (_, i) => ({ id: `h${i}`, year_built: 2000 + i, gr_liv_area: 1000 + i }));
    const reader = memoryReader({ physical: { spec: spec.tables[0]!, rows } });
    const host = testHost({ reader, random, env: { ML_SERVING_BINDINGS: JSON.stringify({ tables: { houses: 'physical' } }) } });
    return { endpoint: endpointOf(folder, host), reader };
  }

  const rest = {
    neighborhood: 'NAmes',
    overall_qual: 5,
    overall_cond: 5,
    full_bath: 1,
    total_bsmt_sf: 900,
    garage_cars: 1,
    lot_area: 9000,
  };
  const records = Array.from({ length: 6 }, (_, i) => ({ id: `h${i}`, yr_sold: 2010, ...rest }));

  test('are read at once for all entities', async () => {
    const { endpoint, reader } = houses(randoms(0.1, 0.9));
    const { body } = await endpoint.post({ dataframe_records: records });
    expect(body.served_entities).toEqual(['one', 'two', 'one', 'two', 'one', 'two']);
    expect(reader.calls.map((reads) => reads.map(({ keys }) => keys))).toEqual([
      [
        ['h0', 'h2', 'h4'],
        ['h1', 'h3', 'h5'],
      ],
    ]);
    const named = await ask(endpoint, 'one', records);
    expect(body.predictions).toEqual(named.body.predictions);
  });

  test('name the row of the request where one is refused', async () => {
    const { endpoint } = houses(randoms(0.1, 0.9));
    const unknown = records.map((record, i) => (i === 5 ? { ...record, id: 'nowhere' } : record));
    expect(await endpoint.post({ dataframe_records: unknown })).toMatchObject({
      status: 400,
      body: { message: "row 5, column 'year_built': expected a value, got: NOT_FOUND in 'houses' for id \"nowhere\"" },
    });
    const failing = records.map((record, i) => (i === 3 ? { ...record, yr_sold: 2016 } : record));
    expect(await endpoint.post({ dataframe_records: failing })).toMatchObject({
      status: 400,
      body: { message: "row 3: expected function 'house_age' to return a value, got: an error, which is in the log" },
    });
    expect(endpoint.host.lines.map(({ row }) => row)).toEqual([5, 3]);
  });
});

test('a split of feature specs answers features', async () => {
  const stack = testStack();
  const features = (expression: string) =>
    new FeatureSpec({
      requestColumns: [Column.integer('x')],
      functions: [FeatureFunction.fromExpression({ expression, output: Column.integer('y') })],
    });
  new ServingEndpoint(stack, 'prices', {
    servedEntities: [ServedEntity.featureSpec('plus', features('x + 1')), ServedEntity.featureSpec('minus', features('x - 1'))],
    traffic: TrafficSplit.random({ weights: { plus: 50, minus: 50 } }),
  });
  const { post } = endpointOf(endpointFiles(stack).folder, testHost({ random: randoms(0.9, 0.1) }));
  expect((await post({ dataframe_records: [{ x: 10 }, { x: 20 }, {}] })).body).toEqual({
    outputs: [
      { x: 10, y: 9 },
      { x: 20, y: 21 },
      { x: null, y: null },
    ],
    feature_states: [{}, {}, { x: 'NULL_VALUE', y: 'NULL_VALUE' }],
    served_entities: ['minus', 'plus', 'minus'],
  });
});

test('entities may have the names of what every object has', async () => {
  const stack = testStack();
  const features = new FeatureSpec({ requestColumns: [Column.integer('x')] });
  new ServingEndpoint(stack, 'prices', {
    servedEntities: ['constructor', 'toString'].map((name) => ServedEntity.featureSpec(name, features)),
    traffic: TrafficSplit.random({ weights: { constructor: 50, toString: 50 } }),
  });
  const endpoint = endpointOf(endpointFiles(stack).folder, testHost({ random: randoms(0.9, 0.1) }));
  const { body } = await endpoint.post({ dataframe_records: [{ x: 10 }, { x: 20 }, { x: 30 }] });
  expect(body.served_entities).toEqual(['toString', 'constructor', 'toString']);
  expect((await ask(endpoint, 'constructor', [{ x: 1 }])).status).toBe(200);
  expect((await ask(endpoint, 'valueOf', [{ x: 1 }])).status).toBe(404);
  expect(endpoint.host.lines.slice(0, 2).map(({ assigned, entity_rows: rows }) => JSON.stringify({ assigned, rows }))).toEqual([
    '{"assigned":{"toString":{"random":2},"constructor":{"random":1}},"rows":{"toString":2,"constructor":1}}',
    '{"assigned":{"constructor":{"named":1}},"rows":{"constructor":1}}',
  ]);
});
