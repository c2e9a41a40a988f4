// Sends a handler the events that an HTTP API would.
import type { HttpApiAnswer, HttpApiEvent, LambdaContext } from '../../lambda/handlers/event';
import { type Handler, serve } from '../../lambda/handlers/serve';
import type { Host } from '../../lambda/serving/start';
import type { OnlineReader } from '../../lambda/online/reader';
import type { ModelStore } from '../../lambda/serving/model-store';

/** The time at which test requests come: 2024-06-01T12:00:00Z. */
export const REQUEST_TIME = Date.UTC(2024, 5, 1, 12);

/** What a handler under test takes from its process. */
export interface TestHost extends Host {
  /** The log lines. */
  readonly lines: Record<string, unknown>[];
}

/** A process whose clock stands still and whose log is kept. */
export function testHost(
  options: { reader?: OnlineReader; models?: ModelStore; env?: Record<string, string>; now?: () => number; random?: () => number } = {},
): TestHost {
  const lines: Record<string, unknown>[] = [];
  return {
    env: { AWS_LAMBDA_FUNCTION_NAME: 'test-function', AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024', ...options.env },
    now: options.now ?? (() => REQUEST_TIME),
    random: options.random ?? (() => 0),
    write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>),
    reader() {
      if (options.reader === undefined) throw new Error('this endpoint looks nothing up');
      return options.reader;
    },
    models() {
      if (options.models === undefined) throw new Error('this endpoint has no model in S3');
      return options.models;
    },
    lines,
  };
}

/** An event of payload format 2.0. */
export function event(
  method: string,
  path: string,
  options: { body?: string | Uint8Array; headers?: Record<string, string>; stage?: string } = {},
): HttpApiEvent {
  const { body, headers = body === undefined ? {} : { 'content-type': 'application/json' }, stage = '$default' } = options;
  return {
    rawPath: path,
    headers,
    requestContext: { stage, requestId: 'request-1', http: { method } },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : Buffer.from(body).toString('base64') }),
    isBase64Encoded: body !== undefined && typeof body !== 'string',
  };
}

/** Lambda's context, with some time left. */
export function context(remaining = 30_000): LambdaContext {
  return { getRemainingTimeInMillis: () => remaining };
}

/** An answer whose JSON body is read. */
export interface JsonAnswer {
  readonly status: number;
  readonly headers: HttpApiAnswer['headers'];
  readonly body: Record<string, unknown>;
}

/** A handler, and how a test asks it. */
export interface TestEndpoint {
  readonly handler: Handler;
  readonly host: TestHost;
  /** Sends a body as JSON, or as the text that it is. */
  readonly post: (body: unknown, headers?: Record<string, string>) => Promise<JsonAnswer>;
  readonly send: (event: HttpApiEvent, context?: LambdaContext) => Promise<JsonAnswer>;
}

/** The handler of an asset. */
export function endpointOf(folder: string, host = testHost()): TestEndpoint {
  const handler = serve(folder, host);
  const send: TestEndpoint['send'] = async (sent, at = context()) => {
    const { statusCode, headers, body } = await handler(sent, at);
    return { status: statusCode, headers, body: JSON.parse(body) as Record<string, unknown> };
  };
  return {
    handler,
    host,
    send,
    post: (body, headers) =>
      send(
        event('POST', '/invocations', { body: typeof body === 'string' ? body : JSON.stringify(body), ...(headers ? { headers } : {}) }),
      ),
  };
}
