// Params of a model: set by a request for all of its records, read by functions, never by the graph.
import { type ParamSpec } from '../../../lib/contract/endpoint-spec';
import { fixtureModel, modelEndpoint, removeAssets, writeAsset } from '../../helpers/endpoint-asset';
import { endpointOf, type TestEndpoint } from '../../helpers/http-api';

afterAll(removeAssets);

const PARAMS: ParamSpec[] = [
  { name: 'scale', type: 'double', defaultValue: 2 },
  { name: 'shift', type: 'long', defaultValue: '9007199254740993' },
  { name: 'weights', type: { element: 'double', shape: [null] }, defaultValue: [1, 10] },
  { name: 'since', type: 'timestamp', defaultValue: '2026-01-31T00:00:00Z' },
  { name: 'label', type: 'string' },
];

/** Endpoint of an identity model whose only input is what `expression` makes of the request's column and the params. */
function scaledBy(expression: string, inputs: Record<string, string>, nullsIn = false): TestEndpoint {
  const { model, files } = fixtureModel('dtypes/float64_in');
  const base = modelEndpoint({ ...model, params: PARAMS });
  const [entity] = base.servedEntities;
  const output = { name: 'x', type: 'double' as const };
  return endpointOf(
    writeAsset(
      {
        ...base,
        requestColumns: [{ name: 'y', type: 'double' }],
        servedEntities: [
          {
            ...entity!,
            features: {
              ...entity!.features,
              requestColumns: ['y'],
              functions: [
                {
                  kind: 'expression',
                  name: 'x',
                  output,
                  nullsIn,
                  expression,
                  inputs: Object.entries(inputs).map(([name, column]) => ({ name, column })),
                },
              ],
            },
          },
        ],
      },
      files,
    ),
  );
}

const scaled = () => scaledBy('y * scale', { y: 'y', scale: 'params.scale' });

test('a request sets a param for all of its records, or leaves the default', async () => {
  const { post } = scaled();
  const instances = [{ y: 1.5 }, { y: 2 }];
  expect((await post({ instances, params: { scale: 10 } })).body).toEqual({ predictions: [15, 20] });
  for (const params of [undefined, null, {}, { scale: null }, { scale: 'NaN' }, { label: 'x' }])
    expect((await post({ instances, params })).body).toEqual({ predictions: [3, 4] });
  expect((await post({ instances: [], params: { scale: 1 } })).body).toEqual({ predictions: [] });
});

test('params of every form reach a function', async () => {
  const big = scaledBy('shift == 9007199254740993 ? 1.0 : 0.0', { shift: 'params.shift' });
  expect((await big.post({ instances: [{ y: 1 }] })).body).toEqual({ predictions: [1] });
  expect((await big.post({ instances: [{ y: 1 }], params: { shift: 9 } })).body).toEqual({ predictions: [0] });
  const list = scaledBy('w[0] * y + w[1]', { w: 'params.weights', y: 'y' });
  expect((await list.post({ instances: [{ y: 2 }] })).body).toEqual({ predictions: [12] });
  expect((await list.post({ instances: [{ y: 2 }], params: { weights: [3, 4] } })).body).toEqual({ predictions: [10] });
  const time = scaledBy('double(since.getFullYear())', { since: 'params.since' });
  expect((await time.post({ instances: [{ y: 1 }] })).body).toEqual({ predictions: [2026] });
});

test('a param without default is null until it is set', async () => {
  const endpoint = scaledBy('label == null ? 0.0 : 1.0', { label: 'params.label' }, true);
  expect((await endpoint.post({ instances: [{ y: 1 }] })).body).toEqual({ predictions: [0] });
  expect((await endpoint.post({ instances: [{ y: 1 }], params: { label: 'x' } })).body).toEqual({ predictions: [1] });
});

test.each([
  [{ scale: 'x' }, 'param \'scale\': expected a number in the range of a 64-bit float, got: "x"'],
  [{ shift: 1.5 }, "param 'shift': expected a whole number from -2^63 to 2^63-1, got: 1.5"],
  [
    { weights: [1, 'x'] },
    'param \'weights\': expected array<double>[?], each a number in the range of a 64-bit float, got: "x" inside a list, at 1',
  ],
  [
    { since: '2026-01-31' },
    'param \'since\': expected an ISO 8601 timestamp with offset and at most six digits of a second, got: "2026-01-31"',
  ],
  [{ size: 1 }, "expected params of 'scale', 'shift', 'weights', 'since', 'label', got: 'size'"],
  [{ toString: 1, size: 2 }, "expected params of 'scale', 'shift', 'weights', 'since', 'label', got: 'toString', 'size'"],
  [[], 'expected an object of values by name in params, got: a list of 0'],
])('fails on params %j', async (params, message) => {
  const { status, body } = await scaled().post({ instances: [{ y: 1 }], params });
  expect({ status, body }).toEqual({ status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE', message } });
});

test('fails on params where the model has none', async () => {
  const { model, files } = fixtureModel('multi_output');
  const { status, body } = await endpointOf(writeAsset(modelEndpoint(model), files)).post({ instances: [], params: { size: 1 } });
  const message = "expected no params, because the model has none, got: 'size'";
  expect({ status, body }).toEqual({ status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE', message } });
});
