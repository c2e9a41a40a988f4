// The hook before a roll-out, with a serving function's very handler as the version that it tries.
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type HookHost, preTraffic } from '../../../lambda/handlers/pre-traffic';
import { serve } from '../../../lambda/handlers/serve';
import { Column, FeatureSpec, FeatureTable, InferenceTable, Model, Rollout, ServedEntity, ServingEndpoint } from '../../../lib';
import { testApp } from '../../helpers/app';
import { changedCases, fixtureArtifact } from '../../helpers/case-app';
import { context, event, type TestHost, testHost } from '../../helpers/http-api';
import { memoryReader } from '../../helpers/memory-reader';

const VERSION = 'arn:aws:lambda:us-east-1:123456789012:function:prices:8';

/** The folders of an endpoint's function, which looks up what its cases say themselves, and of its hook. */
function foldersOf(cases: string): { served: string; hook: string } {
  const app = testApp();
  const stack = new Stack(app, 'Stack');
  const houses = new FeatureTable(stack, 'Houses', {
    featureTableName: 'houses',
    primaryKey: [Column.string('id')],
    features: [Column.integer('gr_liv_area')],
  });
  const version = new Model(stack, 'HousePrice').addVersion('1', { artifact: fixtureArtifact('house_price_a'), cases });
  const features = new FeatureSpec({ lookups: [houses.lookup({ lookupKey: ['id'] })] });
  new ServingEndpoint(stack, 'prices', {
    servedEntities: [ServedEntity.model('model_A', version, { features })],
    rollout: Rollout.allAtOnce(),
    inferenceTable: new InferenceTable(stack, 'PriceLog'),
  });
  const { directory } = app.synth();
  const folder = (Description: string) => {
    const [found] = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function', { Properties: { Description } }));
    return join(directory, `asset.${found!.Properties.Code.S3Key.replace('.zip', '')}`);
  };
  return { served: folder('Endpoint prices'), hook: folder('Tests new versions of the endpoint prices') };
}

