import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UserError } from '../terminal/user-error';
import { functionAnswer, gatewayAnswer, type WireAnswer } from './api-gateway-answer';
import { apiGatewayEvent, splitUrl, type WireRequest } from './api-gateway-event';
import type { Outcome } from '../functions/function-process';
import { type Integration, type LocalApiPlan, stageOf } from './plan-apis';
import { matchRoute } from './routes';

/** Calls the function with a name. */
export type Invoke = (functionName: string, requestId: string, event: unknown) => Promise<Outcome>;

/** A request that was answered. */
export interface AnsweredRequest {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly milliseconds: number;
  /** Why the function failed; absent if it did not. */
  readonly failure?: { readonly functionName: string; readonly reason: string };
  /** The route keys of the API if no route matched; otherwise absent. */
  readonly routes?: readonly string[];
}

/** What an API reports. */
export interface ApiEvents {
  readonly answered: (request: AnsweredRequest) => void;
  /** A function has not answered for a while. */
  readonly waiting: (functionName: string, seconds: number) => void;
}

/** The seconds without an answer after which {@link ApiEvents.waiting} is called. */
const WAITING_SECONDS = 5;

/** The largest body of an HTTP API, in bytes. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const REQUEST_LIMIT = 10 * 1024 * 1024;

/** An HTTP API on a port of this machine. It answers the routes of the template as API Gateway does. */
export class LocalApi {
  /**
   * Listens on a port.
   * @param port 0 takes any free port
   * @throws UserError if the port is not available
   */
  public static async listen(port: number, invoke: Invoke, events: ApiEvents): Promise<LocalApi> {
    const server = createServer();
    server.listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch (error) {
      throw new UserError(portMessage(port, error as NodeJS.ErrnoException), { cause: error });
    }
    return new LocalApi(server, invoke, events);
  }

  /** The port of the API. */
  public readonly port: number;
  private plan: LocalApiPlan | undefined;

  private constructor(
    private readonly server: Server,
    private readonly invoke: Invoke,
    private readonly events: ApiEvents,
  ) {
    this.port = (server.address() as AddressInfo).port;
    // API Gateway keeps connections for a minute, and clients reuse them
    server.keepAliveTimeout = 60_000;
    server.on('request', (request, response) => void this.serve(request, response));
  }

  /** The address of the API. */
  public get url(): string {
    return `http://localhost:${this.port}`;
  }

  /** Replaces the routes that the API serves. */
  public use(plan: LocalApiPlan): void {
    this.plan = plan;
  }

  /** Closes the port and the connections of pending requests. */
  public async stop(): Promise<void> {
    const closed = new Promise((done) => this.server.close(done));
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now();
    const requestId = randomUUID();
    const body = await readBody(request);
    if (body === undefined) return;
    const { answer, ...outcome } = await this.answer(request, body, requestId);
    for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
    response.setHeader('content-length', answer.body.length);
    response.setHeader('apigw-requestid', requestId);
    response.statusCode = answer.status;
    response.end(request.method === 'HEAD' ? undefined : answer.body);
    const { method = '', url = '' } = request;
    this.events.answered({ method, url, status: answer.status, milliseconds: performance.now() - started, ...outcome });
  }

  private async answer(
    request: IncomingMessage,
    body: Buffer | 'too long',
    requestId: string,
  ): Promise<{ answer: WireAnswer } & Pick<AnsweredRequest, 'failure' | 'routes'>> {
    if (body === 'too long') return { answer: gatewayAnswer(413) };
    const { method = '', url = '', httpVersion, headersDistinct: headers } = request;
    const { plan } = this;
    const staged = plan && stageOf(plan.stages, splitUrl(url).path);
    const match = plan && staged && matchRoute(plan.routes, method, staged.path);
    if (!match) return { answer: gatewayAnswer(404), routes: plan?.routes.map(({ routeKey }) => routeKey) ?? [] };

    const sourceIp = request.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '';
    const wire: WireRequest = { method, url, httpVersion, headers, body, sourceIp, port: this.port };
    const { accountId, apiId } = plan;
    const event = apiGatewayEvent(wire, { accountId, apiId, stage: staged.stage, match, requestId, now: Date.now() });
    const { functionName, timeoutSeconds } = match.route.target;
    const outcome = await this.call(match.route.target, requestId, event);
    if (outcome === 'too slow') {
      const reason = `no answer within the ${timeoutSeconds} seconds of the integration; the code may loop`;
      return { answer: gatewayAnswer(503), failure: { functionName, reason } };
    }
    if (outcome.kind === 'answer') return { answer: functionAnswer(outcome.result) };
    return { answer: gatewayAnswer(500), failure: { functionName, reason: outcome.reason } };
  }

  private async call({ functionName, timeoutSeconds }: Integration, requestId: string, event: unknown): Promise<Outcome | 'too slow'> {
    const waiting = setTimeout(() => this.events.waiting(functionName, WAITING_SECONDS), WAITING_SECONDS * 1000);
    let timer: NodeJS.Timeout | undefined;
    const tooSlow = new Promise<'too slow'>((done) => {
      timer = setTimeout(done, timeoutSeconds * 1000, 'too slow');
    });
    try {
      return await Promise.race([this.invoke(functionName, requestId, event), tooSlow]);
    } finally {
      clearTimeout(timer);
      clearTimeout(waiting);
    }
  }
}

/** Reads a request's body; undefined if the connection breaks. A body that is too long is read to its end, so that the client reads the answer. */
async function readBody(request: IncomingMessage): Promise<Buffer | 'too long' | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length <= REQUEST_LIMIT) chunks.push(chunk);
      else chunks.length = 0;
    }
  } catch {
    // the connection broke, so there is no client to answer
    return undefined;
  }
  return length > REQUEST_LIMIT ? 'too long' : Buffer.concat(chunks);
}

function portMessage(port: number, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE') return `port ${port} is in use; choose another with --port, or any free port with --port 0`;
  if (code === 'EACCES') return `port ${port} needs more permissions than you have; choose one above 1023 with --port`;
  return `cannot listen on port ${port}: ${message}`;
}
