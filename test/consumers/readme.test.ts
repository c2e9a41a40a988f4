// The commands of the README, in the order in which they stand there, in a copy of the checkout that has nothing but its files.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CHECKOUT, mustRun } from '../helpers/parts';

const folder = mkdtempSync(join(tmpdir(), 'readme-'));
const clone = join(folder, 'cdk-ml-serving');
let cwd = clone;

beforeAll(() => {
  const files = mustRun('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard']).split('\0').filter(Boolean);
  for (const file of files) cpSync(join(CHECKOUT, file), join(clone, file));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const commands = [...readFileSync(join(CHECKOUT, 'README.md'), 'utf8').matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block]) =>
  block!
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, ''))
    .filter((line) => line !== ''),
);

const READY = 'ready; Ctrl-C stops it';

/** Runs a command as a shell does: to its end, or until a server is ready, which then gets a Ctrl-C. */
function runLine(line: string): Promise<{ code: number | null; printed: string }> {
  const shell = spawn('bash', ['-c', line], {
    cwd,
    env: { ...process.env, npm_config_prefer_offline: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let printed = '';
  let isStopped = false;
  const take = (text: unknown) => {
    printed += String(text);
    if (isStopped || !printed.includes(READY)) return;
    isStopped = true;
    process.kill(-shell.pid!, 'SIGINT');
  };
  shell.stdout.on('data', take);
  shell.stderr.on('data', take);
  return new Promise((done) => shell.once('close', (code) => done({ code, printed })));
}

test('the README shows two commands that do everything, and four that serve a model', () => {
  expect(commands.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
    'npm ci',
    'npm ci',
    'npm run',
    'npx cdk-ml-serving',
    'cd ../prices',
    'npx cdk-ml-serving',
  ]);
});

test.each(commands)('%s', async (line) => {
  // this file is one of the tests that `npm test` stands for; one of its fast ones shows that the command works
  const { code, printed } = await runLine(line.endsWith('npm test') ? `${line} -- test/readme.test.ts` : line);
  const folderOfNext = /^cd (\S+)/.exec(line)?.[1];
  if (folderOfNext !== undefined) cwd = resolve(cwd, folderOfNext);
  if (/npm start$|cdk-ml-serving dev$/.test(line)) expect(printed).toMatch(/"predictions":\[\d+(\.\d+)?\]/);
  else expect({ code, printed }).toEqual({ code: 0, printed: expect.anything() });
});
