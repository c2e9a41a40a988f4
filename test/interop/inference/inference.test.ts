// The inference table that `dev` writes, read by delta-rs: it adds up to the requests that were sent. The lines of its log, delivered twice, late and
// by writers that die, come to the same rows.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ingest } from '../../../lambda/handlers/ingest';
import { FolderStore } from '../../../lambda/stores/folder-store';
import type { WritableStore } from '../../../lambda/stores/object-store';
import { tableWriterIo } from '../../../lambda/delta/writer-io';
import { INFERENCE_COLUMNS } from '../../../lib/contract/inference-columns';
import { type RunningDev, runCli, startDev } from '../../helpers/dev';
import { generator } from '../../helpers/generator';
import { memoryObjects } from '../../helpers/memory-objects';
import { mortalStore, WriterDied } from '../../helpers/mortal-store';
import { mustRun, pythonEnvironment } from '../../helpers/parts';
import { rawObject } from '../../helpers/raw-object';

const REQUESTS = 200;
const OFFLINE = mkdtempSync(join(tmpdir(), 'inference-'));
afterAll(() => rmSync(OFFLINE, { recursive: true, force: true }));

interface Row {
  readonly databricks_request_id: string;
  readonly client_request_id: string | null;
  readonly status_code: number;
  readonly request: string;
  readonly response: string;
  readonly row_count: number | null;
  readonly served_entities: readonly string[];
  readonly request_metadata: Record<string, string>;
  readonly sampling_fraction: number;
}

interface Sent {
  readonly status: number;
  readonly body: { readonly predictions?: readonly number[]; readonly served_entities?: readonly string[] };
}

const record = (i: number) => ({
  overall_qual: 5,
  gr_liv_area: 1500 + i,
  total_bsmt_sf: 800,
  garage_cars: 1,
  full_bath: 1,
  house_age: 12345,
  lot_area: 9000 + i,
  overall_cond: 5,
  mo_sold: 6,
});

/** One to three records; each tenth request is wrong. */
function bodyOf(i: number): object {
  const records = Array.from({ length: 1 + (i % 3) }, (_, n) => record(10 * i + n));
  return {
    client_request_id: `client-${i}`,
    dataframe_records: i % 10 === 9 ? records.map((one) => ({ ...one, lot_area: 'wrong' })) : records,
  };
}

