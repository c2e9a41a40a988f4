// Every recorded request of the fixtures, through the handler, over the fixtures' feature table.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeAssets, writeAsset } from '../../helpers/endpoint-asset';
import { expectClose } from '../../helpers/expect-close';
import { HOUSE_BINDINGS, houseEndpoint, houseTable } from '../../helpers/house-endpoint';
import { endpointOf, type TestEndpoint, testHost } from '../../helpers/http-api';
import { memoryReader } from '../../helpers/memory-reader';

interface Answered {
  readonly features: Readonly<Record<string, number>>;
  readonly prediction: number;
}

interface Recorded {
  readonly name: string;
  readonly kind: 'ok' | 'default' | 'error' | 'batch';
  readonly request: Readonly<Record<string, unknown>> | readonly Readonly<Record<string, unknown>>[];
  readonly expected:
    Answered | readonly Answered[] | { readonly status: number; readonly error_code: string; readonly mentions: readonly string[] };
}

const FIXTURES = join(__dirname, '..', '..', 'fixtures');
const requests = readFileSync(join(FIXTURES, 'requests.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Recorded);
const { tolerance } = JSON.parse(readFileSync(join(FIXTURES, 'requests_spec.json'), 'utf8')) as {
  tolerance: { rtol: number; atol: number };
};

function endpoint(kind: 'model' | 'features'): TestEndpoint {
  const { spec, files } = houseEndpoint(kind);
  const host = testHost({
    reader: memoryReader({ 'physical-house-features': houseTable() }),
    env: { ML_SERVING_BINDINGS: HOUSE_BINDINGS },
  });
  return endpointOf(writeAsset(spec, files), host);
}

const model = endpoint('model');
const features = endpoint('features');
afterAll(removeAssets);

test.each(requests.map((request) => [request.name, request] as const))('%s', async (_, { kind, request, expected }) => {
  const records = Array.isArray(request) ? request : [request];
  const { status, body } = await model.post({ dataframe_records: records });
  if (kind === 'error') {
    const wanted = expected as { status: number; error_code: string; mentions: string[] };
    expect({ status, code: body.error_code }).toEqual({ status: wanted.status, code: wanted.error_code });
    expect(wanted.mentions.some((name) => (body.message as string).includes(`'${name}'`))).toBe(true);
    return;
  }
  expect(status).toBe(200);
  const answers = (Array.isArray(expected) ? expected : [expected]) as Answered[];
  const predictions = body.predictions as number[];
  expect(predictions).toHaveLength(answers.length);
  answers.forEach(({ prediction }, i) => expectClose(predictions[i], { variable: prediction }, tolerance));

  // the join alone: what feature serving answers is what the model was fed
  const served = await features.post({ dataframe_records: records });
  answers.forEach((answer, i) => {
    const looked = Object.entries(answer.features).filter(([name]) => name !== 'mo_sold');
    expect((served.body.outputs as object[])[i]).toMatchObject(Object.fromEntries(looked));
  });
});
