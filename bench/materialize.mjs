// What materialization costs of our own: CPU a row with a sink in place of DynamoDB, and the peak of memory, for a table of half a million
// rows; then the same over HTTP to a fake DynamoDB in another process, which is what the thin client adds. Beside it `feast materialize`: 260 µs
// of CPU a row and 1 GB at as many rows.
//
//   node bench/materialize.mjs [rows]
import { build } from 'esbuild';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROWS = Number(process.argv[2] ?? 500_000);
const ROOT = dirname(import.meta.dirname);
const SLICE = 4096;

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

const SOURCE = `
  export { createTable } from './lambda/offline/create-table';
  export { appendRows } from './lambda/offline/append-rows';
  export { deltaSchemaOf } from './lambda/offline/feature-schema';
  export { FolderStore } from './lambda/offline/folder-store';
  export { tableWriterIo } from './lambda/offline/writer-io';
  export { materialize } from './lambda/materialization/materialize';
  export { OnlineTable } from './lambda/online/online-table';`;

async function load(folder) {
  const outfile = join(folder, 'side.js');
  const stdin = { contents: SOURCE, resolveDir: ROOT, loader: 'ts' };
  await build({ bundle: true, platform: 'node', format: 'cjs', minify: true, mainFields: ['module', 'main'], logLevel: 'error', stdin, outfile });
  return createRequire(import.meta.url)(outfile);
}

async function* rows() {
  const start = BigInt(Date.UTC(2024, 0, 1)) * 1000n;
  for (let first = 0; first < ROWS; first += SLICE) {
    const numbers = Array.from({ length: Math.min(SLICE, ROWS - first) }, (_, i) => first + i);
    const column = (value) => numbers.map(value);
    yield {
      rowCount: numbers.length,
      columns: [
        column((n) => String(5_000_000_000 + ((n * 7919) % ROWS))),
        column((n) => start + BigInt(n) * 1_000_003n),
        column((n) => n % 10),
        column((n) => 800 + (n % 3000)),
        column((n) => 1900 + (n % 120)),
        column((n) => (n % 7 === 0 ? null : n % 4)),
        column((n) => n * 1.37),
        column((n) => 100_000 + n / 3),
        column((n) => BigInt(n) * 1_000_000_007n),
        column((n) => 'district ' + (n % 25)),
      ],
    };
  }
}

async function main() {
  const folder = mkdtempSync(join(tmpdir(), 'cdk-ml-serving-bench-'));
  try {
    const side = await load(folder);
    const io = side.tableWriterIo(new side.FolderStore(join(folder, 'table')));
    await side.createTable(io, { schema: side.deltaSchemaOf(TABLE) });
    await side.appendRows(io, { rows: rows() });
    let puts = 0;
    const sink = (operation) => {
      if (operation === 'PutItem') puts++;
      const result = operation === 'Scan' ? { Items: [] } : {};
      return Promise.resolve({ kind: 'answered', result });
    };
    const online = new side.OnlineTable({ call: sink, random: Math.random, sleep: () => Promise.resolve() }, 'houses');
    const document = { table: TABLE, materialization: { mode: 'continuous', tombstoneSeconds: 1 } };
    for (let round = 0; round < 3; round++) {
      global.gc?.();
      const before = process.cpuUsage();
      const at = performance.now();
      const report = await side.materialize(document, { offline: io.store, online, now: Date.now, log: () => undefined });
      const { user, system } = process.cpuUsage(before);
      console.log(`${ROWS} rows: ${((user + system) / ROWS).toFixed(1)} µs CPU, ${(((performance.now() - at) * 1000) / ROWS).toFixed(1)} µs wall; peak ${Math.round(process.resourceUsage().maxRSS / 1024)} MB; ${report.rowsWritten} ${puts}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
await main();
