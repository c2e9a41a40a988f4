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
}

/** A request that got no whole answer: the network failed, or nothing came for too long. */
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
export function send({ endpoint, method, path, headers, body, agent, silenceLimit }: HttpRequest): Promise<HttpAnswer> {
  const request = endpoint.protocol === 'https:' ? httpsRequest : httpRequest;
  const hostname = endpoint.hostname.replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve, reject) => {
    let received: IncomingMessage | undefined;
    const sent = request({ method, agent, hostname, port: endpoint.port, path, headers }, (response) => {
      received = response;
      silence.end();
      resolve(new HttpAnswer(response, silence, sent.reusedSocket));
    });
    const silence = new Silence(silenceLimit, (reason) => (received ?? sent).destroy(reason));
    sent.on('error', (cause) => {
      silence.stop();
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
    private readonly silence: Silence,
    private readonly reusedSocket: boolean,
  ) {
    this.status = response.statusCode!;
    this.headers = response.headers;
    response.on('error', (error) => (this.failure = error));
  }

  /** The whole body. @throws SendFailure */
  public bytes(): Promise<Buffer> {
    const { response, silence } = this;
    return new Promise((resolve, reject) => {
      const fail = (cause: Error) => {
        silence.stop();
        reject(this.failureOf(cause));
      };
      if (this.failure !== undefined) return void fail(this.failure);
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        silence.end();
      });
      response.on('end', () => {
        silence.stop();
        resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
      });
      response.on('error', fail);
    });
  }

  /** The body as it comes. @throws SendFailure */
  public async *chunks(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of this.response) {
        this.silence.end();
        yield chunk as Buffer;
      }
    } catch (error) {
      throw this.failureOf(error as Error);
    } finally {
      this.silence.stop();
    }
  }

  private failureOf(cause: Error): SendFailure {
    return new SendFailure(cause.message, this.reusedSocket, { cause });
  }
}

/** Gives up when no part of an answer comes for too long. */
class Silence {
  private readonly timer: NodeJS.Timeout;
  private isTooLong = false;

  constructor(limit: number, giveUp: (reason: Error) => void) {
    const check = () => {
      if (this.isTooLong) giveUp(new Error(`no answer within ${limit} ms`));
    };
    this.timer = setTimeout(() => {
      this.isTooLong = true;
      // after the process was busy or frozen, a part of the answer may be waiting to be read
      setImmediate(check);
    }, limit);
  }

  /** Restarts the limit when a part of the answer has arrived. */
  public end(): void {
    this.isTooLong = false;
    this.timer.refresh();
  }

  public stop(): void {
    this.isTooLong = false;
    clearTimeout(this.timer);
  }
}
