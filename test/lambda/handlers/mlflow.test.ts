// MLflow directories through the handler, held against what the library of the model they were made from answered.
import { fixtureCases, modelEndpoint, removeAssets, writeAsset } from '../../helpers/endpoint-asset';
import { expectClose } from '../../helpers/expect-close';
import { endpointOf, type TestEndpoint } from '../../helpers/http-api';
import { MLFLOW, mlflowFolder, mlflowPackage, mlmodel } from '../../helpers/mlflow';
import { readFileSync } from 'node:fs';

afterAll(removeAssets);

type Row = Readonly<Record<string, unknown>>;

const asArray = (name: string, columns: readonly string[]) => (row: Row) => ({ [name]: columns.map((column) => row[column]) });
const asItIs = (row: Row) => row;

const DIRECTORIES: [directory: string, madeFrom: string, record: (row: Row) => Row][] = [
  ['mlflow_onnx_house', 'house_price_b', asItIs],
  ['mlflow_onnx_house_matrix', 'house_price_a', asItIs],
  ['mlflow_onnx_v2', 'house_price_a', asItIs],
  ['mlflow_onnx_params_optional', 'house_price_a', asItIs],
  ['mlflow_onnx_tensor_signature', 'mlp_dynamic', asItIs],
  ['mlflow_onnx_unnamed_tensor', 'mlp_dynamic', asItIs],
  ['mlflow_onnx_no_signature', 'house_price_a', asArray('float_input', fixtureCases('house_price_a').columns!)],
  ['mlflow_onnx_external_data', 'external_data', asArray('x', fixtureCases('external_data').columns!)],
];

function endpointFor(path: string): TestEndpoint {
  const { spec, files } = mlflowPackage(path);
  const contents = files.map(({ path, source }) => [path, typeof source === 'string' ? { from: source } : { content: source }] as const);
  return endpointOf(writeAsset(modelEndpoint(spec), Object.fromEntries(contents)));
}

describe.each(DIRECTORIES)('%s', (directory, madeFrom, record) => {
  const { cases, tolerance } = fixtureCases(madeFrom);
  let endpoint: TestEndpoint;
  beforeAll(() => void (endpoint = endpointFor(`${MLFLOW}/${directory}`)));

  test('answers every case as a request of its own', async () => {
    for (const { row, expected } of cases) {
      const { status, body } = await endpoint.post({ dataframe_records: [record(row)] });
      expect(body).toEqual({ predictions: [expect.anything()] });
      expect(status).toBe(200);
      expectClose((body.predictions as unknown[])[0], expected, tolerance);
    }
  });

  test('answers all cases as one batch', async () => {
    const { status, body } = await endpoint.post({ dataframe_records: cases.map(({ row }) => record(row)) });
    expect(status).toBe(200);
    const predictions = body.predictions as unknown[];
    expect(predictions).toHaveLength(cases.length);
    cases.forEach(({ expected }, i) => expectClose(predictions[i], expected, tolerance));
  });
});

test('a double of the signature that the float of the model cannot hold is refused', async () => {
  const { row } = fixtureCases('house_price_b').cases[0]!;
  const { status, body } = await endpointFor(`${MLFLOW}/mlflow_onnx_house`).post({ dataframe_records: [row, { ...row, lot_area: 1e39 }] });
  expect(status).toBe(400);
  expect(body).toEqual({
    error_code: 'INVALID_PARAMETER_VALUE',
    message: "row 1, column 'lot_area': expected a number in the range of a 32-bit float, got: 1e+39",
  });
});

test('a column that is not required may be null or left out, one that is may not', async () => {
  const endpoint = endpointFor(`${MLFLOW}/mlflow_onnx_params_optional`);
  const { row } = fixtureCases('house_price_a').cases[0]!;
  const rest = Object.fromEntries(Object.entries(row).filter(([name]) => name !== 'mo_sold'));
  const [withNull, without] = [await endpoint.post({ instances: [{ ...row, mo_sold: null }] }), await endpoint.post({ instances: [rest] })];
  expect(withNull).toMatchObject({ status: 200, body: { predictions: [expect.any(Number)] } });
  expect(without.body).toEqual(withNull.body);
  expect((await endpoint.post({ instances: [{ ...row, lot_area: null }] })).body).toEqual({
    error_code: 'INVALID_PARAMETER_VALUE',
    message: "row 0, column 'lot_area': expected a value, got: null",
  });
});

test.each([
  { graph_optimization_level: 0, execution_mode: 'parallel', inter_op_num_threads: 4 },
  { graph_optimization_level: 99, intra_op_num_threads: 16, enable_cpu_mem_arena: false, enable_mem_pattern: false },
  { extra_session_config: { 'session.set_denormal_as_zero': '1', 'session.disable_prepacking': '1' } },
])('a model answers the same with the session options %j', async (options) => {
  const bytes = readFileSync(`${MLFLOW}/mlflow_onnx_no_signature/model.onnx`);
  const endpoint = endpointFor(mlflowFolder(mlmodel(undefined, { onnx_session_options: options }), { 'model.onnx': bytes }));
  const { columns, cases, tolerance } = fixtureCases('house_price_a');
  const { body } = await endpoint.post({ inputs: { float_input: cases.map(({ row }) => columns!.map((column) => row[column])) } });
  cases.forEach(({ expected }, i) => expectClose((body.predictions as unknown[])[i], expected, tolerance));
});
