// Versions of an endpoint's function behind its alias, deployed: by weights, forward and back.
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Emulator, startEmulator } from '../../helpers/emulator';
import { mustRun } from '../../helpers/parts';

const out = mkdtempSync(join(tmpdir(), 'traffic-'));
const APP = ['--app', 'node --import tsx test/interop/emulator/traffic-app.ts'];
const HOUSE = { overall_qual: 5, gr_liv_area: 1157, house_age: 95, garage_cars: 1, lot_area: 8000, mo_sold: 6 };

let emulator: Emulator;
let url: string;

/** Deploys a model version, beside a version of the function that gets what the weight leaves. */
function deploy(modelVersion: string, previous?: { version: string; weight: number }): void {
  const outputs = join(out, 'outputs.json');
  const context = [
    '-c',
    `modelVersion=${modelVersion}`,
    ...(previous ? ['-c', `previousVersion=${previous.version}`, '-c', `weight=${previous.weight}`] : []),
  ];
  mustRun(
    'npx',
    [
      'cdk',
      'deploy',
      '--all',
      '--require-approval',
      'never',
      '--outputs-file',
      outputs,
      '--output',
      join(out, 'cdk.out'),
      ...APP,
      ...context,
    ],
    {
      env: emulator.env,
    },
  );
  url = (JSON.parse(readFileSync(outputs, 'utf8')) as { Traffic: { Url: string } }).Traffic.Url;
}

/** What some requests are answered, each answer once, with how often. */
function answers(requests: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i < requests; i++) {
    const { status, body } = emulator.call(url, { dataframe_records: [HOUSE] });
    const key = JSON.stringify({ status, body });
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** Whether the endpoint is that of a served entity: a name that the other version's spec has not is not found there. */
function knows(servedEntity: string): number {
  return emulator.call(url.replace('/invocations', `/served-models/${servedEntity}/invocations`), { dataframe_records: [HOUSE] }).status;
}

let first: string;
let second: string;

beforeAll(async () => {
  emulator = await startEmulator();
  mustRun('npx', ['cdk', 'bootstrap', 'aws://000000000000/us-east-1', ...APP, '-c', 'modelVersion=1'], { env: emulator.env });
  deploy('1');
  [first] = [...answers(3).keys()] as [string];
});
afterAll(() => emulator?.stop());

test('a new version without a share gets no request', () => {
  deploy('2', { version: '1', weight: 0 });
  expect([...answers(20).keys()]).toEqual([first]);
});

test('a weighted alias sends each version its share', () => {
  deploy('2', { version: '1', weight: 40 });
  const counts = answers(100);
  expect(counts.size).toBe(2);
  second = [...counts.keys()].find((answer) => answer !== first)!;
  expect(counts.get(second)).toBeGreaterThan(20);
  expect(counts.get(second)).toBeLessThan(60);
});

test('rolled forward, all requests meet the new code, spec and model', () => {
  deploy('2');
  expect([...answers(10).keys()]).toEqual([second]);
  expect([knows('price_1'), knows('price_2')]).toEqual([404, 200]);
});

test('rolled back, all requests meet the old ones', () => {
  deploy('1');
  expect([...answers(10).keys()]).toEqual([first]);
  expect([knows('price_1'), knows('price_2')]).toEqual([200, 404]);
});
