// Routines around real models, through the handler: what they are given, what is made of what they give, and whose fault an error is.
import { App, Stack } from 'aws-cdk-lib';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Column, ElementType, FeatureFunction, FeatureSpec, Model, ModelArtifact, type ModuleRoutineOptions, Routine } from '../../../lib';
import { resolveFeatures } from '../../../lib/features/resolve-features';
import { type EndpointSpec, SPEC_VERSION } from '../../../lib/contract/endpoint-spec';
import { HOUSE_COLUMNS } from '../../helpers/app';
import { fixtureCases, removeAssets, writeAsset } from '../../helpers/endpoint-asset';
import { expectClose } from '../../helpers/expect-close';
import { folderOf } from '../../helpers/folder';
import { endpointOf, type TestEndpoint } from '../../helpers/http-api';

afterAll(removeAssets);

const FIXTURES = 'test/fixtures';
const houses = ModelArtifact.fromOnnx(`${FIXTURES}/house_price_a/model.onnx`, { columns: HOUSE_COLUMNS.map((name) => Column.float(name)) });

/** The handler of a model version with a routine of this text, as the constructs package it. */
function served(text: string, artifact: ModelArtifact, options: Omit<ModuleRoutineOptions, 'entry'>, features?: FeatureSpec): TestEndpoint {
  const stack = new Stack(new App(), 'App');
  const entry = join(folderOf({ 'price.js': text }), 'price.js');
  const version = new Model(stack, 'Model').addVersion('1', { artifact, routine: Routine.fromModule({ entry, ...options }) });
  const { spec: model, files } = version._package(stack);
  const resolved = resolveFeatures(features?._render(stack), model);
  expect(resolved.findings).toEqual([]);
  const spec: EndpointSpec = {
    specVersion: SPEC_VERSION,
    endpointName: 'test',
    tables: [],
    requestColumns: resolved.requestColumns,
    servedEntities: [{ kind: 'model', name: 'model_A', model, features: resolved.features }],
  };
  const assetFiles = files.map(({ path, source }) => [path, typeof source === 'string' ? { from: source } : { content: source }]);
  const folder = writeAsset(spec, Object.fromEntries(assetFiles));
  writeFileSync(join(folder, 'index.js'), '');
  return endpointOf(folder);
}

const mutable = () => [
  Column.array('list', ElementType.INTEGER, { shape: [-1], defaultValue: [] }),
  Column.binary('bytes', { defaultValue: 'AQ==' }),
];

const { cases, tolerance } = fixtureCases('house_price_a');
const HOUSE = cases[0]!.row as Record<string, number>;

