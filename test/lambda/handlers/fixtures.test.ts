// The real models of the fixtures, through the handler, held against what their own libraries answered.
import { fixtureCases, fixtureModel, modelEndpoint, removeAssets, writeAsset } from '../../helpers/endpoint-asset';
import { endpointOf, type TestEndpoint } from '../../helpers/http-api';
import { expectClose } from '../../helpers/expect-close';

afterAll(removeAssets);

const MODELS = ['house_price_a', 'house_price_b', 'breast_cancer_tensor', 'breast_cancer_zipmap', 'xgb_house', 'multi_output'];

describe.each(MODELS)('%s', (name) => {
  const { cases, tolerance } = fixtureCases(name);
  let endpoint: TestEndpoint;

  beforeAll(() => {
    const { model, files } = fixtureModel(name);
    endpoint = endpointOf(writeAsset(modelEndpoint(model), files));
  });

  test('answers every case as a request of its own', async () => {
    for (const { row, expected } of cases) {
      const { status, body } = await endpoint.post({ dataframe_records: [row] });
      expect(body).toEqual({ predictions: [expect.anything()] });
      expect(status).toBe(200);
      expectClose((body.predictions as unknown[])[0], expected, tolerance);
    }
  });

  test('answers all cases as one batch', async () => {
    const { status, body } = await endpoint.post({ dataframe_records: cases.map(({ row }) => row) });
    expect(status).toBe(200);
    const predictions = body.predictions as unknown[];
    expect(predictions).toHaveLength(cases.length);
    cases.forEach(({ expected }, i) => expectClose(predictions[i], expected, tolerance));
  });
});
