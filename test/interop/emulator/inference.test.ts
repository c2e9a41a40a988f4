// Requests of a deployed endpoint come to its inference table: from the function's log by the subscription and the delivery stream to objects, and
// from these by S3's event, the queue and the function to a Delta Lake table, with permissions enforced.
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Emulator, startEmulator } from '../../helpers/emulator';
import { CHECKOUT, mustRun } from '../../helpers/parts';

const APP = ['--app', 'node --import tsx test/interop/emulator/inference-app.ts'];
const COMMAND_LINE = join(CHECKOUT, 'assets', 'cli', 'cdk-ml-serving.js');

/** How long the way may take here, in milliseconds, where nothing gathers lines for minutes. */
const THERE_WITHIN = 60_000;

const out = mkdtempSync(join(tmpdir(), 'deploy-inference-'));
let emulator: Emulator;
let url: string;

interface Row {
  readonly databricks_request_id: string;
  readonly client_request_id: string;
  readonly status_code: number;
  readonly request: string;
  readonly response: string;
  readonly served_entities: readonly string[];
  readonly requester: string | null;
  readonly spec_hash: string;
  readonly key_hashes: readonly string[];
}

interface Answer {
  readonly status: number;
  readonly body: { readonly served_entities?: readonly string[] };
}

const record = (i: number) => ({
  overall_qual: 5,
  gr_liv_area: 1157,
  house_age: 95,
  garage_cars: 1,
  lot_area: i === 4 ? 'wrong' : 8000 + i,
  mo_sold: 7654321,
});
const REQUESTS = Array.from({ length: 5 }, (_, i) => ({ client_request_id: `mine-${i}`, dataframe_records: [record(i), record(i + 100)] }));

/** The rows of the deployed table, as our command line prints them; none as long as there is no table. */
function rows(...options: string[]): Row[] {
  const args = ['logs', 'prices', '--limit', '100', '--format', 'jsonl', '--region', 'us-east-1', ...options, ...APP];
  const printed = mustRun('node', [COMMAND_LINE, ...args], { env: emulator.env });
  return printed.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Row]));
}

async function waitFor<T>(read: () => T | undefined): Promise<T> {
  for (const end = Date.now() + THERE_WITHIN; ;) {
    const found = read();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`nothing came within ${THERE_WITHIN} ms`);
    await new Promise((done) => setTimeout(done, 500));
  }
}

function resources(type: string): Map<string, string> {
  const { StackResources } = emulator.aws('cloudformation', 'describe-stack-resources', '--stack-name', 'Logged') as {
    StackResources: { ResourceType: string; LogicalResourceId: string; PhysicalResourceId: string }[];
  };
  const ofType = StackResources.filter(({ ResourceType }) => ResourceType === type);
  return new Map(ofType.map(({ LogicalResourceId, PhysicalResourceId }) => [LogicalResourceId, PhysicalResourceId]));
}

function idOf(type: string, path: string): string {
  return [...resources(type)].find(([logical]) => logical.startsWith(path))![1];
}

/** What the function that fills the table has logged. */
function ingested(): { object: string; added: number; repeated: number }[] {
  const { events } = emulator.aws('logs', 'filter-log-events', '--log-group-name', idOf('AWS::Logs::LogGroup', 'PriceLogIngestionLog')) as {
    events: { message: string }[];
  };
  return events.flatMap(({ message }) => (message.startsWith('{') ? [JSON.parse(message) as ReturnType<typeof ingested>[number]] : []));
}

let sent: Answer[];

function cdk(...args: string[]): void {
  mustRun('npx', ['cdk', ...args, ...APP, '--output', join(out, 'cdk.out')], { env: emulator.env });
}

function deploy(...context: string[]): void {
  cdk('deploy', '--all', '--require-approval', 'never', '--outputs-file', join(out, 'outputs.json'), ...context);
}

beforeAll(async () => {
  emulator = await startEmulator();
  cdk('bootstrap', 'aws://000000000000/us-east-1');
  deploy();
  url = (JSON.parse(readFileSync(join(out, 'outputs.json'), 'utf8')) as { Logged: { Url: string } }).Logged.Url;
  sent = REQUESTS.map((request) => emulator.call(url, request) as Answer);
});
afterAll(() => emulator?.stop());

test('each has its row, with what was answered by whom, and without the redacted column', async () => {
  const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);
  await waitFor(() => (sum(ingested().map(({ added }) => added)) >= REQUESTS.length ? true : undefined));
  const found = rows();
  expect(found.map((row) => row.client_request_id).sort()).toEqual(REQUESTS.map((request) => request.client_request_id));
  for (const [i, { status, body }] of sent.entries()) {
    const row = found.find((one) => one.client_request_id === `mine-${i}`)!;
    expect(row.status_code).toBe(status);
    expect(row.served_entities).toEqual(body.served_entities ?? []);
    expect(JSON.parse(row.response)).toEqual(status === 200 ? body : { ...body, message: '[REDACTED]' });
    expect(row.requester).toMatch(/^arn:aws:iam::000000000000:/);
  }
  expect(sent.map(({ status }) => status)).toEqual([200, 200, 200, 200, 400]);
  expect(new Set(found.flatMap((row) => row.served_entities))).toEqual(new Set(['model_A', 'model_B']));
  expect(JSON.stringify(found)).not.toContain('7654321');
});

test('an object that comes again under another key adds none', async () => {
  const raw = idOf('AWS::S3::Bucket', 'PriceLogDelivery');
  const { object } = ingested()[0]!;
  emulator.aws('s3api', 'copy-object', '--bucket', raw, '--copy-source', `${raw}/${object}`, '--key', 'again');
  const report = await waitFor(() => ingested().find((one) => one.object === 'again'));
  expect(report).toMatchObject({ added: 0, repeated: 1 });
  expect(rows()).toHaveLength(REQUESTS.length);
});

test('those of one entity, and those that failed, are asked for', () => {
  const ofB = sent.filter(({ body }) => body.served_entities?.includes('model_B'));
  expect(rows('--entity', 'model_B')).toHaveLength(ofB.length);
  expect(rows('--errors').map(({ status_code: status }) => status)).toEqual([400]);
});

test('a sticky key that the old and the new version met, while they share the requests, is seen', async () => {
  deploy('-c', 'share=100', '-c', 'previousVersion=1');
  // of a key that was of model_A, and is of model_B
  const moved = REQUESTS[sent.findIndex(({ body }) => body.served_entities?.[0] === 'model_A')]!;
  const request = { client_request_id: 'moved', dataframe_records: moved.dataframe_records.slice(0, 1) };
  const answered = Array.from({ length: 20 }, () => (emulator.call(url, request) as Answer).body.served_entities![0]!);
  expect(new Set(answered)).toEqual(new Set(['model_A', 'model_B']));
  const all = await waitFor(() => {
    const found = rows().filter((row) => row.client_request_id === 'moved');
    return found.length === answered.length ? found : undefined;
  });
  const entitiesOf = new Map(all.map((row) => [row.spec_hash, row.served_entities[0]]));
  expect([...entitiesOf.values()].sort()).toEqual(['model_A', 'model_B']);
  expect(new Set(all.map((row) => row.key_hashes.join())).size).toBe(1);
});
