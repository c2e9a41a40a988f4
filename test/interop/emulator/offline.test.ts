// A commit by delta-rs into the bucket of a deployed feature table comes online by S3's event, through EventBridge and the queue, and is served.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createJsonCall, jsonCallerSettings } from '../../../lambda/aws/json-call';
import { wakeUpMessages } from '../../../lambda/aws/wake-up-messages';
import { type Emulator, startEmulator } from '../../helpers/emulator';
import { CHECKOUT, mustRun, pythonEnvironment } from '../../helpers/parts';

const APP = ['--app', 'npx tsx test/interop/emulator/offline-app/app.ts'];
const COMMAND_LINE = join(CHECKOUT, 'assets', 'cli', 'cdk-ml-serving.js');
const SCRIPT = join(__dirname, 'commit.py');

/** How long a commit may take to be served, in milliseconds: far less than the hours to the next sweep. */
const SERVED_WITHIN = 60_000;

const out = mkdtempSync(join(tmpdir(), 'deploy-offline-'));
let python: string;
let emulator: Emulator;
let url: string;
let bucket: string;

function resources(type: string): string[] {
  const { StackResources } = emulator.aws('cloudformation', 'describe-stack-resources', '--stack-name', 'Offline') as {
    StackResources: { ResourceType: string; PhysicalResourceId: string }[];
  };
  return StackResources.filter(({ ResourceType }) => ResourceType === type).map(({ PhysicalResourceId }) => PhysicalResourceId);
}

/** Lets delta-rs commit to the table, one operation a call. */
function commit(operation: object): void {
  mustRun(python, [SCRIPT, `s3://${bucket}/houses`, JSON.stringify(operation)], { env: { ...emulator.env, AWS_ALLOW_HTTP: 'true' } });
}

function run(...args: string[]): string {
  return mustRun('node', [COMMAND_LINE, ...args, '--region', 'us-east-1', ...APP], { env: emulator.env });
}

const tables = (...args: string[]): string => run('tables', ...args);

/** The rows of a CSV file as texts. */
const rowsIn = (file: string): string[] => readFileSync(file, 'utf8').trim().split('\n').slice(1);

/** The features that the endpoint serves of some keys. */
function served(...ids: string[]): unknown {
  const { status, body } = emulator.call(url, { dataframe_records: ids.map((id) => ({ id })) }, { signed: false });
  expect(status).toBe(200);
  return (body as { outputs: unknown }).outputs;
}

/** Waits until the endpoint serves what it should. */
async function serves(ids: string[], expected: unknown): Promise<void> {
  const end = Date.now() + SERVED_WITHIN;
  while (JSON.stringify(served(...ids)) !== JSON.stringify(expected) && Date.now() < end)
    await new Promise((done) => setTimeout(done, 500));
  expect(served(...ids)).toEqual(expected);
}

beforeAll(async () => {
  python = join(pythonEnvironment('delta', ['deltalake', 'pyarrow']), 'python');
  emulator = await startEmulator({ enforcesIam: false });
  const cdk = (...args: string[]): string =>
    mustRun('npx', ['cdk', ...args, ...APP, '--output', join(out, 'cdk.out')], { env: emulator.env });
  cdk('bootstrap', 'aws://000000000000/us-east-1');
  cdk('deploy', 'Offline', '--require-approval', 'never', '--outputs-file', join(out, 'outputs.json'));
  url = (JSON.parse(readFileSync(join(out, 'outputs.json'), 'utf8')) as { Offline: { Url: string } }).Offline.Url;
  bucket = resources('AWS::S3::Bucket')[0]!;
});

afterAll(() => emulator?.stop());

test('a table that delta-rs made is served', async () => {
  commit({ append: { id: ['a', 'b'], updated_at: [1_700_000_000_000_000, 1_700_000_000_000_000], rooms: [3, 4], price: [1.5, null] } });
  await serves(
    ['a', 'b'],
    [
      { id: 'a', rooms: 3, price: 1.5 },
      { id: 'b', rooms: 4, price: null },
    ],
  );
});

test('a later event replaces what is served, an earlier one does not', async () => {
  commit({ append: { id: ['a', 'b'], updated_at: [1_700_000_001_000_000, 1_600_000_000_000_000], rooms: [5, 1], price: [2.5, 9] } });
  await serves(
    ['a', 'b'],
    [
      { id: 'a', rooms: 5, price: 2.5 },
      { id: 'b', rooms: 4, price: null },
    ],
  );
});

test('a row that delta-rs deletes is served no more', async () => {
  commit({ delete: "id = 'b'" });
  await serves(
    ['a', 'b'],
    [
      { id: 'a', rooms: 5, price: 2.5 },
      { id: 'b', rooms: null, price: null },
    ],
  );
});

test('what the command line loads lands in both stores', async () => {
  const file = join(out, 'houses.csv');
  writeFileSync(file, 'id,updated_at,rooms,price\nc,2023-11-14T22:13:22Z,6,7.25\n');
  expect(tables('load', 'houses', file)).toMatch(/^houses: 1 row written/m);
  await serves(['c'], [{ id: 'c', rooms: 6, price: 7.25 }]);
  expect(tables('query', 'houses', '--key', 'id=c', '--format', 'jsonl')).toContain('"rooms":6');
});

