// What an inference table adds to a request: the CPU of a handler that keeps what is sent and answered, and of one that does not, in turns within
// one run, each writing its lines to /dev/null. Of one record and of a hundred; with all columns sent, and with five of nine looked up in a fake
// DynamoDB. Needs `npm run build:assets`.
//
//   node bench/inference-log.mjs [rounds]
import { createRequire } from 'node:module';
import { openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { startFakeDynamoDb } from './fake-dynamodb.mjs';
import { BINDINGS, COLUMNS, eventOf, LAYER_MODULES, LOOKUP_RECORD, makeAsset, RECORD } from './house-asset.mjs';

const ROUNDS = Number(process.argv[2] ?? 20);
/** How many records a request has, and how many such requests a round. */
const REQUESTS = [
  [1, 1000],
  [100, 200],
];

const context = { getRemainingTimeInMillis: () => 30_000 };

/** Milliseconds of CPU a request. */
async function measure(handler, body, requests) {
  const event = eventOf(body);
  const before = process.cpuUsage();
  for (let i = 0; i < requests; i++) {
    const { statusCode, body: answer } = await handler(event, context);
    if (statusCode !== 200) throw new Error(`answered ${statusCode}: ${answer}`);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / requests;
}

function median(numbers) {
  return numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

const all = { sampledShare: 1, maxPayloadBytes: 49_152 };
const specs = {
  none: {},
  all: { inferenceTable: all },
  redacted: { inferenceTable: { ...all, redactedColumns: [COLUMNS.at(-1)] } },
};
const print = process.stdout.write.bind(process.stdout);

/** Measures requests of so many records. */
async function compare(serve, hasLookups, records, requests) {
  const record = hasLookups ? LOOKUP_RECORD : RECORD;
  const rows = Array.from({ length: records }, (_, i) => (hasLookups ? { ...record, id: `${record.id}${i}` } : record));
  const body = JSON.stringify({ dataframe_records: rows });
  const sides = Object.entries(specs).map(([name, more]) => {
    const folder = makeAsset({ hasLookups, ...more });
    return { name, folder, handler: serve(folder), cpu: [] };
  });
  for (let round = -2; round < ROUNDS; round++) {
    for (const { handler, cpu } of sides) {
      const used = await measure(handler, body, requests);
      if (round >= 0) cpu.push(used);
    }
  }
  const [base] = sides.map(({ cpu }) => median(cpu));
  print(`${records === 1 ? 'one record' : `${records} records`}${hasLookups ? ', features looked up' : ''}\n`);
  for (const { name, folder, cpu } of sides) {
    const used = median(cpu);
    print(`  inference table: ${name.padEnd(8)}  CPU of a request ${used.toFixed(4)} ms, ${((used / base - 1) * 100).toFixed(1)} % more\n`);
    rmSync(folder, { recursive: true });
  }
}

const { env, stop } = await startFakeDynamoDb();
try {
  Object.assign(process.env, env, { ML_SERVING_BINDINGS: BINDINGS });
  const { serve } = createRequire(join(LAYER_MODULES, 'index.js'))('cdk-ml-serving-runtime');
  const nowhere = openSync('/dev/null', 'w');
  process.stdout.write = (line) => writeSync(nowhere, line) > 0;
  for (const hasLookups of [false, true]) {
    for (const [records, requests] of REQUESTS) await compare(serve, hasLookups, records, requests);
  }
} finally {
  stop();
}
