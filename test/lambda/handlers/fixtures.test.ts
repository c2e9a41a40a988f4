// The real models of the fixtures, through the handler, held against what their own libraries answered.
import { fixtureCases, fixtureModel, modelEndpoint, removeAssets, writeAsset } from '../../helpers/endpoint-asset';
import { endpointOf, event, type TestEndpoint } from '../../helpers/http-api';
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

describe('the classes of a classifier', () => {
  test('are listed by /version', async () => {
    const { model, files } = fixtureModel('xgb_clf');
    const { body } = await endpointOf(writeAsset(modelEndpoint(model), files)).send(event('GET', '/version'));
    expect(body).toMatchObject({ model_name: 'xgb_clf', classes: { probabilities: ['0', '1', '2'] } });
  });

  test('are not in /version for a model without classes', async () => {
    const { model, files } = fixtureModel('house_price_b');
    const { body } = await endpointOf(writeAsset(modelEndpoint(model), files)).send(event('GET', '/version'));
    expect(body).not.toHaveProperty('classes');
  });

  test('are the keys of the answer with `answerByClass`', async () => {
    const { model, files } = fixtureModel('xgb_clf', { answerByClass: true });
    const endpoint = endpointOf(writeAsset(modelEndpoint(model), files));
    const { cases, tolerance } = fixtureCases('xgb_clf');
    for (const { row, expected } of cases.slice(0, 5)) {
      const { body } = await endpoint.post({ dataframe_records: [row] });
      const [{ probabilities }] = body.predictions as [{ probabilities: Record<string, number> }];
      expect(Object.keys(probabilities)).toEqual(['0', '1', '2']);
      expectClose(Object.values(probabilities), { probabilities: expected.probabilities }, tolerance);
    }
    const { body } = await endpoint.send(event('GET', '/version'));
    expect(body.classes).toEqual({ probabilities: ['0', '1', '2'] });
  });
});