async function send(url: string, endpoint: string, i: number): Promise<Sent> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/serving-endpoints/${endpoint}/invocations`, {
    method: 'POST',
    headers,
    body: JSON.stringify(bodyOf(i)),
  });
  return { status: answer.status, body: (await answer.json()) as Sent['body'] };
}

function readByDeltaRs(folder: string): { readonly columns: string[]; readonly rows: Row[] } {
  const python = join(pythonEnvironment('delta', ['deltalake', 'pyarrow']), 'python');
  return JSON.parse(mustRun(python, [join(__dirname, 'sums.py'), folder])) as { columns: string[]; rows: Row[] };
}

/** The handler of the ingestion, over stores in place of the buckets. */
function ingestion(raw: WritableStore, table: WritableStore): (key: string) => Promise<void> {
  const asset = mkdtempSync(join(OFFLINE, 'asset-'));
  writeFileSync(join(asset, 'inference.json'), JSON.stringify({ documentVersion: 1, endpointName: 'prices', prefix: 'prices_inference' }));
  const handler = ingest(asset, {
    env: { ML_SERVING_BINDINGS: JSON.stringify({ tables: {}, buckets: { raw: 'raw', table: 'table' } }) },
    write: () => undefined,
    open: (bucket) => (bucket === 'raw' ? raw : table),
    writer: tableWriterIo,
  });
  return (key) => handler({ Records: [{ body: JSON.stringify({ detail: { object: { key } } }) }] });
}

let dev: RunningDev;
let sent: Sent[];
let sampledStatuses: number[];
let logged: { code: number | null; stdout: string; stderr: string }[];

beforeAll(async () => {
  dev = await startDev(__dirname, ['--offline', OFFLINE, '--verbose']);
  const [prices, sampled] = dev.urls;
  sent = [];
  for (let i = 0; i < REQUESTS; i++) sent.push(await send(prices!, 'prices', i));
  sampledStatuses = [];
  for (let i = 0; i < REQUESTS; i++) sampledStatuses.push((await send(sampled!, 'sampled', i)).status);
  await new Promise((done) => setTimeout(done, 3000)); // lines are gathered for half a second, then written
  const run = (...args: string[]) => runCli(__dirname, ['logs', 'prices', '--local', ...args]);
  logged = [
    await run('--errors', '--limit', '1000'),
    await run('--entity', 'model_B', '--limit', '1000', '--format', 'jsonl'),
    await run('--since', '2020-01-01T00:00:00Z', '--limit', '3'),
  ];
  await dev.stop();
});

test('has a row for each request, with what was answered by whom', () => {
  const { columns, rows } = readByDeltaRs(join(OFFLINE, 'prices_inference'));
  expect([...columns].sort()).toEqual(INFERENCE_COLUMNS.map(({ name }) => name).sort());
  const ours = new Map(rows.filter((row) => row.client_request_id !== null).map((row) => [row.client_request_id, row]));
  expect(ours.size).toBe(REQUESTS);
  expect(new Set(rows.map((row) => row.databricks_request_id)).size).toBe(rows.length);
  sent.forEach(({ status, body }, i) => {
    const row = ours.get(`client-${i}`)!;
    expect(row.status_code).toBe(status);
    expect(row.row_count).toBe(1 + (i % 3));
    expect(row.served_entities).toEqual(body.served_entities ?? []);
    if (status === 200) expect(JSON.parse(row.response)).toEqual(body);
    expect(row.request_metadata['endpoint_name']).toBe('prices');
  });
  expect(sent.filter(({ status }) => status === 400)).toHaveLength(REQUESTS / 10);
});

test('comes out the same of lines that are delivered twice, late, and by writers that die', async () => {
  const lines = dev
    .stderr()
    .split('\n')
    .flatMap((line) => /^\[prices\] (\{.*\})$/.exec(line)?.[1] ?? []);
  const raw: Record<string, Uint8Array> = {};
  for (let start = 0; start < lines.length; start += 20) {
    const some = lines.slice(Math.max(0, start - 5), start + 20); // five are in the object before too
    raw[`${start}.gz`] = rawObject(some);
    if (start % 40 === 0) raw[`again-${start}.gz`] = rawObject(some);
  }
  const folder = join(OFFLINE, 'delivered');
  const { int, pick } = generator(7);
  const keys = Object.keys(raw)
    .map((key) => ({ key, place: int(1000) }))
    .sort((a, b) => a.place - b.place)
    .map(({ key }) => key);
  let deaths = 0;
  for (const key of keys) {
    const death = { put: int(4), when: pick(['before', 'after'] as const) };
    await ingestion(
      memoryObjects(raw),
      mortalStore(new FolderStore(folder), death),
    )(key).catch((error: unknown) => {
      if (!(error instanceof WriterDied)) throw error;
      deaths++;
    });
    await ingestion(memoryObjects(raw), new FolderStore(folder))(key);
  }
  expect(deaths).toBeGreaterThan(3);
  const byId = (rows: readonly Row[]) => [...rows].sort((a, b) => (a.databricks_request_id < b.databricks_request_id ? -1 : 1));
  const delivered = readByDeltaRs(folder);
  expect(delivered.rows.length).toBeGreaterThanOrEqual(REQUESTS);
  expect(byId(delivered.rows)).toEqual(byId(readByDeltaRs(join(OFFLINE, 'prices_inference')).rows));
});

test('shows no value of a redacted column', () => {
  const { rows } = readByDeltaRs(join(OFFLINE, 'prices_inference'));
  expect(rows.filter((row) => `${row.request}${row.response}`.includes('12345'))).toEqual([]);
  const kept = Object.keys(record(0)).filter((name) => name !== 'house_age');
  const columnsOf = (row: Row) => (JSON.parse(row.request) as { dataframe_split: { columns: string[] } }).dataframe_split.columns;
  expect(new Set(rows.map((row) => columnsOf(row).join()))).toEqual(new Set([kept.join()]));
});

test('of a sampled endpoint has the share that is asked for', () => {
  const { rows } = readByDeltaRs(join(OFFLINE, 'sampled_inference'));
  expect(sampledStatuses).toHaveLength(REQUESTS);
  expect(rows.length).toBeGreaterThan(REQUESTS * 0.08);
  expect(rows.length).toBeLessThan(REQUESTS * 0.34);
  expect(new Set(rows.map((row) => row.sampling_fraction))).toEqual(new Set([0.2]));
});

test('shows which sticky keys met two versions of the endpoint', async () => {
  const again = await startDev(__dirname, ['--offline', OFFLINE, '--context', 'share=90']);
  const met = [0, 1, 3, 4]; // of two records each, but for the first and the third
  for (const i of met) expect((await send(again.urls[0]!, 'prices', i)).status).toBe(200);
  await again.stop();

  // what `dev` asks at its start met both too
  const rows = readByDeltaRs(join(OFFLINE, 'prices_inference')).rows.filter((row) => row.client_request_id !== null);
  writeFileSync(join(OFFLINE, 'rows.json'), JSON.stringify(rows));
  const docs = readFileSync('docs/traffic.md', 'utf8');
  const query = /```sql\n(SELECT key, count\(DISTINCT spec_hash\)[^]*?)```/.exec(docs)![1]!;
  const hash = /in DuckDB `(.*)`/.exec(docs)![1]!;
  const keys = met.flatMap((i) => Array.from({ length: 1 + (i % 3) }, (_, n) => record(10 * i + n).lot_area));
  const script = join(OFFLINE, 'versions.py');
  writeFileSync(
    script,
    `import duckdb, json, sys
