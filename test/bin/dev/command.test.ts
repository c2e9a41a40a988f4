import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type RunningDev, runCli, startDev } from '../../helpers/dev';

jest.setTimeout(60_000);

const APP = join(__dirname, '..', 'plain-app');

describe('an app that uses none of the constructs', () => {
  let dev: RunningDev;
  let url: string;
  beforeAll(async () => {
    dev = await startDev(APP, ['-c', 'greeting=good morning', '-c', 'lookup=1']);
    url = dev.urls[0]!;
  });
  afterAll(() => dev.stop());

  const get = async (path: string, init?: RequestInit): Promise<{ status: number; headers: Headers; body: unknown }> => {
    const response = await fetch(url + path, init);
    return { status: response.status, headers: response.headers, body: (await response.json()) as unknown };
  };
  const env = async (): Promise<Record<string, string>> => ((await get('/items/1')).body as { env: Record<string, string> }).env;

  test('tells what it serves, what it does not check and what it does not run', () => {
    expect(dev.stdout()).toBe('');
    expect(dev.stderr()).toContain(
      [
        `${url}  Api/HttpApiF5A9A8A7`,
        'not run here:',
        '  Api/Echo11F3FB29: the variable QUEUE: it refers to Queue4A7E3555 (AWS::SQS::Queue), which does not run here',
        '  AWS::SQS::Queue',
        '',
        'ready; Ctrl-C stops it',
      ].join('\n'),
    );
  });

  test('runs with dummy values for a VPC that is looked up, and says so', () => {
    expect(dev.stderr()).toContain(
      'the app looks values up in an AWS account (vpc-provider) and gets dummy values here; for the real ones run ' +
        '`npx cdk synth` once with credentials, so that cdk.context.json has them\n',
    );
  });

  test('answers its routes with the events of API Gateway', async () => {
    const { status, headers, body } = await get('/items/a%20b?x=1&x=2', {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json' },
    });
    expect(status).toBe(200);
    expect(headers.get('apigw-requestid')).toMatch(/^[0-9a-f-]{36}$/);
    expect(body).toMatchObject({
      event: {
        routeKey: 'POST /items/{id}',
        rawPath: '/items/a b',
        pathParameters: { id: 'a b' },
        queryStringParameters: { x: '1,2' },
        body: '{"a":1}',
        requestContext: { stage: '$default', accountId: '123456789012', http: { sourceIp: '127.0.0.1' } },
      },
      remaining: expect.any(Number),
    });
    await dev.says('POST /items/a%20b?x=1&x=2 200 ');
  });

  test('gives the function its variables, and none of the developer', async () => {
    expect(await env()).toMatchObject({
      GREETING: 'good morning',
      TABLE: 'Data-Items5C12978B',
      AWS_LAMBDA_FUNCTION_NAME: 'Api-Echo11F3FB29',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_ENDPOINT_URL_DYNAMODB: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    });
    expect(Object.keys(await env())).not.toEqual(expect.arrayContaining(['HOME']));
    expect(Object.keys(await env())).not.toContain('QUEUE');
  });

  test('makes the tables of the template', async () => {
    const response = await fetch((await env()).AWS_ENDPOINT_URL_DYNAMODB!, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'DynamoDB_20120810.DescribeTable',
        'x-amz-date': '20260101T000000Z',
        authorization: 'AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=x',
      },
      body: JSON.stringify({ TableName: 'Data-Items5C12978B' }),
    });
    expect(await response.json()).toMatchObject({
      Table: {
        TableStatus: 'ACTIVE',
        KeySchema: [
          { AttributeName: 'id', KeyType: 'HASH' },
          { AttributeName: 'at', KeyType: 'RANGE' },
        ],
      },
    });
  });

  test.each(['/', '/items', '/items/1/2', '/files/'])('answers 404 to %s', async (path) => {
    expect(await get(path)).toMatchObject({ status: 404, body: { message: 'Not Found' } });
  });

  test('answers 404 to a method that no route has', async () => {
    expect(await get('/items/1', { method: 'DELETE' })).toMatchObject({ status: 404, body: { message: 'Not Found' } });
  });

  test('answers 413 to more than 10 MB', async () => {
    expect(await get('/items/1', { method: 'POST', body: 'x'.repeat(10 * 1024 * 1024 + 1) })).toMatchObject({
      status: 413,
      body: { message: 'Request Entity Too Large' },
    });
  });

  test.each([
    ['throws', 'throw', 'Error: deliberate'],
    ['ends', 'exit', 'the process ended with exit code 3'],
    ['takes longer than its timeout', 'hang', 'task timed out after 1 seconds'],
  ])('answers 500 when the function %s, says why, and goes on', async (_, path, reason) => {
    const before = dev.stderr().length;
    expect(await get(`/files/${path}`)).toMatchObject({ status: 500, body: { message: 'Internal Server Error' } });
    await dev.says(`[Api-Echo11F3FB29] ${reason}`, before);
    expect((await get('/files/pid')).status).toBe(200);
  });

  test('shows what functions print, without the records of requests', async () => {
    expect(await (await fetch(`${url}/files/print`)).text()).toBe('printed');
    await dev.says('[Api-Echo11F3FB29] printed by the function');
    expect(dev.stderr()).not.toContain('a record');
  });
});

