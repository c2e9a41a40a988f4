// What an inference table adds to a request: the CPU of a handler that keeps what is sent and answered, and of one that does not, in turns within
// one run, each writing its lines to /dev/null. No lookup is made, of which the least costs ten times as much. Needs `npm run build:assets`.
//
//   node bench/inference-log.mjs [rounds] [records of a request]
import { createRequire } from 'node:module';
import { openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { BODY, COLUMNS, eventOf, LAYER_MODULES, makeAsset } from './house-asset.mjs';

const ROUNDS = Number(process.argv[2] ?? 20);
const RECORDS = Number(process.argv[3] ?? 1);
const REQUESTS_A_ROUND = 1000 / RECORDS;

const [RECORD] = JSON.parse(BODY).dataframe_records;
const context = { getRemainingTimeInMillis: () => 30_000 };
const { serve } = createRequire(join(LAYER_MODULES, 'index.js'))('cdk-ml-serving-runtime');

async function measure(handler) {
  const event = eventOf(JSON.stringify({ dataframe_records: new Array(RECORDS).fill(RECORD) }));
  const before = process.cpuUsage();
  for (let i = 0; i < REQUESTS_A_ROUND; i++) {
    const { statusCode } = await handler(event, context);
    if (statusCode !== 200) throw new Error(`answered ${statusCode}`);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / REQUESTS_A_ROUND;
}

function median(numbers) {
  return numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

const all = { sampledShare: 1, maxPayloadBytes: 49_152 };
const specs = {
  none: {},
  all: { inferenceTable: all },
  redacted: { inferenceTable: { ...all, redactedColumns: [COLUMNS[0]] } },
};
const print = process.stdout.write.bind(process.stdout);
const nowhere = openSync('/dev/null', 'w');
process.stdout.write = (line) => writeSync(nowhere, line) > 0;

const sides = Object.entries(specs).map(([name, more]) => {
  const folder = makeAsset(more);
  return { name, folder, handler: serve(folder), cpu: [] };
});
for (let round = -2; round < ROUNDS; round++) {
  for (const { handler, cpu } of sides) {
    const used = await measure(handler);
    if (round >= 0) cpu.push(used);
  }
}
const [base] = sides.map(({ cpu }) => median(cpu));
for (const { name, folder, cpu } of sides) {
  const used = median(cpu);
  print(`inference table: ${name.padEnd(8)} CPU of a request ${used.toFixed(4)} ms   ${((used / base - 1) * 100).toFixed(1)} % more\n`);
  rmSync(folder, { recursive: true });
}
