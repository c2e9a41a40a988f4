import { Agent as HttpAgent, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** An HTTP answer, read to its end. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A request that got no answer: the network failed, or nothing came for too long. */
export class SendFailure extends Error {
  public override readonly name = 'SendFailure';

  constructor(
    message: string,
    /** Whether it went over a connection that was open from before: the other side may just have closed it. */
    public readonly reusedSocket: boolean,
    options: { cause?: unknown } = {},
  ) {
    super(message, options);
  }
}

/** How long a request may wait for the next sign of its answer, in milliseconds. DynamoDB answers within tens. */
const SILENCE_LIMIT = 2000;

/** Posts to one address over connections that stay open. @throws SendFailure */
export type Sender = (headers: Record<string, string>, body: string) => Promise<HttpAnswer>;

/** @param endpoint http or https; its path is kept */
export function createSender(endpoint: URL): Sender {
  const secure = endpoint.protocol === 'https:';
  const request = secure ? httpsRequest : httpRequest;
  const target = {
    method: 'POST',
    agent: secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true }),
    hostname: endpoint.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: endpoint.port,
    path: endpoint.pathname,
  };
  return (headers, body) =>
    new Promise((resolve, reject) => {
      const sent = request({ ...target, headers }, (response) => receive(response, timer, settle(resolve), fail));
      const timer = setTimeout(() => sent.destroy(new Error(`no answer within ${SILENCE_LIMIT} ms`)), SILENCE_LIMIT);
      const settle =
        <T>(how: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          how(value);
        };
      const fail = settle((cause: Error) => reject(new SendFailure(cause.message, sent.reusedSocket, { cause })));
      sent.on('error', fail);
      sent.end(body);
    });
}

function receive(response: IncomingMessage, timer: NodeJS.Timeout, done: (answer: HttpAnswer) => void, fail: (cause: Error) => void): void {
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    timer.refresh();
  });
  response.on('end', () =>
    done({ status: response.statusCode!, headers: response.headers, body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks) }),
  );
  response.on('error', fail);
}
