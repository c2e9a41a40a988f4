import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { eachLine, FunctionProcess } from '../../../bin/functions/function-process';
import type { LocalFunction } from '../../../bin/functions/local-function';

const SCRIPT = join(__dirname, '..', '..', '..', 'assets', 'cli', 'function-host.js');

let folder: string;
let fn: FunctionProcess | undefined;
let lines: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'function-'));
  lines = [];
});
afterEach(async () => {
  await fn?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const start = (code: string, changes: Partial<LocalFunction> = {}, modules: string[] = []): FunctionProcess => {
  writeFileSync(join(folder, 'index.js'), code);
  const what: LocalFunction = {
    stack: 'Stack',
    name: 'fn',
    arn: 'arn:aws:lambda:us-east-1:1:function:fn',
    region: 'us-east-1',
    folder,
    handler: 'index.handler',
    memorySize: 128,
    timeoutSeconds: 20,
    environment: {},
    layers: [],
    ...changes,
  };
  const log = (_: LocalFunction, line: string): void => void lines.push(line);
  return (fn = new FunctionProcess(what, { script: SCRIPT, modules: () => modules, dynamodbEndpoint: 'http://127.0.0.1:1', log }));
};

test('answers requests that wait at once', async () => {
  const waiting = start(`
    const waiting = [];
    exports.handler = (event) => new Promise((done) => { waiting.push(done); if (waiting.length === 3) waiting.forEach((one, i) => one(i)); });
  `);
  const outcomes = await Promise.all(['a', 'b', 'c'].map((id) => waiting.invoke(id, {})));
  expect(outcomes).toEqual([0, 1, 2].map((result) => ({ kind: 'answer', result })));
});

test('gives the handler the context of Lambda', async () => {
  const outcome = await start('exports.handler = (event, { getRemainingTimeInMillis, ...rest }) => rest').invoke('id', {});
  expect(outcome).toEqual({
    kind: 'answer',
    result: {
      awsRequestId: 'id',
      callbackWaitsForEmptyEventLoop: false,
      functionName: 'fn',
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:1:function:fn',
      memoryLimitInMB: '128',
      logGroupName: '/aws/lambda/fn',
      logStreamName: 'local',
    },
  });
});

test('finds modules of the host, and of layers', async () => {
  for (const [part, name] of [
    ['modules', 'first'],
    ['nodejs/node_modules', 'second'],
  ] as const) {
    const { mkdirSync } = await import('node:fs');
    mkdirSync(join(folder, part, name), { recursive: true });
    writeFileSync(join(folder, part, name, 'index.js'), `module.exports = '${name}'`);
  }
  const code = `exports.handler = () => [require('first'), require('second')]`;
  expect(await start(code, { layers: [folder] }, [join(folder, 'modules')]).invoke('id', {})).toEqual({
    kind: 'answer',
    result: ['first', 'second'],
  });
});

test.each([
  ['throws while it loads', 'throw new Error("at load")', 'index.handler', /^Error: at load\n/],
  ['has no such file', '', 'other.handler', /^Error: found no file for the handler other\.handler in /],
  ['exports no such function', '', 'index.other', /^Error: expected .*index\.js to export a function other\n/],
  ['throws what is no error', 'exports.handler = () => { throw "text" }', 'index.handler', /^text$/],
])('fails when the code %s', async (_, code, handler, reason) => {
  expect(await start(code, { handler }).invoke('id', {})).toEqual({ kind: 'failed', reason: expect.stringMatching(reason) });
});

test('starts again after it ended between two requests', async () => {
  const ending = start('exports.handler = () => { setImmediate(() => process.exit(0)); return process.pid; }');
  const [first, second] = [await ending.invoke('a', {}), await ending.invoke('b', {})];
  expect(second.kind === 'answer' || /ended|accepts no requests/.test(second.reason)).toBe(true);
  expect(await ending.invoke('c', {})).not.toEqual(first);
});

test('retires when it has answered what it was asked', async () => {
  const retiring = start('exports.handler = () => new Promise((done) => setTimeout(done, 100, "done"))');
  const asked = retiring.invoke('id', {});
  await new Promise((done) => setTimeout(done, 10));
  const [outcome] = await Promise.all([asked, retiring.retire()]);
  expect(outcome).toEqual({ kind: 'answer', result: 'done' });
});

test('hands on what the code prints, by the line', async () => {
  await start('exports.handler = () => { console.log("a\\nb"); console.error("c"); }').invoke('id', {});
  await fn!.stop();
  expect(lines.sort()).toEqual(['a', 'b', 'c']);
});

describe('a function that uses more than its memorySize', () => {
  test('is ended, and says so', async () => {
    start('const kept = []; exports.handler = () => new Promise(() => { setInterval(() => kept.push(Buffer.alloc(2 ** 24, 1)), 5); });');
    const outcome = await fn!.invoke('a', {});
    expect(outcome).toEqual({
      kind: 'failed',
      reason: expect.stringMatching(/^the process used \d+ MiB of memory, more than the function's memorySize of 128 MiB$/),
    });
  });

  test('is ended when it allocates in one go', async () => {
    start('exports.handler = () => { const kept = []; for (;;) kept.push({ value: String(kept.length) }); };');
    expect(await fn!.invoke('a', {})).toEqual({ kind: 'failed', reason: 'the process ended by SIGABRT' });
    expect(lines.join('\n')).toContain('heap out of memory');
  });
});

describe('eachLine', () => {
  async function linesOf(...chunks: readonly (string | Uint8Array)[]): Promise<string[]> {
    const lines: string[] = [];
    const stream = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
    eachLine(stream, (line) => lines.push(line));
    await new Promise((done) => stream.on('close', done));
    return lines;
  }

  test.each([
    [
      ['a\n', 'b\nc', 'd', 'e\n\nf'],
      ['a', 'b', 'cde', '', 'f'],
    ],
    [['a\n'], ['a']],
    [[], []],
    [['{"a":"\u2028\u2029\u0085\v\f"}\n'], ['{"a":"\u2028\u2029\u0085\v\f"}']],
  ])('splits %j into the lines %j', async (chunks, lines) => {
    expect(await linesOf(...chunks)).toEqual(lines);
  });

  test('joins a character whose bytes arrive in two chunks', async () => {
    const bytes = Buffer.from('€\n');
    expect(await linesOf(bytes.subarray(0, 1), bytes.subarray(1))).toEqual(['€']);
  });
});