describe('around a model', () => {
  const text = `
    exports.preprocess = ({ year_built, yr_sold, lot_acres }) => ({
      house_age: yr_sold - year_built,
      lot_area: lot_acres === null ? undefined : lot_acres * 43560,
    });
    exports.postprocess = ({ variable }, { currency, yr_sold }) =>
      ({ price: currency === 'EUR' ? variable / 2 : variable, currency, exact: BigInt(yr_sold) * 10n ** 15n });`;
  const endpoint = served(text, houses, {
    preprocess: {
      inputs: [Column.integer('year_built'), Column.integer('yr_sold'), Column.double('lot_acres', { nullable: true })],
      outputs: [Column.integer('house_age'), Column.double('lot_area', { defaultValue: 10_000 })],
    },
    postprocess: {
      inputs: [Column.string('currency', { defaultValue: 'USD' }), Column.integer('yr_sold')],
      outputs: [Column.double('price'), Column.string('currency'), Column.long('exact')],
    },
  });
  const outside = ({ house_age, lot_area, ...rest }: Record<string, number>) => ({
    ...rest,
    yr_sold: 2010,
    year_built: 2010 - house_age!,
    lot_acres: lot_area! / 43_560,
  });

  test('every case is answered through it, alone and in a batch', async () => {
    const whole = cases.filter(({ row }) => Number.isInteger(row.house_age) && (row.lot_area as number) > 0);
    expect(whole.length).toBeGreaterThan(30);
    const records = whole.map(({ row }) => outside(row as Record<string, number>));
    const { status, body } = await endpoint.post({ dataframe_records: records });
    expect(status).toBe(200);
    (body.predictions as Record<string, unknown>[]).forEach(({ price, currency, exact }, i) => {
      expect([currency, exact]).toEqual(['USD', '2010000000000000000']);
      expectClose(price, { price: (whole[i]!.expected.variable as number[])[0] }, tolerance);
    });
    expect(await endpoint.post({ dataframe_records: records.slice(0, 1) })).toEqual({
      status,
      headers: { 'content-type': 'application/json', 'served-model-name': 'model_A' },
      body: { predictions: (body.predictions as unknown[]).slice(0, 1) },
    });
  });

  test('it is given nulls and defaults, and its own null becomes its default', async () => {
    const record = outside({ ...HOUSE, lot_area: 10_000 });
    const { body } = await endpoint.post({ dataframe_records: [record, { ...record, lot_acres: null }, { ...record, currency: 'EUR' }] });
    const [whole, missing, euros] = body.predictions as { price: number; currency: string }[];
    expect(missing).toEqual(whole);
    expect(euros).toEqual({ ...whole, currency: 'EUR', price: whole!.price / 2 });
  });

  test('the steps of the log say how long it took', async () => {
    await endpoint.post({ dataframe_records: [outside(HOUSE)] });
    expect(Object.keys(endpoint.host.lines.at(-1)!.steps as object)).toEqual([
      'decode',
      'validate',
      'join',
      'compute',
      'preprocess',
      'score',
      'postprocess',
      'encode',
    ]);
  });

  test('a value that its column does not hold is the fault of the request', async () => {
    const { status, body } = await endpoint.post({ dataframe_records: [outside(HOUSE), { ...outside(HOUSE), yr_sold: 'x' }] });
    expect(status).toBe(400);
    expect(body).toEqual({
      error_code: 'INVALID_PARAMETER_VALUE',
      message: 'row 1, column \'yr_sold\': expected a whole number from -2147483648 to 2147483647, got: "x"',
    });
  });
});

