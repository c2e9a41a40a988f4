import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun, run } from '../helpers/parts';
import { copyConsumer, packTarball } from '../helpers/tarball';

const MEBIBYTE = 2 ** 20;

let tarball: string;
let app: string;

beforeAll(() => {
  tarball = packTarball();
  app = copyConsumer('typescript');
  mustRun('npm', ['install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', '--save', tarball], {
    cwd: app,
  });
});

test('the tarball is below 40 MB and carries neither sources nor tests of the runtime', () => {
  expect(statSync(tarball).size).toBeLessThan(40 * MEBIBYTE);
  const files = mustRun('tar', ['-tzf', tarball]).trim().split('\n');
  expect(files.filter((file) => /^package\/(lambda|bin|test|examples|bench|scripts)\//.test(file))).toEqual([]);
  expect(files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))).toEqual([]);
  expect(files).toEqual(
    expect.arrayContaining(['package/.jsii', 'package/lib/index.js', 'package/LICENSE', 'package/README.md', 'package/API.md']),
  );
});

test('nothing is installed beside the package but its peers', () => {
  const { dependencies, peerDependencies } = JSON.parse(mustRun('cat', [join(app, 'node_modules/cdk-ml-serving/package.json')]));
  expect(dependencies ?? {}).toEqual({});
  expect(Object.keys(peerDependencies).sort()).toEqual(['aws-cdk-lib', 'constructs']);
  expect(existsSync(join(app, 'node_modules/esbuild'))).toBe(false);
  expect(existsSync(join(app, 'node_modules/onnxruntime-node'))).toBe(false);
});

test('cdk synth works in the app', () => {
  mustRun('npx', ['cdk', 'synth', '--quiet'], { cwd: app });
  expect(readdirSync(join(app, 'cdk.out'))).toContain('Prices.template.json');
});

test('a snapshot test of the app passes twice', () => {
  mustRun('npx', ['jest', '--ci=false'], { cwd: app });
  const { status, stderr } = run('npx', ['jest', '--ci'], { cwd: app });
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('1 passed') });
});

describe('cdk-ml-serving dev in the app', () => {
  let dev: ChildProcess;
  let printed = '';

  beforeAll(async () => {
    dev = spawn('npx', ['cdk-ml-serving', 'dev', '--port', '0'], { cwd: app, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    dev.stdout!.on('data', (chunk) => (printed += chunk));
    dev.stderr!.on('data', (chunk) => (printed += chunk));
    for (let i = 0; i < 600 && !endpointUrl() && dev.exitCode === null; i++) await new Promise((resolve) => setTimeout(resolve, 100));
  });

  afterAll(() => {
    if (dev.exitCode === null) process.kill(-dev.pid!, 'SIGINT');
  });

  const endpointUrl = () => /http:\/\/localhost:\d+\/serving-endpoints\/prices\/invocations/.exec(printed)?.[0];

  test('answers a prediction', async () => {
    expect(printed).toMatch(/serving-endpoints\/prices\/invocations/);
    const response = await fetch(endpointUrl()!, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ dataframe_records: [{ id: 'unknown', yr_sold: 2010, mo_sold: 5 }] }),
    });
    expect({ status: response.status, body: await response.json() }).toEqual({ status: 200, body: { predictions: [expect.any(Number)] } });
  });
});
