import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { readDevState } from '../../../bin/app/dev-state';
import { CLI, launchDev, runCli, startDev } from '../../helpers/dev';
import { CHECKOUT } from '../../helpers/parts';

jest.setTimeout(120_000);

/** An app of functions in a folder where it finds `aws-cdk-lib`. */
let folder: string;
beforeEach(() => {
  mkdirSync(join(CHECKOUT, '.cache'), { recursive: true });
  folder = mkdtempSync(join(CHECKOUT, '.cache', 'stop-'));
  // without the state of a dev that another test runs there
  cpSync(join(__dirname, '..', 'plain-app'), folder, { recursive: true, filter: (path) => !path.includes('.cdk-ml-serving') });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Whether a process ends within some seconds. */
const ends = async (pid: number): Promise<boolean> => {
  for (let polls = 0; polls < 200 && isAlive(pid); polls++) await setTimeout(50);
  return !isAlive(pid);
};

test.each(['SIGINT', 'SIGTERM'] as const)('dev ends cleanly by %s, with its functions', async (signal) => {
  const dev = await startDev(folder);
  const { pid } = (await (await fetch(`${dev.urls[0]}/files/pid`)).json()) as { pid: number };
  expect(isAlive(pid)).toBe(true);
  expect(await dev.stop(signal)).toBe(0);
  expect(isAlive(pid)).toBe(false);
});

/** Sends Ctrl-C to `dev`. @returns the exit code and the seconds until the end */
async function interrupt(dev: { readonly child: ChildProcess; readonly stop: () => Promise<number | null> }) {
  const started = performance.now();
  const code = await dev.stop();
  return { code, seconds: (performance.now() - started) / 1000 };
}

describe('the first Ctrl-C stops dev', () => {
  test('while the app runs, and the app with it', async () => {
    const app = `node -e "console.error('pid ' + process.pid); process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"`;
    const dev = launchDev(folder, ['--app', app]);
    await dev.says('pid ');
    const pid = Number(/pid (\d+)/.exec(dev.stderr())![1]);
    const { code, seconds } = await interrupt(dev);
    expect(code).toBe(0);
    expect(seconds).toBeLessThan(10);
    expect(await ends(pid)).toBe(true);
  });

  test('while rows are loaded', async () => {
    const rows = Array.from({ length: 200_000 }, (_, i) => `${i},2026-01-01T00:00:00Z,5,1000,0,0,1,9000,5,1990`);
    const header = 'id,updated_at,overall_qual,gr_liv_area,total_bsmt_sf,garage_cars,full_bath,lot_area,overall_cond,year_built';
    const file = join(folder, 'houses.csv');
    writeFileSync(file, [header, ...rows].join('\n'));
    const app = `node --import tsx ${join(__dirname, '..', 'house-app', 'app.ts')}`;
    const dev = launchDev(folder, ['--app', app, '--load', `house_features=${file}`]);
    await dev.says('IAM authorization is not checked here');
    await setTimeout(1500);
    const { code, seconds } = await interrupt(dev);
    expect(code).toBe(0);
    expect(seconds).toBeLessThan(10);
    expect(dev.stderr()).not.toContain('rows written');
  });

  test('while a function loops', async () => {
    writeFileSync(join(folder, 'function', 'index.js'), 'exports.handler = () => { for (;;); };');
    const app = readFileSync(join(folder, 'app.ts'), 'utf8');
    writeFileSync(join(folder, 'app.ts'), app.replace('Duration.seconds(1)', 'Duration.seconds(20)'));
    const dev = await startDev(folder);
    const request = fetch(`${dev.urls[0]}/files/x`).catch(() => 'no answer');
    await dev.says('[Api-Echo11F3FB29] no answer for 5 seconds');
    const { code, seconds } = await interrupt(dev);
    expect(code).toBe(0);
    expect(seconds).toBeLessThan(5);
    expect(await request).toBe('no answer');
  });
});

test('dev and its functions end when npm is killed', async () => {
  // npm runs a script in a shell, and a killed npm leaves the shell running
  const npm = `require('node:child_process').spawn('sh', ['-c', '"${process.execPath}" "${CLI}" dev --port 0; true'], { stdio: 'inherit' })`;
  const env = { ...process.env, npm_lifecycle_event: 'start' };
  const child = spawn(process.execPath, ['-e', npm], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let printed = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed += text));
  while (!printed.includes('ready')) await setTimeout(50);
  const url = /^(http:\S+) {2}/m.exec(printed)![1]!;
  const { pid } = (await (await fetch(`${url}/files/pid`)).json()) as { pid: number };
  const state = JSON.parse(readFileSync(join(folder, '.cdk-ml-serving', 'dev.json'), 'utf8')) as { pid: number };
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await ends(state.pid)).toBe(true);
  expect(await ends(pid)).toBe(true);
  expect(existsSync(join(folder, '.cdk-ml-serving', 'dev.json'))).toBe(false);
});

describe('one dev a folder', () => {
  test('fails if another dev runs in the folder, and leaves that one running', async () => {
    const first = await startDev(folder);
    expect(await runCli(folder, ['dev', '--port', '0'])).toEqual({
      code: 1,
      stdout: '',
      stderr: `expected no other \`dev\` in this folder, got: process ${first.child.pid}, which runs one; stop it first\n`,
    });
    expect((await fetch(`${first.urls[0]}/files/pid`)).status).toBe(200);
    expect(JSON.parse(readFileSync(join(folder, '.cdk-ml-serving', 'dev.json'), 'utf8'))).toMatchObject({ pid: first.child.pid });
    expect(await first.stop()).toBe(0);
  });

  test('takes over from a dev that was killed, which other commands do not find', async () => {
    const killed = await startDev(folder);
    await killed.stop('SIGKILL');
    expect(existsSync(join(folder, '.cdk-ml-serving', 'dev.json'))).toBe(true);
    expect(readDevState(folder)).toBeUndefined();
    const dev = await startDev(folder);
    expect(await dev.stop()).toBe(0);
  });
});