describe('the command line', () => {
  const write = (name: string, ...lines: string[]): string => {
    writeFileSync(join(out, name), `${lines.join('\n')}\n`);
    return join(out, name);
  };

  test('tells where the rows of a deployed table are, and how far they came online', () => {
    const description = tables('describe', 'houses');
    expect(description).toContain(`s3://${bucket}/houses`);
    expect(description).toMatch(/^ {2}materialization {2}continuous\n +version 3 is online since /m);
    expect(tables('history', 'houses', '--limit', '1')).toMatch(/^ +3 .* MERGE +1 +0 +0 +cdk-ml-serving\//m);
    expect(tables('query', 'houses', '--version', '0', '--format', 'csv')).toContain('b,2023-11-14T22:13:20Z,4,\n');
  });

  test('joins training sets, scores and compares both stores', () => {
    const labels = write('labels.csv', 'id,at,label', 'a,2023-11-14T22:13:20Z,x', 'a,2023-11-14T22:13:21Z,y', 'c,2023-11-14T22:13:21Z,z');
    run('training-set', '--spec', 'features', '--labels', labels, '--time', 'at', '--output', join(out, 'set.csv'));
    expect(rowsIn(join(out, 'set.csv'))).toEqual([
      'a,2023-11-14T22:13:20Z,x,3,1.5',
      'a,2023-11-14T22:13:21Z,y,5,2.5',
      'c,2023-11-14T22:13:21Z,z,,',
    ]);
    const input = write('scored.csv', 'id,c,d', 'a,1,2', 'c,3,4');
    expect(run('score', 'prices', '--input', input, '--output', join(out, 'scores.csv'))).toContain('scores.csv: 2 rows written');
    expect(rowsIn(join(out, 'scores.csv'))).toEqual([expect.stringMatching(/^a,1,2,-?[\d.]+$/), expect.stringMatching(/^c,3,4,-?[\d.]+$/)]);
    const requests = write('requests.jsonl', '{"id":"a"}', '{"id":"b"}', '{"dataframe_records":[{"id":"c"},{"id":"a"}]}');
    expect(run('verify-skew', 'features', '--requests', requests)).toContain('3 requests of 4 rows, no difference');
  });

  test('rolls a deployed table back and forth, and deletes rows of it', async () => {
    expect(tables('materialize', 'houses', '--version', '0', '--force')).toContain('houses: version 0 is online');
    await serves(['a'], [{ id: 'a', rooms: 3, price: 1.5 }]);
    expect(tables('materialize', 'houses')).toContain('houses: version 3 is online');
    await serves(['a'], [{ id: 'a', rooms: 5, price: 2.5 }]);
    expect(tables('delete', 'houses', write('keys.csv', 'id', 'a', 'nobody'))).toContain(
      'houses: 2 rows deleted, 1 key not found; version 4',
    );
    await serves(['a'], [{ id: 'a', rooms: null, price: null }]);
  });
});

/** What SQS answers to a call that receives messages, or to another. */
interface Received {
  readonly Messages?: readonly { readonly ReceiptHandle: string; readonly Body: string }[];
}

test('a message that is to come again soon is not kept away for as long as a run may take', async () => {
  // the one that nobody takes messages from
  const queue = resources('AWS::SQS::Queue').find((url) => url.includes('DeadLetter'))!;
  const call = async (operation: string, input: object): Promise<Received> => {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AmazonSQS.${operation}`,
      authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=none',
    };
    const body = JSON.stringify({ QueueUrl: queue, ...input });
    return (await (await fetch(emulator.env.AWS_ENDPOINT_URL!, { method: 'POST', headers, body })).json()) as Received;
  };
  const receive = async () => (await call('ReceiveMessage', {})).Messages?.[0];
  await call('SendMessage', { MessageBody: 'wake up', MessageGroupId: 'group', MessageDeduplicationId: '1' });
  const { ReceiptHandle: handle } = (await receive())!;
  expect(await receive()).toBeUndefined();
  const sqs = createJsonCall(jsonCallerSettings(emulator.env, 'sqs', Date.now), Date.now);
  await wakeUpMessages(queue, sqs, { random: Math.random, sleep: () => Promise.resolve() }).retry(handle, 1);
  await new Promise((done) => setTimeout(done, 1100));
  expect(await receive()).toMatchObject({ Body: 'wake up' });
});

test('the catalog tells Athena and Spark where the table lies', () => {
  const [database] = resources('AWS::Glue::Database');
  const { TableList } = emulator.aws('glue', 'get-tables', '--database-name', database!) as {
    TableList: { Parameters: Record<string, string>; StorageDescriptor: { Location: string; Columns: { Name: string; Type: string }[] } }[];
  };
  expect(TableList).toHaveLength(1);
  expect(TableList[0]!.StorageDescriptor.Location.replace(/\/$/, '')).toBe(`s3://${bucket}/houses`);
  expect(TableList[0]!.StorageDescriptor.Columns).toEqual([
    expect.objectContaining({ Name: 'id', Type: 'string' }),
    expect.objectContaining({ Name: 'updated_at', Type: 'timestamp' }),
    expect.objectContaining({ Name: 'rooms', Type: 'int' }),
    expect.objectContaining({ Name: 'price', Type: 'double' }),
  ]);
});
