import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { LocalFunction } from './local-function';
import { s3Environment } from './models-in-s3';

/** An event for a function, as its process receives it. */
export interface Invocation {
  readonly requestId: string;
  readonly event: unknown;
  /** When the function times out, in milliseconds since 1970. */
  readonly deadline: number;
}

/** A message from a function's process: first `ready` or `broken`, then an outcome for each invocation. */
export type HostMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'broken'; readonly error: string }
  /** The process uses more memory than its function may. */
  | { readonly kind: 'out of memory'; readonly mebibytes: number }
  | { readonly kind: 'answer'; readonly requestId: string; readonly result: unknown }
  | { readonly kind: 'error'; readonly requestId: string; readonly error: string };

/** The result of an invocation. */
export type Outcome =
  | { readonly kind: 'answer'; readonly result: unknown }
  /** The function threw, did not load, ended, or took longer than its timeout. */
  | { readonly kind: 'failed'; readonly reason: string };

/** The most seconds for loading the code. Lambda allows 10 s, but this machine also does other work. */
const LOAD_SECONDS = 60;

/** The machine that functions run on. */
export interface FunctionHost {
  /** The script that a function's process runs. */
  readonly script: string;
  /** Folders in which the code finds modules, before those of its layers. */
  readonly modules: (fn: LocalFunction) => readonly string[];
  readonly dynamodbEndpoint: string;
  /** Receives each line that a function prints. */
  readonly log: (fn: LocalFunction, line: string) => void;
}

interface Running {
  readonly child: ChildProcess;
  /** Resolves to why the code cannot be called, or to undefined once it can. */
  readonly ready: Promise<string | undefined>;
  readonly resolveReady: (broken: string | undefined) => void;
  readonly waiting: Map<string, (outcome: Outcome) => void>;
}

/**
 * A Lambda function in a separate process. The process starts at the first request. If it ends, it starts again at the next request.
 *
 * Concurrent requests share the process. Lambda gives each its own execution environment instead: code that keeps a request's data in
 * module variables works there and not here.
 */
export class FunctionProcess {
  private running: Running | undefined;
  private readonly pending = new Set<Promise<Outcome>>();

  constructor(
    private readonly fn: LocalFunction,
    private readonly host: FunctionHost,
  ) {}

  /** Handles one event. */
  public async invoke(requestId: string, event: unknown): Promise<Outcome> {
    const outcome = this.handle(requestId, event);
    this.pending.add(outcome);
    try {
      return await outcome;
    } finally {
      this.pending.delete(outcome);
    }
  }

  /** Waits for the pending requests, then ends the process. */
  public async retire(): Promise<void> {
    await Promise.all(this.pending);
    await this.stop();
  }

  /** Ends the process at once; pending requests fail. */
  public async stop(): Promise<void> {
    const { running } = this;
    if (running === undefined) return;
    const closed = once(running.child, 'close');
    this.end(running, 'the function was stopped');
    await closed;
  }

  private async handle(requestId: string, event: unknown): Promise<Outcome> {
    const running = (this.running ??= this.start());
    const loading = setTimeout(() => this.end(running, `the code did not load in ${LOAD_SECONDS} seconds`), LOAD_SECONDS * 1000);
    const broken = await running.ready;
    clearTimeout(loading);
    if (broken !== undefined) return { kind: 'failed', reason: broken };
    const { timeoutSeconds } = this.fn;
    const { child } = running;
    return new Promise((done) => {
      const timer = setTimeout(() => {
        this.end(running, `task timed out after ${timeoutSeconds} seconds`);
      }, timeoutSeconds * 1000);
      running.waiting.set(requestId, (outcome) => {
        clearTimeout(timer);
        running.waiting.delete(requestId);
        done(outcome);
      });
      const invocation: Invocation = { requestId, event, deadline: Date.now() + timeoutSeconds * 1000 };
      child.send(invocation, (error) => {
        if (error !== null) this.end(running, `the process accepts no requests: ${error.message}`);
      });
    });
  }

  private start(): Running {
    const { fn, host } = this;
    const child = fork(host.script, [], {
      // the heap's limit ends a process that allocates in one go, before it can report its memory
      execArgv: [`--max-old-space-size=${fn.memorySize}`],
      cwd: fn.folder,
      env: environmentOf(fn, host),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [child.stdout!, child.stderr!]) eachLine(stream, (line) => host.log(fn, line));
    const waiting: Running['waiting'] = new Map();
    let resolveReady: Running['resolveReady'] = () => undefined;
    const ready = new Promise<string | undefined>((done) => (resolveReady = done));
    const running: Running = { child, ready, resolveReady, waiting };
    child.on('message', (message: HostMessage) => {
      if (message.kind === 'ready') resolveReady(undefined);
      else if (message.kind === 'broken') resolveReady(message.error);
      else if (message.kind === 'out of memory') this.end(running, outOfMemory(message.mebibytes, fn.memorySize));
      else waiting.get(message.requestId)?.(outcomeOf(message));
    });
    child.on('error', (error) => this.forget(running, error.message));
    child.on('close', (code, signal) =>
      this.forget(running, `the process ended ${signal === null ? `with exit code ${code}` : `by ${signal}`}`),
    );
    return running;
  }

  private end(running: Running, reason: string): void {
    this.forget(running, reason);
    running.child.kill('SIGKILL');
  }

  private forget(running: Running, reason: string): void {
    if (this.running === running) this.running = undefined;
    running.resolveReady(reason);
    for (const done of running.waiting.values()) done({ kind: 'failed', reason });
  }
}

/**
 * Calls back with each line of a text stream. Only a line feed ends a line: `node:readline` of newer releases also splits at Unicode's line
 * separators, which may occur unescaped in a JSON string.
 */
export function eachLine(stream: Readable, take: (line: string) => void): void {
  let parts: string[] = [];
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const [first, ...others] = text.split('\n') as [string, ...string[]];
    parts.push(first);
    for (const next of others) {
      take(parts.join(''));
      parts = [next];
    }
  });
  stream.on('end', () => {
    const last = parts.join('');
    if (last !== '') take(last);
  });
}

function outOfMemory(used: number, limit: number): string {
  return `the process used ${used} MiB of memory, more than the function's memorySize of ${limit} MiB`;
}

function outcomeOf(message: Extract<HostMessage, { requestId: string }>): Outcome {
  return message.kind === 'answer' ? { kind: 'answer', result: message.result } : { kind: 'failed', reason: message.error };
}

/**
 * The variables that Lambda sets. Nothing of the developer's environment is passed on, neither credentials nor a profile, except for an S3
 * endpoint that the developer names.
 */
function environmentOf(fn: LocalFunction, { modules, dynamodbEndpoint }: FunctionHost): NodeJS.ProcessEnv {
  const layers = fn.layers.map((layer) => join(layer, 'nodejs', 'node_modules'));
  const { PATH, TMPDIR, TEMP, SystemRoot } = process.env;
  const inherited = Object.entries({ PATH, TMPDIR, TEMP, SystemRoot }).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(inherited),
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    ...fn.environment,
    NODE_PATH: [...modules(fn), ...layers].join(delimiter),
    LAMBDA_TASK_ROOT: fn.folder,
    _HANDLER: fn.handler,
    AWS_LAMBDA_FUNCTION_NAME: fn.name,
    AWS_LAMBDA_FUNCTION_ARN: fn.arn,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memorySize),
    AWS_REGION: fn.region,
    AWS_DEFAULT_REGION: fn.region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: dynamodbEndpoint,
    ...s3Environment(process.env),
  };
}
