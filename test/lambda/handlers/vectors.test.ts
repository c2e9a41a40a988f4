// Columns that are more than one element of a tensor: bytes, and arrays that are missing.
import { type ColumnSpec } from '../../../lib/contract/data-types';
import { type ModelInputSpec } from '../../../lib/contract/endpoint-spec';
import { modelEndpoint, removeAssets, writeAsset } from '../../helpers/endpoint-asset';
import { endpointOf, type TestEndpoint } from '../../helpers/http-api';
import { identityOf, type TestValue } from '../../helpers/onnx';

afterAll(removeAssets);

/** An endpoint of a model that gives back its only input. */
function identity(value: Omit<TestValue, 'name'>, input: Pick<ModelInputSpec, 'type' | 'shape'>, column: ColumnSpec): TestEndpoint {
  const model = {
    modelName: 'm',
    version: '1',
    scorer: { kind: 'file' as const, file: 'model.onnx' },
    inputs: [{ name: 'x', layout: 'column' as const, columns: [column], ...input }],
    outputs: [{ name: 'x_out', type: input.type, shape: input.shape }],
  };
  return endpointOf(writeAsset(modelEndpoint(model), { 'model.onnx': { content: identityOf({ ...value, name: 'x' }) } }));
}

const bytes = (length: number | null) =>
  identity({ type: 'uint8', shape: ['n', length] }, { type: 'uint8', shape: [null, length] }, { name: 'x', type: 'binary' });

test('bytes are a vector of uint8', async () => {
  expect((await bytes(3).post({ instances: ['AAH/', 'AwQF'] })).body).toEqual({
    predictions: [
      [0, 1, 255],
      [3, 4, 5],
    ],
  });
});

test('bytes of any length are scored by length', async () => {
  expect((await bytes(null).post({ instances: ['AAH/', 'Bwg=', 'AwQF'] })).body).toEqual({
    predictions: [
      [0, 1, 255],
      [7, 8],
      [3, 4, 5],
    ],
  });
});

test('fails on bytes of another length than the model takes', async () => {
  expect(await bytes(3).post({ instances: ['AAH/', 'Bwg='] })).toMatchObject({
    status: 400,
    body: { error_code: 'INVALID_PARAMETER_VALUE', message: "row 1, column 'x': expected a value of shape [3], got: a value of shape [2]" },
  });
});

test.each(['float', 'double', 'float16'] as const)('a null in a nullable array is NaN in every element of a tensor of %s', async (type) => {
  const tensor = ({ float: 'float32', double: 'float64', float16: 'float16' } as const)[type];
  const column: ColumnSpec = { name: 'x', type: { element: 'float', shape: [2, 2] }, nullable: true };
  const { post } = identity({ type, shape: ['n', 2, 2] }, { type: tensor, shape: [null, 2, 2] }, column);
  const nan = [
    ['NaN', 'NaN'],
    ['NaN', 'NaN'],
  ];
  const some = [
    [1, 2],
    [3, 'NaN'],
  ];
  expect((await post({ dataframe_records: [{ x: some }, { x: null }, {}] })).body).toEqual({ predictions: [some, nan, nan] });
  expect((await post({ dataframe_records: [{}, { x: some }] })).body).toEqual({ predictions: [nan, some] });
});

test('fails on a list of another length than the model takes, where the request may send any', async () => {
  const column: ColumnSpec = { name: 'x', type: { element: 'float', shape: [2] } };
  const model = {
    modelName: 'm',
    version: '1',
    scorer: { kind: 'file' as const, file: 'model.onnx' },
    outputs: [{ name: 'x_out', type: 'float32' as const }],
  };
  const inputs = [{ name: 'x', type: 'float32' as const, shape: [null, 2], layout: 'column' as const, columns: [column] }];
  const spec = modelEndpoint({ ...model, inputs });
  const requestColumns = [{ name: 'x', type: { element: 'float' as const, shape: [null] } }];
  const bytes = identityOf({ name: 'x', shape: ['n', 2] });
  const { post } = endpointOf(writeAsset({ ...spec, requestColumns }, { 'model.onnx': { content: bytes } }));
  expect((await post({ dataframe_records: [{ x: [1, 2] }, { x: [1] }] })).body).toEqual({
    error_code: 'INVALID_PARAMETER_VALUE',
    message: "row 1, column 'x': expected a value of shape [2], got: a value of shape [1]",
  });
});
