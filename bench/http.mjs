// What a request costs through the HTTP shell of `dev`: the runtime's handler beside a function of parse, session.run and stringify alone,
// in the same shell, in turns within one run. CPU is that of the shell and its function together (Linux). Needs `npm run build:assets`.
//
//   node bench/http.mjs [rounds]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BODY, COLUMNS, makeAsset, MODEL_FILE } from './house-asset.mjs';

const ROUNDS = Number(process.argv[2] ?? 20);
const REQUESTS_A_ROUND = 250;
const MILLISECONDS_A_TICK = 10;

/** A function of the least that would answer, in a folder of its own. */
function makeFloorAsset() {
  const folder = mkdtempSync(join(tmpdir(), 'ml-serving-bench-'));
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'index.js'),
    `const { InferenceSession, Tensor } = require('onnxruntime-node');
const columns = ${JSON.stringify(COLUMNS)};
const ready = InferenceSession.create(${JSON.stringify(MODEL_FILE)}, { intraOpNumThreads: 1, interOpNumThreads: 1 });
exports.handler = async (event) => {
  const session = await ready;
  const [record] = JSON.parse(event.body).dataframe_records;
  const { variable } = await session.run({ float_input: new Tensor('float32', Float32Array.from(columns, (name) => record[name]), [1, 9]) });
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ predictions: [variable.data[0]] }) };
};
`,
  );
  return folder;
}

async function startShell(folder) {
  const script = join(import.meta.dirname, 'http-shell.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  return { child, folder, port: Number(line), agent: new Agent({ keepAlive: true, maxSockets: 1 }), times: [], cpu: [] };
}

function post({ port, agent }) {
  return new Promise((done, failed) => {
    const sent = request({
      port,
      agent,
      host: '127.0.0.1',
      method: 'POST',
      path: '/invocations',
      headers: { 'content-type': 'application/json' },
    });
    sent.on('error', failed).on('response', (answer) => answer.resume().on('end', () => done(answer.statusCode)));
    sent.end(BODY);
  });
}

/** User and system time of a process and its children, in milliseconds; 0 where there is no /proc. */
function cpuOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
    return (Number(fields[11]) + Number(fields[12])) * MILLISECONDS_A_TICK + children.reduce((sum, child) => sum + cpuOf(child), 0);
  } catch {
    return 0;
  }
}

async function round(side, counted) {
  const before = cpuOf(side.child.pid);
  for (let i = 0; i < REQUESTS_A_ROUND; i++) {
    const start = performance.now();
    const status = await post(side);
    if (counted) side.times.push(performance.now() - start);
    if (status !== 200) throw new Error(`answered ${status}`);
  }
  if (counted) side.cpu.push((cpuOf(side.child.pid) - before) / REQUESTS_A_ROUND);
}

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const mean = (numbers) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;

function report(what, handler, floor) {
  console.log(`${what.padEnd(26)} handler ${handler.toFixed(4)} ms   floor ${floor.toFixed(4)} ms   ratio ${(handler / floor).toFixed(2)}`);
}

const floor = await startShell(makeFloorAsset());
const handler = await startShell(makeAsset());
for (let i = -2; i < ROUNDS; i++) {
  await round(floor, i >= 0);
  await round(handler, i >= 0);
}
report('p50 through the HTTP shell', median(handler.times), median(floor.times));
report('CPU of shell and function', mean(handler.cpu), mean(floor.cpu));
for (const { child, folder, agent } of [floor, handler]) {
  agent.destroy();
  child.kill();
  rmSync(folder, { recursive: true });
}
