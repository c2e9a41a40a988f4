// Compares appending to, reading and replaying a Delta table with delta-rs, in turns within one run: rows a second, and the ratio by time and by
// CPU, because delta-rs uses all cores. Installs delta-rs in the cache of the extra suites.
//
//   node bench/delta.mjs [rounds]
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { tsImport } from 'tsx/esm/api';

const ROUNDS = Number(process.argv[2] ?? 7);
const ROWS = 500_000;
const SLICE = 4096;
const COMMITS = 1000;
const ROOT = dirname(import.meta.dirname);

const OURS = `
  export { appendRows } from './lambda/delta/append-rows';
  export { createTable } from './lambda/delta/create-table';
  export { FolderStore } from './lambda/stores/folder-store';
  export { readDataFile } from './lambda/delta/data-file-reader';
  export { readSnapshot } from './lambda/delta/snapshot';
  export { tableWriterIo } from './lambda/delta/writer-io';`;

async function loadOurs(folder) {
  const outfile = join(folder, 'ours.js');
  const stdin = { contents: OURS, resolveDir: ROOT, loader: 'ts' };
  await build({ stdin, outfile, bundle: true, platform: 'node', format: 'cjs', mainFields: ['module', 'main'], logLevel: 'error' });
  return createRequire(import.meta.url)(outfile);
}

/** Starts a process with delta-rs that runs commands one at a time. */
async function startDeltaRs() {
  const { pythonEnvironment } = await tsImport('../test/helpers/parts.ts', import.meta.url);
  const python = join(pythonEnvironment('delta-bench', ['deltalake==1.6.6', 'pyarrow', 'numpy']), 'python');
  const child = spawn(python, [join(import.meta.dirname, 'delta.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async run(command) {
      child.stdin.write(`${JSON.stringify(command)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`delta-rs ended in ${command.do}`);
      return JSON.parse(value);
    },
    stop: () => child.stdin.end(),
  };
}

/** Makes rows with the same columns as delta.py. */
function makeTable() {
  const type = (name, type) => ({ name, type, nullable: true, physicalName: name, fieldId: undefined });
  const features = ['feature_0', 'feature_1', 'feature_2', 'feature_3', 'feature_4'];
  const fields = [
    type('id', 'string'),
    type('updated_at', 'timestamp'),
    type('rooms', 'integer'),
    ...features.map((name) => type(name, 'double')),
  ];
  const slices = [];
  for (let first = 0; first < ROWS; first += SLICE) {
    const rowCount = Math.min(SLICE, ROWS - first);
    const column = (valueOf) => Array.from({ length: rowCount }, (_, i) => valueOf(first + i));
    slices.push({
      rowCount,
      columns: [
        column((i) => `house-${String(i).padStart(9, '0')}`),
        column((i) => 1_700_000_000_000_000n + BigInt(i)),
        column(() => Math.floor(Math.random() * 40)),
        ...features.map(() => column(() => Math.random())),
      ],
    });
  }
  return { schema: { type: 'struct', fields }, slices };
}

async function append({ appendRows, createTable, FolderStore, tableWriterIo }, folder, { schema, slices }) {
  const io = tableWriterIo(new FolderStore(folder));
  await createTable(io, { schema });
  await appendRows(io, {
    rows: (async function* () {
      yield* slices;
    })(),
  });
}

async function read({ FolderStore, readDataFile, readSnapshot }, folder) {
  const store = new FolderStore(folder);
  const snapshot = await readSnapshot(store);
  let rows = 0;
  for (const file of snapshot.files)
    for await (const slice of readDataFile(store, snapshot, file, snapshot.schema.fields)) rows += slice.rowCount;
  if (rows < ROWS) throw new Error(`read ${rows} rows`);
}

async function replay({ FolderStore, readSnapshot }, folder) {
  const { version } = await readSnapshot(new FolderStore(folder));
  if (version !== COMMITS - 1) throw new Error(`replayed up to version ${version}`);
}

async function measure(work) {
  const start = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function compare(what, unit, count, ours, theirs) {
  const samples = { ours: [], theirs: [] };
  // the first round warms up
  for (let round = -1; round < ROUNDS; round++) {
    const taken = { ours: await ours(round), theirs: await theirs(round) };
    if (round >= 0) for (const side of ['ours', 'theirs']) samples[side].push(taken[side]);
  }
  const [our, their] = ['ours', 'theirs'].map((side) => ({
    seconds: median(samples[side].map(({ seconds }) => seconds)),
    cpu: median(samples[side].map(({ cpu }) => cpu)),
  }));
  const rate = ({ seconds }) => `${Math.round(count / seconds).toLocaleString('en-US')} ${unit}/s`;
  const ratios = `ratio ${(their.seconds / our.seconds).toFixed(2)}, by CPU ${(their.cpu / our.cpu).toFixed(2)}`;
  console.log(`${what}: ${rate(our)}, delta-rs ${rate(their)}, ${ratios}`);
}

const folder = mkdtempSync(join(tmpdir(), 'cdk-ml-serving-bench-'));
const at = (name) => join(folder, name);
const deltaRs = await startDeltaRs();
try {
  const ours = await loadOurs(folder);
  const table = makeTable();
  console.log(`Delta Lake in a folder: ${ROWS.toLocaleString('en-US')} rows of 8 columns, median of ${ROUNDS} rounds`);
  console.log(`Node.js ${process.version}, ${availableParallelism()} x ${cpus()[0].model}`);
  await compare(
    'append',
    'rows',
    ROWS,
    (round) => measure(() => append(ours, at(`ours${round}`), table)),
    (round) => deltaRs.run({ do: 'append', folder: at(`theirs${round}`), count: ROWS }),
  );
  await compare(
    'read what delta-rs wrote',
    'rows',
    ROWS,
    () => measure(() => read(ours, at('theirs0'))),
    () => deltaRs.run({ do: 'read', folder: at('theirs0'), count: ROWS }),
  );
  await deltaRs.run({ do: 'commits', folder: at('log'), count: COMMITS });
  await compare(
    `replay of ${COMMITS.toLocaleString('en-US')} commits`,
    'commits',
    COMMITS,
    () => measure(() => replay(ours, at('log'))),
    () => deltaRs.run({ do: 'replay', folder: at('log'), count: COMMITS }),
  );
} finally {
  deltaRs.stop();
  rmSync(folder, { recursive: true, force: true });
}
