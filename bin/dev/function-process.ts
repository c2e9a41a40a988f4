import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';
import { eachLine } from './each-line';
import type { HostMessage, Invocation } from './function-protocol';
import { s3Environment } from './models-in-s3';
import type { LocalFunction } from './plan';

/** How a request to a function ended. */
export type Outcome =
  | { readonly kind: 'answer'; readonly result: unknown }
  /** The function threw, did not load, ended or took longer than its timeout. */
  | { readonly kind: 'failed'; readonly reason: string };

/** How long code may take to load; Lambda gives it 10 s on machines that do nothing else. */
const LOAD_SECONDS = 60;

/** Where functions run. */
export interface FunctionHost {
  /** The script of a function's process. */
  readonly script: string;
  /** Folders in which code finds modules, before those of its layers. */
  readonly modules: (fn: LocalFunction) => readonly string[];
  readonly dynamodbEndpoint: string;
  /** Takes what functions print, by the line. */
  readonly log: (fn: LocalFunction, line: string) => void;
}

interface Running {
  readonly child: ChildProcess;
  /** Why the code cannot be called; undefined once it can be. */
  readonly ready: Promise<string | undefined>;
  readonly settle: (broken: string | undefined) => void;
  readonly waiting: Map<string, (outcome: Outcome) => void>;
}

/**
 * A Lambda function as a process of its own, started at the first request. A process that ended is started again at the next one.
 *
 * Requests share the process while they wait for other services. Lambda gives each its own execution environment instead: code
 * that keeps a request's data in module variables works there and not here.
 */
export class FunctionProcess {
  private running: Running | undefined;
  private readonly asked = new Set<Promise<Outcome>>();

  constructor(
    private readonly fn: LocalFunction,
    private readonly host: FunctionHost,
  ) {}

  /** Handles one event. */
  public async invoke(requestId: string, event: unknown): Promise<Outcome> {
    const outcome = this.handle(requestId, event);
    this.asked.add(outcome);
    try {
      return await outcome;
    } finally {
      this.asked.delete(outcome);
    }
  }

  /** Ends the process, if there is one, when it has answered what it was asked. */
  public async retire(): Promise<void> {
    await Promise.all(this.asked);
    await this.stop();
  }

  /** Ends the process, if there is one, with its requests. */
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
        if (error !== null) this.end(running, `the process takes no requests: ${error.message}`);
      });
    });
  }

  private start(): Running {
    const { fn, host } = this;
    const child = fork(host.script, [], {
      execArgv: [],
      cwd: fn.folder,
      env: environmentOf(fn, host),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [child.stdout!, child.stderr!]) eachLine(stream, (line) => host.log(fn, line));
    const waiting: Running['waiting'] = new Map();
    let settle: Running['settle'] = () => undefined;
    const ready = new Promise<string | undefined>((done) => (settle = done));
    const running: Running = { child, ready, settle, waiting };
    child.on('message', (message: HostMessage) => {
      if (message.kind === 'ready') settle(undefined);
      else if (message.kind === 'broken') settle(message.error);
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
    running.settle(reason);
    for (const done of running.waiting.values()) done({ kind: 'failed', reason });
  }
}

function outcomeOf(message: Extract<HostMessage, { requestId: string }>): Outcome {
  return message.kind === 'answer' ? { kind: 'answer', result: message.result } : { kind: 'failed', reason: message.error };
}

/** The variables that Lambda sets, and nothing of the developer's own, no credentials and no profile, but for an S3 that the developer names. */
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
