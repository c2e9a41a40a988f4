// Tensors of all types and shapes, through the handler: the fixtures' models beside the six of fixtures.test.ts.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixtureCases, fixtureModel, modelEndpoint, removeAssets, writeAsset } from '../../helpers/endpoint-asset';
import { onnxOf } from '../../helpers/onnx';
import { expectClose } from '../../helpers/expect-close';
import { endpointOf, type TestEndpoint } from '../../helpers/http-api';

afterAll(removeAssets);

function endpoint(name: string, outputs?: readonly string[]): TestEndpoint {
  const { model, files } = fixtureModel(name, { outputs });
  const spec = modelEndpoint(model);
  const requestColumns = spec.requestColumns.map((column) => ({
    ...column,
    nullable: column.type === 'float' || column.type === 'double',
  }));
  return endpointOf(writeAsset({ ...spec, requestColumns }, files));
}

const DTYPES = readdirSync(join(__dirname, '..', '..', 'fixtures', 'dtypes')).map((name) => `dtypes/${name}`);
const MODELS = [
  ...['external_data', 'fixed_batch', 'image_conv', 'iris_forest_zipmap', 'legacy_ir3', 'lgbm_house', 'mlp_dynamic', 'multi_input_named'],
  ...['newest_opset', 'odd_names', 'text_strings', 'tiny_transformer', 'xgb_clf'],
  ...DTYPES,
];

describe.each(MODELS)('%s', (name) => {
  const { cases, tolerance } = fixtureCases(name);
  const { post } = endpoint(name);

  test('answers every case, alone and as one batch', async () => {
    const together = await post({ dataframe_records: cases.map(({ row }) => row) });
    expect(together.body).toEqual({ predictions: expect.any(Array) as unknown[] });
    for (const [i, { row, expected }] of cases.entries()) {
      const alone = await post({ dataframe_records: [row] });
      expect(alone.body).toEqual({ predictions: [expect.anything()] });
      expectClose((alone.body.predictions as unknown[])[0], expected, tolerance);
      expectClose((together.body.predictions as unknown[])[i], expected, tolerance);
    }
  });
});

describe('an output without a batch axis', () => {
  const { post } = endpoint('scalar_output');

  test('is answered for one record', async () => {
    expect((await post({ instances: [3] })).body).toEqual({ predictions: [{ y: 6, batch_mean: 3 }] });
  });

  test('fails on more than one, and names `outputs`', async () => {
    expect(await post({ instances: [3, 5] })).toMatchObject({
      status: 400,
      body: {
        error_code: 'INVALID_PARAMETER_VALUE',
        message:
          "expected one record at a time, because output 'batch_mean' has no batch axis (`outputs` of the model chooses which are answered), got: 2 records",
      },
    });
  });

  test('can be left out', async () => {
    expect((await endpoint('scalar_output', ['y']).post({ instances: [3, 5] })).body).toEqual({ predictions: [6, 10] });
  });
});

test('an output of as many values as there are records is not taken for one with a batch axis', async () => {
  const content = onnxOf({
    inputs: [{ name: 'x', shape: ['n'] }],
    outputs: [
      { name: 'y', shape: ['n'] },
      { name: 'weights', shape: [2] },
    ],
    nodes: [
      { opType: 'Identity', inputs: ['x'], outputs: ['y'] },
      { opType: 'Identity', inputs: ['w'], outputs: ['weights'] },
    ],
    initializers: [{ name: 'w', dims: [2], values: [0.25, 0.75] }],
  });
  const spec = modelEndpoint({
    modelName: 'm',
    version: '1',
    scorer: { kind: 'file', file: 'model.onnx' },
    inputs: [{ name: 'x', type: 'float32', shape: [null], layout: 'column', columns: [{ name: 'x', type: 'float' }] }],
    outputs: [
      { name: 'y', type: 'float32', shape: [null] },
      { name: 'weights', type: 'float32', shape: [2] },
    ],
  });
  const { post } = endpointOf(writeAsset(spec, { 'model.onnx': { content } }));
  expect((await post({ instances: [3] })).body).toEqual({ predictions: [{ y: 3, weights: [0.25, 0.75] }] });
  expect(await post({ instances: [3, 5] })).toMatchObject({
    status: 400,
    body: {
      message:
        "expected one record at a time, because output 'weights' has no batch axis (`outputs` of the model chooses which are answered), got: 2 records",
    },
  });
});

test.each<[string, (number | null)[], (string | number)[], unknown]>([
  ['[N, ?] is a list', [null, null], ['n', 'k'], [[3], [5]]],
  ['[N, 1] is a scalar', [null, 1], ['n', 1], [3, 5]],
  ['[N] is a scalar', [null], ['n'], [3, 5]],
])('one element of an output declared %s', async (_, shape, declared, predictions) => {
  const content = onnxOf({
    inputs: [{ name: 'x', shape: ['n', 1] }],
    outputs: [{ name: 'y', shape: declared }],
    nodes:
      shape.length === 1 ? [{ opType: 'Squeeze', inputs: ['x'], outputs: ['y'] }] : [{ opType: 'Identity', inputs: ['x'], outputs: ['y'] }],
  });
  const spec = modelEndpoint({
    modelName: 'm',
    version: '1',
    scorer: { kind: 'file', file: 'model.onnx' },
    inputs: [{ name: 'x', type: 'float32', shape: [null, 1], layout: 'matrix', columns: [{ name: 'x', type: 'float' }] }],
    outputs: [{ name: 'y', type: 'float32', shape }],
  });
  const { post } = endpointOf(writeAsset(spec, { 'model.onnx': { content } }));
  expect((await post({ instances: [3, 5] })).body).toEqual({ predictions });
});

