// What the bundle's handler costs beside the least that would answer: CPU and time of a request, time of a cold start.
// Both sides run in turns within one run, so the ratios hold where absolute numbers do not. Needs `npm run build:assets`.
//
//   node bench/handler.mjs [rounds]
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { BODY, COLUMNS, eventOf, LAYER_MODULES, makeAsset, MODEL_FILE } from './house-asset.mjs';

const ROUNDS = Number(process.argv[2] ?? 20);
const REQUESTS_A_ROUND = 1000;
const COLD_STARTS = 15;

const context = { getRemainingTimeInMillis: () => 30_000 };

/** Parse, run, stringify: nothing is checked. */
async function makeFloor() {
  const { InferenceSession, Tensor } = createRequire(join(LAYER_MODULES, 'index.js'))('onnxruntime-node');
  const session = await InferenceSession.create(MODEL_FILE, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  return async (event) => {
    const [record] = JSON.parse(event.body).dataframe_records;
    const { variable } = await session.run({
      float_input: new Tensor(
        'float32',
        Float32Array.from(COLUMNS, (name) => record[name]),
        [1, 9],
      ),
    });
    return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ predictions: [variable.data[0]] }) };
  };
}

function makeHandler(folder) {
  const { serve } = createRequire(join(LAYER_MODULES, 'index.js'))('cdk-ml-serving-runtime');
  return serve(folder);
}

async function measure(handler, samples) {
  const event = eventOf(BODY);
  const before = process.cpuUsage();
  for (let i = 0; i < REQUESTS_A_ROUND; i++) {
    const start = performance.now();
    const { statusCode } = await handler(event, context);
    samples.push(performance.now() - start);
    if (statusCode !== 200) throw new Error(`answered ${statusCode}`);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / REQUESTS_A_ROUND;
}

function median(numbers) {
  return numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

/** The time that a new process takes to its first answer, without Node.js' own start. */
function coldStart(kind, folder) {
  const { stdout, stderr } = spawnSync(process.execPath, [import.meta.filename, '--cold', kind, folder], { encoding: 'utf8' });
  const line = stdout
    .trim()
    .split('\n')
    .find((text) => text.startsWith('cold '));
  if (line === undefined) throw new Error(stderr);
  return Number(line.slice('cold '.length));
}

async function answerOnce(kind, folder) {
  const start = performance.now();
  const handler = kind === 'floor' ? await makeFloor() : makeHandler(folder);
  await handler(eventOf(BODY), context);
  process.stdout.write(`cold ${performance.now() - start}\n`);
}

async function main() {
  const folder = makeAsset();
  // the log lines are part of the cost, but no part of the report
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = () => true;
  const sides = { floor: await makeFloor(), handler: makeHandler(folder) };
  const cpu = { floor: [], handler: [] };
  const times = { floor: [], handler: [] };
  for (let round = -2; round < ROUNDS; round++) {
    for (const side of ['floor', 'handler']) {
      const samples = [];
      const used = await measure(sides[side], samples);
      if (round < 0) continue;
      cpu[side].push(used);
      times[side].push(...samples);
    }
  }
  process.stdout.write = write;
  report('CPU of a request', median(cpu.handler), median(cpu.floor));
  report('p50 of a request', median(times.handler), median(times.floor));

  const cold = { floor: [], handler: [] };
  for (let i = 0; i < COLD_STARTS; i++) for (const side of ['floor', 'handler']) cold[side].push(coldStart(side, folder));
  report('cold start', median(cold.handler), median(cold.floor));
  rmSync(folder, { recursive: true });
}

function report(what, handler, floor) {
  console.log(`${what.padEnd(18)} handler ${handler.toFixed(4)} ms   floor ${floor.toFixed(4)} ms   ratio ${(handler / floor).toFixed(2)}`);
}

if (process.argv[2] === '--cold') await answerOnce(process.argv[3], process.argv[4]);
else await main();
