// Runs in full the suites of which CI runs a twentieth. Writes their output to bench/results/soak.txt, with the commit and the machine. Takes
// hours, and needs what the extra suites need.
//
//   npm run soak [-- part of a suite's path]
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = dirname(import.meta.dirname);
const RESULTS = join(ROOT, 'bench', 'results');
const wanted = process.argv[2] ?? '';

/** The suites that read the variable SOAK. */
const suites = readdirSync(join(ROOT, 'test'), { recursive: true })
  .filter((file) => file.endsWith('.test.ts') && file.includes(wanted))
  .filter((file) => readFileSync(join(ROOT, 'test', file), 'utf8').includes('process.env.SOAK'));
const isExtra = (file) => /^(interop|consumers)\//.test(file);

function run(command, args) {
  const { stdout, stderr, status } = spawnSync(command, args, {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, SOAK: '1' },
    maxBuffer: 1 << 28,
  });
  return { text: `${stdout}${stderr}`.trim(), status };
}

const commit = run('git', ['rev-parse', 'HEAD']).text;
const machine = `${availableParallelism()} x ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node.js ${process.version}`;
const parts = [`commit ${commit}`, machine, new Date().toISOString()];
let failed = false;
for (const [config, files] of [
  ['jest.config.js', suites.filter((file) => !isExtra(file))],
  ['jest.extra.config.js', suites.filter(isExtra)],
]) {
  if (files.length === 0) continue;
  const { text, status } = run('npx', [
    'jest',
    '-c',
    config,
    '--verbose',
    '--testTimeout',
    String(6 * 3_600_000),
    ...files.map((file) => `test/${file}`),
  ]);
  console.log(text);
  parts.push(text);
  failed ||= status !== 0;
}
mkdirSync(RESULTS, { recursive: true });
writeFileSync(join(RESULTS, 'soak.txt'), `${parts.join('\n\n').replaceAll(ROOT, '.')}\n`);
if (failed) process.exitCode = 1;
