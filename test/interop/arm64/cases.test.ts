// The bundle and the layer for arm64, which is Lambda's architecture unless told otherwise, answer as they do on this machine.
import { App, Stack } from 'aws-cdk-lib';
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Column, Model, ModelArtifact, ServedEntity, ServingEndpoint } from '../../../lib';
import { fixtureCases } from '../../helpers/endpoint-asset';
import { expectClose } from '../../helpers/expect-close';
import { cacheFolder, CHECKOUT, mustRun } from '../../helpers/parts';

const MODELS = ['house_price_a', 'house_price_b', 'breast_cancer_tensor', 'breast_cancer_zipmap', 'xgb_house', 'multi_output'];

interface Answers {
  architecture: string;
  results: { folder: string; status: number; body: { predictions: unknown[] } }[];
}

/** The asset of an endpoint that serves a model of the fixtures, as `cdk deploy` would upload it. */
function synthesize(name: string, out: string): string {
  const app = new App({ outdir: join(out, name) });
  const stack = new Stack(app, 'Stack');
  const columns = fixtureCases(name).columns?.map((column) => Column.double(column, { nullable: true }));
  const version = new Model(stack, 'Model').addVersion('1', {
    artifact: ModelArtifact.fromOnnx(`test/fixtures/${name}/model.onnx`, columns && { columns }),
  });
  new ServingEndpoint(stack, 'Endpoint', { servedEntities: [ServedEntity.model('model_A', version)] });
  const { directory } = app.synth();
  const asset = readdirSync(directory).find((file) => readable(join(directory, file, 'endpoint.json')))!;
  return join(directory, asset);
}

function readable(file: string): boolean {
  try {
    return readFileSync(file).length > 0;
  } catch {
    return false;
  }
}

test('every case of the fixtures, row by row and as one batch', () => {
  const out = mkdtempSync(join(tmpdir(), 'arm64-'));
  const rowsOf = (name: string) => fixtureCases(name).cases.map(({ row }) => row);
  const jobs = MODELS.map((name) => ({
    folder: synthesize(name, out),
    bodies: [...rowsOf(name).map((row) => ({ dataframe_records: [row] })), { dataframe_records: rowsOf(name) }],
  }));
  writeFileSync(join(out, 'jobs.json'), JSON.stringify(jobs));

  const script = join(CHECKOUT, 'test/interop/arm64/answer.mjs');
  mustRun('bash', [join(CHECKOUT, 'test/interop/arm64/run.sh'), script, join(out, 'jobs.json'), join(out, 'answers.json')], {
    env: { ...process.env, ARM64_CACHE: cacheFolder('arm64'), NODE_PATH: join(CHECKOUT, 'assets/layer-arm64/nodejs/node_modules') },
  });

  const { architecture, results } = JSON.parse(readFileSync(join(out, 'answers.json'), 'utf8')) as Answers;
  expect(architecture).toBe('arm64');
  MODELS.forEach((name, i) => {
    const { cases, tolerance } = fixtureCases(name);
    const answers = results.filter(({ folder }) => folder === jobs[i]!.folder);
    expect(answers.map(({ status }) => status)).toEqual(jobs[i]!.bodies.map(() => 200));
    const oneByOne = answers.slice(0, -1).map(({ body }) => body.predictions[0]);
    const batch = answers.at(-1)!.body.predictions;
    cases.forEach(({ expected }, row) => {
      expectClose(oneByOne[row], expected, tolerance);
      expectClose(batch[row], expected, tolerance);
    });
  });
});