db = duckdb.connect()
db.execute("CREATE TABLE prices_inference AS SELECT * FROM read_json(?)", [sys.argv[1]])
db.execute("CREATE TABLE keys AS SELECT unnest(?::VARCHAR[]) AS key", [json.loads(sys.argv[2])])
hashed = dict(db.execute("SELECT ${hash}, key FROM keys").fetchall())
print(json.dumps(sorted((hashed[key], versions, requests) for key, versions, requests in db.execute("""${query}""").fetchall())))
`,
  );
  const python = join(pythonEnvironment('duckdb', ['duckdb==1.4.1']), 'python');
  const found = JSON.parse(mustRun(python, [script, join(OFFLINE, 'rows.json'), JSON.stringify(keys.map(String))])) as unknown;
  expect(found).toEqual(keys.map((key) => [String(key), 2, 2]).sort());
});

test('is printed by `logs`', () => {
  const [errors, ofB, latest] = logged;
  expect(errors!.stdout.trim().split('\n')).toHaveLength(REQUESTS / 10);
  expect(errors!.stdout.split('\n')[0]).toMatch(
    /^20\S+Z {2}400 {2}\d+ ms {2}\S+ {2}\(client-9\) {2}INVALID_PARAMETER_VALUE: row 0, column 'lot_area': \[REDACTED\]$/,
  );
  const printed = ofB!.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
  const answered = sent.filter(({ body }) => body.served_entities?.includes('model_B'));
  expect(printed.filter((row) => row.client_request_id !== null)).toHaveLength(answered.length);
  expect(latest!.stdout.trim().split('\n')).toHaveLength(3);
  expect(logged.map(({ code }) => code)).toEqual([0, 0, 0]);
});