describe('what it is given', () => {
  /** Answers what it is given, in JavaScript's own words. */
  const show = `
    const text = (value) => JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? inner + 'n' : inner));
    exports.postprocess = (outputs, row) => ({ shown: text([outputs, row]) });`;
  const shown = { outputs: [Column.string('shown')] };

  test('numbers, bigints, booleans and strings of the outputs; columns as they are declared', async () => {
    const endpoint = served(show, ModelArtifact.fromOnnx(`${FIXTURES}/multi_output/model.onnx`), {
      postprocess: { ...shown, inputs: [Column.long('quantity'), Column.array('prices', ElementType.DOUBLE, { shape: [2] })] },
    });
    const { body } = await endpoint.post({ dataframe_records: [{ quantity: 5, prices: [2.5, 24], is_member: true }] });
    const [[outputs, row]] = (body.predictions as string[]).map((text) => JSON.parse(text));
    expect(outputs).toEqual({ total: expect.closeTo(119.25, 6), free_shipping: true, tier: 'many' });
    expect(row).toEqual({ quantity: '5n', prices: [2.5, 24] });
  });

  test('an object by class, and the label as a bigint', async () => {
    const { columns, cases } = fixtureCases('breast_cancer_zipmap');
    const endpoint = served(
      'exports.postprocess = ({ output_label, output_probability }) => ({ benign: output_label === 1n, p: output_probability["1"] })',
      ModelArtifact.fromOnnx(`${FIXTURES}/breast_cancer_zipmap/model.onnx`, { columns: columns!.map((name) => Column.float(name)) }),
      { postprocess: { outputs: [Column.boolean('benign'), Column.float('p')] } },
    );
    const rows = cases.slice(0, 5);
    const { body } = await endpoint.post({ dataframe_records: rows.map(({ row }) => row) });
    rows.forEach(({ expected }, i) => {
      const p = (expected.output_probability as Record<string, number>)['1'];
      expectClose((body.predictions as unknown[])[i], { benign: expected.output_label === 1, p }, { rtol: 1e-3, atol: 1e-4 });
    });
  });

  test.each([
    ['float16_in', '1.5', 1.5, Column.float('x')],
    ['uint32_in', '7n', 7, Column.long('x')],
    ['int32_in', '7', 7, Column.integer('x')],
    ['bool_in', 'true', true, Column.boolean('x')],
  ])('%s as %s', async (name, text, value, column) => {
    const endpoint = served(
      'exports.postprocess = ({ y }) => ({ shown: typeof y === "bigint" ? y + "n" : String(y) })',
      ModelArtifact.fromOnnx(`${FIXTURES}/dtypes/${name}/model.onnx`, { columns: [column] }),
      { postprocess: shown },
    );
    expect((await endpoint.post({ dataframe_records: [{ x: value }] })).body).toEqual({ predictions: [text] });
  });

  test('the values of functions and the columns of the request, converted to what it declares', async () => {
    const features = new FeatureSpec({
      requestColumns: [Column.integer('whole'), Column.array('several', ElementType.INTEGER, { shape: [2] })],
      functions: [FeatureFunction.fromExpression({ expression: 'whole + 1', output: Column.integer('next') })],
    });
    const endpoint = served(
      'exports.preprocess = ({ whole, next, several }) => ({ x: Number(whole + next + several[0] + several[1]) })',
      ModelArtifact.fromOnnx(`${FIXTURES}/scalar_output/model.onnx`, { columns: [Column.float('x')], outputs: ['y'] }),
      {
        preprocess: {
          inputs: [Column.long('whole'), Column.long('next'), Column.array('several', ElementType.LONG, { shape: [2] })],
          outputs: [Column.float('x')],
        },
      },
      features,
    );
    expect((await endpoint.post({ dataframe_records: [{ whole: 3, several: [10, 20] }] })).body).toEqual({
      predictions: [2 * (3 + 4 + 30)],
    });
  });

  test('a long that an integer column of it does not hold is the fault of the request', async () => {
    const endpoint = served(
      'exports.preprocess = ({ n }) => ({ x: n })',
      ModelArtifact.fromOnnx(`${FIXTURES}/scalar_output/model.onnx`, { columns: [Column.float('x')], outputs: ['y'] }),
      { preprocess: { inputs: [Column.integer('n')], outputs: [Column.float('x')] } },
      new FeatureSpec({ requestColumns: [Column.long('n')] }),
    );
    expect(await endpoint.post({ dataframe_records: [{ n: 1 }, { n: 2 ** 40 }] })).toMatchObject({
      status: 400,
      body: {
        error_code: 'INVALID_PARAMETER_VALUE',
        message:
          "row 1, column 'n': expected a whole number from -2147483648 to 2147483647, which an integer column holds, got: 1099511627776",
      },
    });
  });

  test('the params of the model, with their defaults', async () => {
    const endpoint = served(
      `exports.preprocess = ({ id }, { scale }) => ({ lot_area: Number(id) * scale });
       exports.postprocess = (outputs, row, params) => ({ shown: JSON.stringify([Object.keys(outputs), row, params]) });`,
      ModelArtifact.fromMlflow(`${FIXTURES}/mlflow/mlflow_onnx_params_optional`),
      { preprocess: { inputs: [Column.long('id')], outputs: [Column.double('lot_area')] }, postprocess: shown },
    );
    const { lot_area, ...record } = HOUSE;
    expect(lot_area).toBeDefined();
    const ask = async (params: object) => {
      const { body } = await endpoint.post({ dataframe_records: [{ ...record, id: 10_000 }], params });
      return JSON.parse((body.predictions as string[])[0]!);
    };
    const [outputs, row, defaults] = await ask({});
    expect([outputs, row]).toEqual([['variable'], {}]);
    expect(defaults).toEqual({ currency: 'USD', scale: 1 });
    expect(await ask({ scale: 0.5 })).toEqual([outputs, row, { currency: 'USD', scale: 0.5 }]);
  });

  test('lists and bytes that it may change: no row, step or request gets them changed', async () => {
    const endpoint = served(
      `const use = ({ list, bytes }) => { list.push(1); bytes[0] += 1; return list.length + bytes[0]; };
       exports.preprocess = (row) => ({ x: use(row) });
       exports.postprocess = ({ y }, row) => ({ y, n: use(row) });`,
      ModelArtifact.fromOnnx(`${FIXTURES}/scalar_output/model.onnx`, { outputs: ['y'] }),
      {
        preprocess: { inputs: mutable(), outputs: [Column.float('x')] },
        postprocess: { inputs: mutable(), outputs: [Column.float('y'), Column.integer('n')] },
      },
    );
    for (let request = 0; request < 2; request++) {
      const { body } = await endpoint.post({ dataframe_records: [{}, {}] });
      expect(body).toEqual({ predictions: new Array(2).fill({ y: 6, n: 3 }) });
    }
  });

  test('an object that it may change: another row is not touched', async () => {
    const endpoint = served(
      'exports.preprocess = (row) => { row.n += 1; return { x: row.n }; }; exports.postprocess = ({ y }, { n }) => ({ y, n });',
      ModelArtifact.fromOnnx(`${FIXTURES}/scalar_output/model.onnx`, { outputs: ['y'] }),
      {
        preprocess: { inputs: [Column.integer('n')], outputs: [Column.float('x')] },
        postprocess: { inputs: [Column.integer('n')], outputs: [Column.float('y'), Column.integer('n')] },
      },
    );
    expect((await endpoint.post({ dataframe_records: [{ n: 1 }, { n: 2 }] })).body).toEqual({
      predictions: [
        { y: 4, n: 1 },
        { y: 6, n: 2 },
      ],
    });
  });

  test('rows of unlike shape, each with its own outputs', async () => {
    const endpoint = served(
      `exports.preprocess = ({ text }) => { const ids = [...text].map((c) => BigInt(c.charCodeAt(0) % 20)); return { input_ids: ids, attention_mask: ids.map(() => 1n) }; };
       exports.postprocess = ({ last_hidden_state }, { text }) => ({ text, tokens: last_hidden_state.length });`,
      ModelArtifact.fromOnnx(`${FIXTURES}/tiny_transformer/model.onnx`),
      {
        preprocess: {
          inputs: [Column.string('text')],
          outputs: ['input_ids', 'attention_mask'].map((name) => Column.array(name, ElementType.LONG, { shape: [-1] })),
        },
        postprocess: { inputs: [Column.string('text')], outputs: [Column.string('text'), Column.integer('tokens')] },
      },
    );
    const texts = ['abc', 'a', 'xyz', 'hello'];
    expect((await endpoint.post({ dataframe_records: texts.map((text) => ({ text })) })).body).toEqual({
      predictions: texts.map((text) => ({ text, tokens: text.length })),
    });
  });
});

