import { type Agent, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** A request as it goes over the wire. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** http or https; its path is not used. */
  readonly endpoint: URL;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly agent: Agent;
  /** How long the next part of the answer may take, in milliseconds. */
  readonly silenceLimit: number;
  readonly signal: AbortSignal | undefined;
}

/** A request that got no whole answer: the network failed, nothing came for too long, or the caller gave up. */
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

/** Sends a request; resolves at the answer's headers. @throws SendFailure */
export function send({ endpoint, method, path, headers, body, agent, silenceLimit, signal }: HttpRequest): Promise<HttpAnswer> {
  const request = endpoint.protocol === 'https:' ? httpsRequest : httpRequest;
  const hostname = endpoint.hostname.replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve, reject) => {
    let answer: HttpAnswer | undefined;
    const sent = request({ method, agent, hostname, port: endpoint.port, path, headers, signal }, (response) => {
      timer.refresh();
      resolve((answer = new HttpAnswer(response, timer, sent.reusedSocket)));
    });
    const timer = setTimeout(() => {
      const silence = new Error(`no answer within ${silenceLimit} ms`);
      if (answer === undefined) sent.destroy(silence);
      else answer.destroy(silence);
    }, silenceLimit);
    sent.on('error', (cause) => {
      clearTimeout(timer);
      reject(new SendFailure(cause.message, sent.reusedSocket, { cause }));
    });
    sent.end(body);
  });
}

/** The answer to a request, whose body is read once. */
export class HttpAnswer {
  public readonly status: number;
  public readonly headers: IncomingHttpHeaders;
  private failure: Error | undefined;

  constructor(
    private readonly response: IncomingMessage,
    private readonly timer: NodeJS.Timeout,
    private readonly reusedSocket: boolean,
  ) {
    this.status = response.statusCode!;
    this.headers = response.headers;
    response.on('error', (error) => (this.failure = error));
  }

  /** The whole body. @throws SendFailure */
  public bytes(): Promise<Buffer> {
    const { response, timer, reusedSocket } = this;
    return new Promise((resolve, reject) => {
      const fail = (cause: Error) => {
        clearTimeout(timer);
        reject(new SendFailure(cause.message, reusedSocket, { cause }));
      };
      if (this.failure !== undefined) return void fail(this.failure);
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        timer.refresh();
      });
      response.on('end', () => {
        clearTimeout(timer);
        resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
      });
      response.on('error', fail);
    });
  }

  /** The body as it comes. @throws SendFailure */
  public async *chunks(): AsyncGenerator<Uint8Array> {
    const { response, timer, reusedSocket } = this;
    try {
      for await (const chunk of response) {
        timer.refresh();
        yield chunk as Buffer;
      }
    } catch (error) {
      const cause = error as Error;
      throw new SendFailure(cause.message, reusedSocket, { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  public destroy(reason: Error): void {
    this.response.destroy(reason);
  }
}