interface Received {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Lambda and CodeDeploy, as far as the hook calls them. */
async function startAws(
  answer: (event: unknown) => Promise<{ status?: number; error?: boolean; body: unknown }>,
): Promise<{ server: Server; received: Received[]; url: string }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      received.push({ url: request.url!, headers: request.headers, body });
      if (request.url === '/') return void response.end('{}');
      void answer(JSON.parse(body)).then(({ status = 200, error = false, body: result }) => {
        response.writeHead(status, error ? { 'x-amz-function-error': 'Unhandled' } : {}).end(JSON.stringify(result));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** What the hook reports and logs when a version answers in this way. */
async function tried(hook: string, answer: Parameters<typeof startAws>[0]) {
  const { server, received, url } = await startAws(answer);
  const lines: string[] = [];
  const env = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
    AWS_ENDPOINT_URL: url,
    ML_SERVING_NEW_VERSION: VERSION,
  };
  let waited = 0;
  const host: HookHost = {
    env,
    now: () => Date.now() + waited,
    random: () => 0.5,
    sleep: (milliseconds) => Promise.resolve((waited += milliseconds)),
    write: (line) => void lines.push(line),
  };
  try {
    await preTraffic(hook, host)({ DeploymentId: 'd-1', LifecycleEventHookExecutionId: 'e-1' });
  } finally {
    server.close();
  }
  const report = received.at(-1)!;
  expect(report.headers['x-amz-target']).toBe('CodeDeploy_20141006.PutLifecycleEventHookExecutionStatus');
  expect(report.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=a\/\d{8}\/us-east-1\/codedeploy\/aws4_request/);
  const calls = received.slice(0, -1);
  return {
    calls,
    waited,
    report: JSON.parse(report.body) as unknown,
    line: JSON.parse(lines[0]!) as { status: string; problems: string[] },
  };
}

function hostOf(): TestHost {
  return testHost({ reader: memoryReader({}), env: { ML_SERVING_BINDINGS: '{"tables":{"houses":"physical"}}' } });
}

function versionOf(folder: string, host = hostOf()): Parameters<typeof startAws>[0] {
  const handler = serve(folder, host);
  return async (event) => ({ body: await handler(event as never, context()) });
}

test('a version that answers its cases gets traffic, although requests cannot send the features that it looks up', async () => {
  const { served, hook } = foldersOf('test/fixtures/house_price_a/cases.json');
  const { calls, report, line } = await tried(hook, versionOf(served));
  expect(report).toEqual({ deploymentId: 'd-1', lifecycleEventHookExecutionId: 'e-1', status: 'Succeeded' });
  expect(line).toEqual({ endpoint: 'prices', version: VERSION, deployment_id: 'd-1', status: 'Succeeded', problems: [] });
  expect(calls).toHaveLength(1 + 45);
  expect(new Set(calls.map(({ url }) => url))).toEqual(new Set([`/2015-03-31/functions/${encodeURIComponent(VERSION)}/invocations`]));
});

test("cases are in the version's log, but not in its metrics or inference table", async () => {
  const { served, hook } = foldersOf('test/fixtures/house_price_a/cases.json');
  const host = hostOf();
  await tried(hook, versionOf(served, host));
  expect(host.lines).toHaveLength(45);
  for (const line of host.lines) {
    expect(line).toMatchObject({ trial: true, served_entity: 'model_A', status: 200 });
    for (const field of ['_aws', 'Invocations', 'Errors', 'Refusals', 'inference']) expect(line).not.toHaveProperty(field);
  }
  await serve(served, host)(event('POST', '/invocations', { body: '{}' }), context());
  expect(host.lines.at(-1)).toMatchObject({ Invocations: 1, status: 400, inference: { sampling_fraction: 1 } });
  expect(host.lines.at(-1)).not.toHaveProperty('trial');
});

test('a version with another answer gets no traffic, and the log names the case', async () => {
  const cases = changedCases('house_price_a', (document) => (document.cases[2].expected.variable = [1]));
  const { served, hook } = foldersOf(cases);
  const { report, line } = await tried(hook, versionOf(served));
  expect(report).toEqual({ deploymentId: 'd-1', lifecycleEventHookExecutionId: 'e-1', status: 'Failed' });
  expect(line.problems).toEqual([
    expect.stringMatching(
      /^served entity 'model_A', case '\d+', row 2, output 'variable': expected 1 within 0\.01 \+ 0\.00001·\|expected\|, got: \d+\.\d+$/,
    ),
  ]);
});

describe('a version that cannot be called', () => {
  const CASES = 'test/fixtures/house_price_a/cases.json';

  test.each([
    [
      'is not healthy',
      { body: { statusCode: 500, body: 'no model' } },
      "endpoint 'prices': expected status 200 of GET /health, got: 500 no model",
    ],
    [
      'fails',
      { error: true, body: { errorMessage: 'broken' } },
      `Error: expected an answer of ${VERSION}, got: the error {"errorMessage":"broken"}`,
    ],
    ['may not be called', { status: 403, body: { message: 'denied' } }, 'AwsError: lambda:InvokeFunction: HTTP 403: denied'],
  ])('because it %s gets no traffic', async (_, answer, problem) => {
    const { report, line } = await tried(foldersOf(CASES).hook, () => Promise.resolve(answer));
    expect(report).toMatchObject({ status: 'Failed' });
    expect(line.problems).toEqual([problem]);
  });

  test.each([
    ['it is not ready yet', 409],
    ['IAM does not know the permission everywhere yet', 403],
    ['Lambda is throttled', 429],
    ['Lambda fails', 500],
  ])('because %s is called again', async (_, status) => {
    let calls = 0;
    const { served, hook } = foldersOf(CASES);
    const ready = versionOf(served);
    const { report } = await tried(hook, (event) => (calls++ < 5 ? Promise.resolve({ status, body: {} }) : ready(event)));
    expect(report).toMatchObject({ status: 'Succeeded' });
  });

  test('because the permission is missing is called for a minute', async () => {
    const { calls, waited } = await tried(foldersOf(CASES).hook, () => Promise.resolve({ status: 403, body: { message: 'denied' } }));
    expect(calls.length).toBeGreaterThan(10);
    expect(waited).toBeGreaterThan(50_000);
    expect(waited).toBeLessThan(60_000);
  });
});
