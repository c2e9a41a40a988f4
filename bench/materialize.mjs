// What materialization costs: CPU a row and the peak of memory, each time in a process of its own that does nothing else. The store is a sink, so
// that what is measured is our own work (reading Parquet, rows, items, requests), then a fake DynamoDB in another process, which adds the thin
// client. `feast materialize` takes 260 µs of CPU a row and 1 GB for 500,000 rows.
//
//   node bench/materialize.mjs [rounds] [rows]
import { build } from 'esbuild';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROUNDS = Number(process.argv[2] ?? 5);
const ROWS = Number(process.argv[3] ?? 500_000);
const OVER_HTTP = Math.min(ROWS, 50_000);
const SLICE = 4096;
const PAGE = 8192;
const ROOT = dirname(import.meta.dirname);
const START = Date.UTC(2024, 0, 1);
const FEAST = { cpu: 260, memory: 1000 };

const SOURCE = `
  export { createTable } from './lambda/delta/create-table';
  export { appendRows } from './lambda/delta/append-rows';
  export { deltaSchemaOf } from './lambda/offline/feature-schema';
  export { FolderStore } from './lambda/stores/folder-store';
  export { tableWriterIo } from './lambda/delta/writer-io';
  export { materialize } from './lambda/materialization/materialize';
  export { createJsonCall, jsonCallerSettings } from './lambda/aws/json-call';
  export { OnlineTable } from './lambda/online/online-table';`;

const TABLE = {
  name: 'houses',
  primaryKey: [{ name: 'id', type: 'string' }],
  timestampKey: { name: 'updated_at', type: 'timestamp' },
  features: [
    { name: 'overall_qual', type: 'integer' },
    { name: 'gr_liv_area', type: 'integer' },
    { name: 'year_built', type: 'integer' },
    { name: 'garage_cars', type: 'integer' },
    { name: 'lot_area', type: 'double' },
    { name: 'price', type: 'double' },
    { name: 'visits', type: 'long' },
    { name: 'neighborhood', type: 'string' },
  ],
};

const keyOf = (n) => String(5_000_000_000 + n);
const timeOf = (n) => BigInt(START) * 1000n + BigInt(n);

async function* slices(rows) {
  for (let first = 0; first < rows; first += SLICE) {
    const rowCount = Math.min(SLICE, rows - first);
    const column = (valueOf) => Array.from({ length: rowCount }, (_, i) => valueOf(first + i));
    const columns = [
      column(keyOf),
      column(timeOf),
      column((n) => n % 10),
      column((n) => 800 + (n % 3000)),
      column((n) => 1900 + (n % 120)),
      column((n) => (n % 7 === 0 ? null : n % 4)),
      column((n) => n * 1.37),
      column((n) => 100_000 + n / 3),
      column((n) => BigInt(n) * 1_000_000_007n),
      column((n) => `district ${n % 25}`),
    ];
    yield { rowCount, columns };
  }
}

/** Takes every put, has no item of a key, and `stored` items to scan. */
function sink(stored) {
  const results = {
    Scan({ ExclusiveStartKey }) {
      const first = ExclusiveStartKey === undefined ? 0 : Number(ExclusiveStartKey._key.S) - 5_000_000_000 + 1;
      const Items = Array.from({ length: Math.min(PAGE, stored - first) }, (_, i) => {
        return { _key: { S: keyOf(first + i) }, _ts: { N: String(timeOf(first + i)) }, _v: { N: '1' } };
      });
      return { Items, ...(first + PAGE < stored && { LastEvaluatedKey: Items.at(-1) }) };
    },
  };
  return (operation, body) => Promise.resolve({ kind: 'answered', result: results[operation]?.(JSON.parse(body)) ?? { Responses: {} } });
}

/** In a process of its own: makes the table, or materializes it once and tells what that took. */
async function work({ source, folder, kind, rows, port }) {
  const side = createRequire(import.meta.url)(source);
  const io = side.tableWriterIo(new side.FolderStore(folder));
  if (kind === 'make') {
    await side.createTable(io, { schema: side.deltaSchemaOf(TABLE) });
    await side.appendRows(io, { rows: slices(rows) });
    return process.send({});
  }
  const env = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 's', AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` };
  const call =
    port === undefined
      ? sink(kind === 'snapshot' ? rows : 0)
      : side.createJsonCall(side.jsonCallerSettings(env, 'dynamodb', Date.now), Date.now);
  const online = new side.OnlineTable({ call, random: Math.random, sleep: () => Promise.resolve() }, 'houses');
  const document = { table: TABLE, materialization: { mode: kind, tombstoneSeconds: 1 } };
  const report = await side.materialize(document, { offline: io.store, online, now: Date.now, log: () => undefined });
  if (report.rowsWritten !== rows) throw new Error(`expected ${rows} rows written, got: ${report.rowsWritten}`);
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  process.send({ cpu: (userCPUTime + systemCPUTime) / rows, memory: maxRSS / 1024 });
}

/** A DynamoDB that takes everything. */
function serve() {
  const server = createServer((request, response) => {
    request.resume();
    const answer = request.headers['x-amz-target'].endsWith('.Scan') ? '{"Items":[]}' : '{"Responses":{}}';
    request.on('end', () => response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(answer));
  });
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
}

async function inProcess(task) {
  const child = fork(import.meta.filename, [JSON.stringify(task)]);
  const [message] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`exit code ${code}`))),
  ]);
  child.kill();
  return message;
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function main() {
  const folder = mkdtempSync(join(tmpdir(), 'cdk-ml-serving-bench-'));
  const server = fork(import.meta.filename, ['serve']);
  try {
    const [port] = await once(server, 'message');
    const source = join(folder, 'ours.js');
    const stdin = { contents: SOURCE, resolveDir: ROOT, loader: 'ts' };
    await build({
      stdin,
      outfile: source,
      bundle: true,
      minify: true,
      platform: 'node',
      format: 'cjs',
      mainFields: ['module', 'main'],
      logLevel: 'error',
    });
    const [large, small] = [join(folder, 'large'), join(folder, 'small')];
    await inProcess({ source, folder: large, kind: 'make', rows: ROWS });
    await inProcess({ source, folder: small, kind: 'make', rows: OVER_HTTP });
    console.log(
      `median of ${ROUNDS} rounds, each with the start of its process; Node.js ${process.version}, ${availableParallelism()} x ${cpus()[0].model}`,
    );
    const tasks = {
      'what has changed, into a sink': { source, folder: large, kind: 'continuous', rows: ROWS },
      'a snapshot and all that is stored, into a sink': { source, folder: large, kind: 'snapshot', rows: ROWS },
      'what has changed, by HTTP': { source, folder: small, kind: 'continuous', rows: OVER_HTTP, port },
    };
    const samples = Object.fromEntries(Object.keys(tasks).map((name) => [name, []]));
    for (let round = 0; round < ROUNDS; round++)
      for (const [name, task] of Object.entries(tasks)) samples[name].push(await inProcess(task));
    for (const [name, taken] of Object.entries(samples)) {
      const [cpu, memory] = [median(taken.map((one) => one.cpu)), Math.max(...taken.map((one) => one.memory))];
      const beside = `${(cpu / FEAST.cpu).toFixed(2)} and ${(memory / FEAST.memory).toFixed(2)} of feast's`;
      console.log(`${name}, ${tasks[name].rows} rows: ${cpu.toFixed(1)} µs CPU a row, ${Math.round(memory)} MB at most, ${beside}`);
    }
  } finally {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[2] === 'serve') serve();
else if (process.argv[2]?.startsWith('{')) await work(JSON.parse(process.argv[2]));
else await main();
