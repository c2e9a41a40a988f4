// From an empty folder to the first answer, as a new user does it: npx on the packed tarball, npm ci, dev. The times are printed.
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONVERT_PACKAGES } from '../../helpers/convert-packages';
import { CHECKOUT, mustRun, pythonEnvironment } from '../../helpers/parts';
import { packTarball } from '../../helpers/tarball';

const FIXTURES = join(CHECKOUT, 'test', 'fixtures');
const folder = mkdtempSync(join(tmpdir(), 'cdk-ml-serving-init-journeys-'));
const times: string[] = [];
let tarball: string;

beforeAll(() => {
  tarball = packTarball();
});
afterAll(() => {
  process.stdout.write(`${times.join('\n')}\n`);
  rmSync(folder, { recursive: true });
});

/** npm asks its registry once for what three apps have in common. */
const env = { ...process.env, npm_config_prefer_offline: 'true' };

/** A folder that has nothing but the user's files. */
function emptyFolder(name: string, files: Readonly<Record<string, string>>): string {
  const place = join(folder, name);
  mkdirSync(place);
  for (const [to, from] of Object.entries(files)) cpSync(from, join(place, to), { recursive: true });
  return place;
}

interface Journey {
  readonly app: string;
  /** What `dev` printed until the first prediction. */
  readonly printed: string;
  readonly prediction: unknown;
}

async function travel(name: string, place: string, args: readonly string[]): Promise<Journey> {
  const seconds: string[] = [];
  const timed = async <T>(step: string, what: () => T | Promise<T>): Promise<T> => {
    const start = Date.now();
    const result = await what();
    seconds.push(`${step} ${((Date.now() - start) / 1000).toFixed(1)} s`);
    return result;
  };
  const app = join(place, 'app');
  const init = ['--yes', '--package', tarball, 'cdk-ml-serving', 'init', 'app', '--package', tarball, ...args];
  await timed('init', () => mustRun('npx', init, { cwd: place, env }));
  await timed('npm ci', () => mustRun('npm', ['ci', '--no-audit', '--no-fund'], { cwd: app, env }));
  const { printed, prediction } = await timed('dev and first prediction', () => firstPrediction(app));
  times.push(`${name}: ${seconds.join(', ')}`);
  return { app, printed, prediction };
}

/** Starts `dev`, sends the app's own request, and ends it. */
async function firstPrediction(app: string): Promise<Omit<Journey, 'app'>> {
  const dev: ChildProcess = spawn(process.execPath, [join(app, 'node_modules', '.bin', 'cdk-ml-serving'), 'dev', '--port', '0'], {
    cwd: app,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [dev.stdout!, dev.stderr!]) stream.on('data', (text) => (printed += String(text)));
  const ended = new Promise((done) => dev.once('close', done));
  try {
    while (!printed.includes('ready; Ctrl-C stops it')) {
      if (dev.exitCode !== null) throw new Error(`dev ended with ${dev.exitCode}:\n${printed}`);
      await new Promise((done) => setTimeout(done, 50));
    }
    const [url] = /http:\S+\/invocations/.exec(printed)!;
    const response = await fetch(url, { method: 'POST', body: readFileSync(join(app, 'request.json')) });
    return { printed, prediction: await response.json() };
  } finally {
    dev.kill('SIGINT');
    await ended;
  }
}

test('a scikit-learn pickle', async () => {
  const python = join(pythonEnvironment('convert-venv', CONVERT_PACKAGES), 'python');
  const place = emptyFolder('pickle', {});
  mustRun(python, ['-B', join(__dirname, 'train.py'), place]);
  const files = ['--model', 'house_price.pkl', '--sample', 'houses.csv', '--target', 'price'];
  const { printed, prediction, app } = await travel('scikit-learn pickle', place, [...files, '--python', python]);
  expect(printed).toMatch(/^house_price: http.*\n {2}curl .*\n {2}\{"predictions":\[/m);
  const [record] = (JSON.parse(readFileSync(join(app, 'request.json'), 'utf8')) as { dataframe_records: object[] }).dataframe_records;
  const { cases } = JSON.parse(readFileSync(join(app, 'models/house_price/1/cases.json'), 'utf8')) as {
    cases: { row: object; expected: { variable: number[] } }[];
  };
  expect(record).toEqual(cases[0]!.row);
  expect(prediction).toEqual({ predictions: [expect.closeTo(cases[0]!.expected.variable[0]!, -1)] });
  mustRun('npx', ['cdk-ml-serving', 'check'], { cwd: app, env });
});

test('an MLflow directory', async () => {
  const place = emptyFolder('mlflow', { house_price: join(FIXTURES, 'mlflow', 'mlflow_onnx_house') });
  const { printed, prediction } = await travel('MLflow directory', place, ['--model', 'house_price']);
  expect(printed).toMatch(/^house_price: http.*\n {2}curl .*"neighborhood":"NAmes".*\n {2}\{"predictions":\[/m);
  expect(prediction).toEqual({ predictions: [expect.any(Number)] });
});

test('an ONNX file, and the tests of its app', async () => {
  const place = emptyFolder('onnx', { 'house_price.onnx': join(FIXTURES, 'house_price_b', 'model.onnx') });
  const { printed, prediction, app } = await travel('ONNX file', place, ['--model', 'house_price.onnx']);
  expect(printed).toMatch(/^house_price: http.*\n {2}curl .*\n {2}\{"predictions":\[/m);
  expect(prediction).toEqual({ predictions: [expect.any(Number)] });
  for (let run = 0; run < 2; run++) expect(mustRun('npm', ['test'], { cwd: app, env })).toContain('# pass 1\n');
  expect(existsSync(join(app, 'test', 'house-price-stack.template.json'))).toBe(true);
});