describe('an app of two APIs', () => {
  const ROOT = join(__dirname, '..', '..', '..');
  let folder: string;
  beforeEach(() => {
    mkdirSync(join(ROOT, '.cache'), { recursive: true });
    folder = mkdtempSync(join(ROOT, '.cache', 'dev-test-'));
    writeFileSync(join(folder, 'cdk.json'), JSON.stringify({ app: 'node app.js' }));
    writeApp(2);
    writeFunction('one');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const writeFunction = (text: string): void => {
    mkdirSync(join(folder, 'function'), { recursive: true });
    writeFileSync(join(folder, 'function', 'index.mjs'), `export const handler = async () => ${JSON.stringify(text)};`);
  };
  const writeApp = (apis: number): void => {
    writeFileSync(
      join(folder, 'app.js'),
      `const { App, Stack } = require('aws-cdk-lib');
       const { Code, Function: LambdaFunction, Runtime } = require('aws-cdk-lib/aws-lambda');
       const { HttpApi } = require('aws-cdk-lib/aws-apigatewayv2');
       const { HttpLambdaIntegration } = require('aws-cdk-lib/aws-apigatewayv2-integrations');
       const stack = new Stack(new App(), 'Two');
       for (let i = 0; i < ${apis}; i++) {
         const handler = new LambdaFunction(stack, 'Function' + i, { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromAsset('function') });
         const api = new HttpApi(stack, 'Api' + i, { createDefaultStage: false });
         api.addStage('Stage', { stageName: i === 0 ? '$default' : 'test', autoDeploy: true });
         api.addRoutes({ path: '/', integration: new HttpLambdaIntegration('Integration', handler) });
       }
       stack.node.root.synth();`,
    );
  };
  const text = async (url: string): Promise<string> => (await fetch(url)).text();
  /** Waits for an answer: a file that is written in two steps may make two changes. */
  const answers = async (url: string, expected: string): Promise<void> => {
    while ((await text(url)) !== expected) await setTimeout(20);
  };

  test('has a port for each, and the stages of each', async () => {
    const dev = await startDev(folder);
    expect(dev.urls).toHaveLength(2);
    expect(await text(dev.urls[0]!)).toBe('one');
    expect(await text(`${dev.urls[1]}/test`)).toBe('one');
    expect(await text(dev.urls[1]!)).toBe('{"message":"Not Found"}');
    await dev.stop();
  });

  test('runs again with --watch when its files change, and goes on when it is broken', async () => {
    const dev = await startDev(folder, ['--watch']);
    const [first] = dev.urls;
    const { pid } = dev.child;
    const changed = async (change: () => void, says: string): Promise<void> => {
      const before = dev.stderr().length;
      change();
      await dev.says(says, before);
    };

    await changed(() => writeFunction('two'), 'running the changed app');
    await answers(first!, 'two');

    await changed(() => writeFileSync(join(folder, 'app.js'), 'throw new Error("broken")'), 'Error: broken');
    await dev.says('still running the previous version of the app', dev.stderr().indexOf('Error: broken'));
    expect(await text(first!)).toBe('two');

    await changed(() => writeApp(1), 'running the changed app');
    expect(await text(first!)).toBe('two');
    await expect(fetch(dev.urls[1]!)).rejects.toThrow('fetch failed');
    expect(dev.child.pid).toBe(pid);
    expect(await dev.stop()).toBe(0);
  });

  test('keeps the addresses for other commands while it runs', async () => {
    const dev = await startDev(folder);
    const file = join(folder, '.cdk-ml-serving', 'dev.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      pid: dev.child.pid,
      dynamodbEndpoint: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      tables: {},
      offlineFolders: {},
      inferenceFolders: {},
    });
    expect(readFileSync(join(folder, '.cdk-ml-serving', '.gitignore'), 'utf8')).toBe('*\n');
    await dev.stop();
    expect(existsSync(file)).toBe(false);
  });

  test('fails when a port is taken, naming it', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    const { port } = server.address() as AddressInfo;
    const { code, stderr } = await runCli(folder, ['dev', '--port', String(port)]);
    server.close();
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `port ${port} is in use; choose another with --port, or any free port with --port 0\n`,
    });
  });
});