describe('what it answers', () => {
  const answering = (text: string, ...outputs: Column[]) =>
    served(
      `exports.postprocess = ({ y }) => (${text})`,
      ModelArtifact.fromOnnx(`${FIXTURES}/scalar_output/model.onnx`, { outputs: ['y'] }),
      { postprocess: { outputs } },
    );
  const ask = async (endpoint: TestEndpoint) => (await endpoint.post({ dataframe_records: [{ x: 1 }] })).body;

  test.each([
    ['a value alone', '{ y, more: 1 }', [Column.float('y')], 2],
    ['an object of several', '{ b: "x", a: y }', [Column.double('a'), Column.string('b')], { a: 2, b: 'x' }],
    ['null where it may be', '{ y: null }', [Column.float('y', { nullable: true })], null],
    ['null for what is not there', '{}', [Column.float('y', { nullable: true })], null],
    ['null for NaN', '{ y: NaN }', [Column.float('y', { nullable: true })], null],
    ['a default for null', '{ y: null }', [Column.float('y', { defaultValue: -1 })], -1],
    ['an infinity', '{ y: -Infinity }', [Column.float('y')], '-Infinity'],
    [
      'lists',
      '{ y: [[y, 1], [2, 3]] }',
      [Column.array('y', ElementType.DOUBLE, { shape: [-1, 2] })],
      [
        [2, 1],
        [2, 3],
      ],
    ],
    ['bytes', '{ y: new Uint8Array([1, 2]) }', [Column.binary('y')], 'AQI='],
    [
      'a day and an instant',
      '{ d: "2024-02-29", t: 0n }',
      [Column.date('d'), Column.timestamp('t')],
      { d: '2024-02-29', t: '1970-01-01T00:00:00Z' },
    ],
    [
      'a column named __proto__',
      '{ ["__proto__"]: y, a: 1 }',
      [Column.float('__proto__'), Column.integer('a')],
      JSON.parse('{"__proto__":2,"a":1}'),
    ],
  ])('%s', async (_, text, outputs, prediction) => {
    expect(await ask(answering(text, ...outputs))).toEqual({ predictions: [prediction] });
  });

  test('nothing for no records', async () => {
    expect((await answering('{ y }', Column.float('y')).post({ dataframe_records: [] })).body).toEqual({ predictions: [] });
  });
});

