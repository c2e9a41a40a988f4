import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { HostMessage, Invocation } from './function-process';

// A function's process: it loads the code as Lambda's Node.js runtime does, and takes events from its parent process by IPC.

type Handler = (event: unknown, context: object) => unknown;

const requireFile = createRequire(__filename);
const { LAMBDA_TASK_ROOT = '', _HANDLER = '' } = process.env;

void loadHandler(join(LAMBDA_TASK_ROOT, _HANDLER)).then(
  (handler) => {
    process.on('message', (invocation: Invocation) => void handle(handler, invocation));
    send({ kind: 'ready' });
  },
  (error: unknown) => {
    send({ kind: 'broken', error: errorText(error) });
    process.disconnect();
  },
);

/** How often the process measures its memory. */
const MEMORY_MILLISECONDS = 250;

setInterval(() => {
  const mebibytes = Math.ceil(process.memoryUsage.rss() / 2 ** 20);
  if (mebibytes > Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE)) send({ kind: 'out of memory', mebibytes });
}, MEMORY_MILLISECONDS).unref();

// the parent ended without stopping this process
process.on('disconnect', () => process.exit());
// Ctrl-C in a terminal reaches this process and its parent, and the parent stops this process when its requests are done
process.on('SIGINT', () => undefined);

async function loadHandler(path: string): Promise<Handler> {
  const dot = path.lastIndexOf('.');
  const file = ['.js', '.mjs', '.cjs'].map((extension) => path.slice(0, dot) + extension).find(existsSync);
  if (file === undefined) throw new Error(`found no file for the handler ${_HANDLER} in ${LAMBDA_TASK_ROOT}`);
  // import() of a CommonJS file misses exports that it does not find by static analysis
  const module = (file.endsWith('.mjs') ? await import(pathToFileURL(file).href) : requireFile(file)) as Record<string, unknown>;
  const handler = module[path.slice(dot + 1)];
  if (typeof handler !== 'function') throw new Error(`expected ${file} to export a function ${path.slice(dot + 1)}`);
  return handler as Handler;
}

async function handle(handler: Handler, { requestId, event, deadline }: Invocation): Promise<void> {
  const { AWS_LAMBDA_FUNCTION_NAME, AWS_LAMBDA_FUNCTION_MEMORY_SIZE, AWS_LAMBDA_FUNCTION_ARN } = process.env;
  try {
    const result = await handler(event, {
      awsRequestId: requestId,
      callbackWaitsForEmptyEventLoop: false,
      functionName: AWS_LAMBDA_FUNCTION_NAME,
      functionVersion: '$LATEST',
      invokedFunctionArn: AWS_LAMBDA_FUNCTION_ARN,
      memoryLimitInMB: AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
      logGroupName: `/aws/lambda/${AWS_LAMBDA_FUNCTION_NAME}`,
      logStreamName: 'local',
      getRemainingTimeInMillis: () => deadline - Date.now(),
    });
    send({ kind: 'answer', requestId, result });
  } catch (error) {
    send({ kind: 'error', requestId, error: errorText(error) });
  }
}

function send(message: HostMessage): void {
  if (process.connected) process.send!(message);
}

function errorText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