describe('an app that looks up in tables of other apps', () => {
  const folder = join(__dirname, '..', 'foreign-app');

  test('finds nothing in them, and says that they are empty', async () => {
    const dev = await startDev(folder);
    try {
      expect(dev.stderr()).toContain(
        [
          'not run here:',
          '  rows of visits: the DynamoDB table legacy-visits is externally managed, and empty here',
          '  rows of users: the DynamoDB table prod-users is externally managed, and empty here',
        ].join('\n'),
      );
      const response = await fetch(`${dev.urls[0]}/serving-endpoints/features/invocations`, {
        method: 'POST',
        body: JSON.stringify({ dataframe_records: [{ user: 'ann', day: 1 }] }),
        headers: { 'content-type': 'application/json' },
      });
      expect(await response.json()).toEqual({
        outputs: [{ user: 'ann', day: 1, clicks: null, age: null }],
        feature_states: [{ clicks: 'NOT_FOUND', age: 'NOT_FOUND' }],
      });
    } finally {
      await dev.stop();
    }
  });

  test.each(['visits', 'Serving/visits'])('tables load %s fails for an externally managed table', async (name) => {
    expect(await runCli(folder, ['tables', 'load', name, 'visits.csv'])).toEqual({
      code: 1,
      stdout: '',
      stderr: `expected a feature table that the app fills, got: ${name}, whose online store is an externally managed table (OnlineStore.existing)\n`,
    });
  });
});

describe('the command line', () => {
  test.each([
    [['dev', '--port', '70000'], "error: option '-p, --port <number>' argument '70000' is invalid. expected a number from 0 to 65535\n"],
    [['serve'], "error: unknown command 'serve'\n"],
    [['dev', '--nothing'], "error: unknown option '--nothing'\n"],
    [['dev', '--app', 'node -e "process.exit(2)"'], 'the app ended with exit code 2: node -e "process.exit(2)"\n'],
  ])('%j fails with one message', async (args, message) => {
    const { code, stdout, stderr } = await runCli(APP, args);
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: message });
  });

  test('tells its version', async () => {
    const { version } = JSON.parse(readFileSync(join(__dirname, '..', '..', '..', 'package.json'), 'utf8')) as { version: string };
    expect(await runCli(APP, ['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  test.each([['--help'], ['dev', '--help']])('explains itself with %s', async (...args) => {
    const { code, stdout } = await runCli(APP, args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: cdk-ml-serving /);
  });
});