describe('an error', () => {
  const step = { inputs: [Column.integer('n')], outputs: [Column.float('x')] };
  const artifact = ModelArtifact.fromOnnx(`${FIXTURES}/scalar_output/model.onnx`, { outputs: ['y'] });
  const failing = (text: string, outputs = step.outputs) =>
    served(`exports.preprocess = ({ n }) => { if (n === 7) { ${text} } return { x: n }; }`, artifact, { preprocess: { ...step, outputs } });
  const ask = (endpoint: TestEndpoint) => endpoint.post({ dataframe_records: [{ n: 1 }, { n: 7 }, { n: 7 }] });

  test.each([
    ["throw Object.assign(new Error('n must not be 7'), { status: 400 })", 'n must not be 7'],
    ["throw Object.assign(new RangeError('first\\nsecond'), { status: 400 })", 'first'],
    ["throw { status: 400, message: 'no error at all' }", 'no error at all'],
    ["throw Object.assign(new Error('x'.repeat(300)), { status: 400 })", `${'x'.repeat(200)}…`],
  ])('that blames the row is a 400 with its message: %s', async (text, message) => {
    expect(await ask(failing(text))).toMatchObject({
      status: 400,
      body: {
        error_code: 'INVALID_PARAMETER_VALUE',
        message: `row 1: expected values that preprocess of routine 'price' takes, got: its refusal: ${message}`,
      },
    });
  });

  test.each([
    ["throw new Error('secret')", 'Error: secret'],
    ["throw Object.assign(new Error('secret'), { status: 500 })", 'Error: secret'],
    ["throw 'secret'", 'secret'],
    ['throw null', 'null'],
    ['n.missing.part', "TypeError: Cannot read properties of undefined (reading 'part')"],
  ])('that does not is a 500 that says nothing of it: %s', async (text, logged) => {
    const endpoint = failing(text);
    expect(await ask(endpoint)).toMatchObject({
      status: 500,
      body: {
        error_code: 'INTERNAL_ERROR',
        message: "row 1: expected preprocess of routine 'price' to return an object of its outputs, got: an error, which is in the log",
      },
    });
    expect(endpoint.host.lines.at(-1)).toMatchObject({ status: 500, Errors: 1, row: 1, error_code: 'INTERNAL_ERROR', reason: [logged] });
  });

  test.each([
    ['return 7', 'to return an object of its outputs, got: a number out of range'],
    ['return null', 'to return an object of its outputs, got: null'],
    ['return', 'to return an object of its outputs, got: nothing'],
    ['return Promise.resolve({ x: 7 })', 'to return an object of its outputs, got: a promise'],
    ["return { x: 'secret' }", "to return float as 'x', got: a string"],
    ['return { x: true }', "to return float as 'x', got: a boolean"],
    ['return { x: 1e39 }', "to return float as 'x', got: a number out of range"],
    ['return { x: [7] }', "to return float as 'x', got: a list"],
    ['return { x: { y: 7 } }', "to return float as 'x', got: an object"],
    ['return { x: () => 7 }', "to return float as 'x', got: a function"],
    ['return {}', "to return a value as 'x', got: nothing"],
    ['return { x: null }', "to return a value as 'x', got: null"],
    ['return { x: NaN }', "to return a value as 'x', got: NaN"],
  ])('of its result is a 500: %s', async (text, message) => {
    expect(await ask(failing(text))).toMatchObject({
      status: 500,
      body: { error_code: 'INTERNAL_ERROR', message: `row 1: expected preprocess of routine 'price' ${message}` },
    });
  });

  test('of a value that the tensor of the model does not hold is its own', async () => {
    expect(await ask(failing('return { x: 1e39 }', [Column.double('x')]))).toMatchObject({
      status: 500,
      body: {
        error_code: 'INTERNAL_ERROR',
        message:
          "row 1: expected preprocess of routine 'price' to return a value of 'x' in the range of its tensor, got: a value out of range",
      },
    });
  });

  test('after the model names that step', async () => {
    const endpoint = served('exports.postprocess = ({ y }) => ({ n: y })', artifact, { postprocess: { outputs: [Column.integer('n')] } });
    expect(await endpoint.post({ dataframe_records: [{ x: 1 }, { x: 0.25 }] })).toMatchObject({
      status: 500,
      body: {
        error_code: 'INTERNAL_ERROR',
        message: "row 1: expected postprocess of routine 'price' to return integer as 'n', got: a number out of range",
      },
    });
  });
});