test('fails on a string with U+0000, which the model would get cut', async () => {
  const folder = 'test/fixtures/reports/serve_nul_in_string';
  const spec = modelEndpoint({
    modelName: 'm',
    version: '1',
    scorer: { kind: 'file', file: 'model.onnx' },
    inputs: [{ name: 't', type: 'string', shape: [null, 1], layout: 'matrix', columns: [{ name: 't', type: 'string' }] }],
    outputs: [{ name: 'y', type: 'float32', shape: [null, 1] }],
  });
  const { post } = endpointOf(writeAsset(spec, { 'model.onnx': { from: join(process.cwd(), folder, 'eqa.onnx') } }));
  expect(await post(JSON.parse(readFileSync(`${folder}/request.json`, 'utf8')))).toMatchObject({
    status: 400,
    body: {
      message: 'row 0, column \'t\': expected a string without the character U+0000, which a string tensor cannot hold, got: "a\\u0000b"',
    },
  });
  expect((await post({ instances: ['a', 'b'] })).body).toEqual({ predictions: [1, 0] });
});

describe('values that a tensor cannot hold', () => {
  const column = (name: string) => `row 0, column '${name}'`;
  test.each<[string, unknown, string]>([
    ['uint8_in', 256, 'expected a whole number from 0 to 255, which a uint8 tensor holds, got: 256'],
    ['int8_in', -129, 'expected a whole number from -128 to 127, which an int8 tensor holds, got: -129'],
    ['uint16_in', -1, 'expected a whole number from 0 to 65535, which a uint16 tensor holds, got: -1'],
    ['int16_in', 32768, 'expected a whole number from -32768 to 32767, which an int16 tensor holds, got: 32768'],
    ['uint32_in', 4294967296, 'expected a whole number from 0 to 4294967295, which a uint32 tensor holds, got: 4294967296'],
    ['uint64_in', -1, 'expected a whole number from 0 to 2^64-1, got: -1'],
    ['float16_in', 65505, 'expected a number from -65504 to 65504, which a float16 tensor holds, got: 65505'],
    ['float32_in', 3.5e38, 'expected a number in the range of a 32-bit float, got: 3.5e+38'],
    ['string_in', 5, 'expected a string, got: 5'],
    ['bool_in', 1, 'expected true or false, got: 1'],
    ['int64_in', '9223372036854775808', 'expected a whole number from -2^63 to 2^63-1, got: "9223372036854775808"'],
    ['int64_in', null, 'expected a value, got: null'],
  ])('fails in %s on %j', async (name, value, message) => {
    expect(await endpoint(`dtypes/${name}`).post({ dataframe_records: [{ x: value }] })).toMatchObject({
      status: 400,
      body: { error_code: 'INVALID_PARAMETER_VALUE', message: `${column('x')}: ${message}` },
    });
  });
});

describe('values that a graph cannot take', () => {
  const { post, host } = endpoint('tiny_transformer');
  const tokens = (...ids: number[]) => ({ input_ids: ids, attention_mask: ids.map(() => 1) });

  test('fails with the row whose index is out of the vocabulary', async () => {
    expect(await post({ dataframe_records: [tokens(1, 2), tokens(3, 1_000_000)] })).toMatchObject({
      status: 400,
      body: {
        error_code: 'INVALID_PARAMETER_VALUE',
        message:
          'row 1: expected values that model tiny_transformer version 1 accepts, got: values that ONNX Runtime refuses in an operator of type Gather',
      },
    });
    expect(host.lines.at(-1)).toMatchObject({ status: 400, row: 1, Refusals: 1, Errors: 0 });
  });

  test('fails with the row whose inputs do not fit each other', async () => {
    const unequal = { input_ids: [1, 2, 3], attention_mask: [1, 1] };
    expect(await post({ dataframe_records: [unequal] })).toMatchObject({
      status: 400,
      body: {
        message:
          'row 0: expected values that model tiny_transformer version 1 accepts, got: values that ONNX Runtime refuses in an operator of type Add',
      },
    });
  });

  test('groups rows of unlike length, and answers them in order', async () => {
    const rows = [tokens(1, 2, 3), tokens(4), tokens(5, 6, 7), tokens(8)];
    const together = (await post({ dataframe_records: rows })).body.predictions as { last_hidden_state: unknown[] }[];
    expect(together.map((prediction) => prediction.last_hidden_state.length)).toEqual([3, 1, 3, 1]);
  });
});
