// A client of the AWS SDK costs twice the CPU of a plain signed HTTPS request, and loading it makes a cold start longer. So the runtime signs its
// requests itself, except those to S3 for Delta tables, in functions that nobody waits for.
import { SignatureV4 } from '@smithy/signature-v4';
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { Agent as HttpAgent, type IncomingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { type CredentialSource, credentialSource, type Environment } from './credentials';
import { type AwsService, regionOf } from './endpoints';
import { type HttpAnswer, send, SendFailure } from './send';

/** Which service is called, in which region, and by whom. */
export interface CallerSettings {
  readonly service: AwsService;
  readonly region: string;
  readonly credentials: CredentialSource;
}

/** A request to a service. */
export interface SignedRequest {
  /** What errors call it: `dynamodb:PutItem`. */
  readonly action: string;
  readonly endpoint: URL;
  /** @default - the endpoint's */
  readonly path?: string;
  /** @default 'POST' */
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** How long the next part of the answer may take, in milliseconds. */
  readonly silenceLimit: number;
}

/** A try that failed, and may succeed when it is made again. */
export type FailedTry =
  | { readonly kind: 'throttled'; readonly error: Error }
  /** The service or the network failed; `atOnce` where trying again needs no pause. */
  | { readonly kind: 'failed'; readonly error: Error; readonly atOnce: boolean };

/** The result of one try of a call. */
export type CallOutcome<Result> = { readonly kind: 'answered'; readonly result: Result } | FailedTry;

/** Sends a signed request once. @throws AwsError if the service refuses it for good */
export type SignedCall = (request: SignedRequest) => Promise<CallOutcome<HttpAnswer>>;

/** An answer that is an error, or cannot be read. The message has the action, the code and the service's own message. */
export class AwsError extends Error {
  public override readonly name = 'AwsError';

  constructor(
    action: string,
    /** The service's name for the error: `ConditionalCheckFailedException`. */
    public readonly code: string,
    message: string,
    public readonly status = 400,
    public readonly headers: IncomingHttpHeaders = {},
  ) {
    super(`${action}: ${code}: ${message}`);
  }
}

const THROTTLED = [
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'RequestThrottled',
  'SlowDown',
];
const CREDENTIALS_REFUSED = [
  'ExpiredTokenException',
  'ExpiredToken',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidAccessKeyId',
  'InvalidToken',
];
const CLOCK_REFUSED = [
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'RequestTimeTooSkewed',
  'RequestExpired',
  'RequestInTheFuture',
];

/** The least difference from AWS's time that counts as a wrong clock, in milliseconds. AWS accepts five minutes. */
const SKEW_LIMIT = 4 * 60_000;

/**
 * The caller that a process's environment names, by its region and its credentials.
 * @param now the clock, in milliseconds since 1970
 * @throws Error if there is no region
 */
export function callerSettings(env: Environment, service: AwsService, now: () => number): CallerSettings {
  return { service, region: regionOf(env), credentials: credentialSource(env, now) };
}

/**
 * Calls a service by signed requests, over connections that stay open. Credentials that AWS calls expired are renewed, and a wrong clock is set by
 * the answer's date.
 * @param now the clock, in milliseconds since 1970
 */
export function createSignedCall({ service, region, credentials }: CallerSettings, now: () => number): SignedCall {
  const signer = new SignatureV4({
    service,
    region,
    credentials: () => credentials.current(),
    sha256: Sha256,
    applyChecksum: false,
    // S3 alone signs a path as it is sent: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    uriEscapePath: service !== 's3',
  });
  const agents = { 'http:': new HttpAgent({ keepAlive: true }), 'https:': new HttpsAgent({ keepAlive: true }) };
  let clockOffset = 0;

  const retryOf = (error: AwsError): FailedTry | undefined => {
    const { code, status } = error;
    if (THROTTLED.includes(code) || status === 429) return { kind: 'throttled', error };
    if (status >= 500) return { kind: 'failed', error, atOnce: false };
    const serverOffset = Date.parse(error.headers.date ?? '') - now();
    if (CLOCK_REFUSED.includes(code) && Math.abs(serverOffset - clockOffset) > SKEW_LIMIT) {
      clockOffset = serverOffset;
      return { kind: 'failed', error, atOnce: true };
    }
    if (CREDENTIALS_REFUSED.includes(code) && credentials.refused()) return { kind: 'failed', error, atOnce: true };
    return undefined;
  };

  return async ({ action, endpoint, path = endpoint.pathname, method = 'POST', headers, body, silenceLimit }) => {
    const { protocol, hostname, host } = endpoint;
    const unsigned = { method, protocol, hostname, path, headers: { host, ...headers }, body };
    const signed = await signer.sign(unsigned, { signingDate: new Date(now() + clockOffset) });
    const agent = agents[protocol as 'http:' | 'https:'];
    try {
      const answer = await send({ method, endpoint, path, headers: signed.headers, body, agent, silenceLimit });
      if (answer.status >= 200 && answer.status < 300) return { kind: 'answered', result: answer };
      const error = await readError(action, answer);
      const retry = retryOf(error);
      if (retry === undefined) throw error;
      return retry;
    } catch (error) {
      if (!(error instanceof SendFailure)) throw error;
      return { kind: 'failed', error, atOnce: error.reusedSocket };
    }
  };
}

/** Reads the error in an answer: JSON, the XML of S3, or any text of a proxy. */
async function readError(action: string, answer: HttpAnswer): Promise<AwsError> {
  const { status, headers } = answer;
  const text = (await answer.bytes()).toString();
  const { code = headers['x-amzn-errortype'], message } = text.startsWith('<') ? xmlError(text) : jsonError(text);
  // Smithy's JSON protocols may put a namespace before the code and an address behind it
  const name = code === undefined ? `HTTP ${status}` : String(code).replace(/^.*#/, '').replace(/:.*$/, '');
  return new AwsError(action, name, message || 'no message', status, headers);
}

interface ErrorText {
  readonly code?: string;
  readonly message?: string;
}

function jsonError(text: string): ErrorText {
  try {
    const {
      __type: code,
      message,
      Message = message,
    } = (JSON.parse(text) ?? {}) as { __type?: string; message?: string; Message?: string };
    return { code, message: Message };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { message: text.slice(0, 200) };
  }
}

function xmlError(text: string): ErrorText {
  const [code, message] = ['Code', 'Message'].map((tag) => new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(text)?.[1]);
  return { code, message };
}

/** Node's SHA-256, plain or keyed, with the interface that the signer needs. */
class Sha256 {
  private readonly hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Uint8Array);
  }

  public update(chunk: Uint8Array): void {
    this.hash.update(chunk);
  }

  public digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }

  public reset(): void {
    throw new Error('a hash is used once');
  }
}
