import { SignatureV4 } from '@smithy/signature-v4';
import { crc32 } from 'node:zlib';
import { type CredentialSource, credentialSource, type Environment } from './credentials';
import { createSender, type HttpAnswer, SendFailure } from './send';
import { Sha256 } from './sha256';

/** What became of one try of a call. */
export type CallOutcome =
  | { readonly kind: 'answered'; readonly result: unknown }
  | { readonly kind: 'throttled'; readonly error: Error }
  /** DynamoDB or the network failed; `atOnce` where trying again needs no pause. */
  | { readonly kind: 'failed'; readonly error: Error; readonly atOnce: boolean };

/** Tries a call once. @throws DynamoDbError if DynamoDB refuses it for good */
export type DynamoDbCall = (operation: string, body: string) => Promise<CallOutcome>;

/** What DynamoDB answers in place of a result: the message has the action, the code and what DynamoDB says. */
export class DynamoDbError extends Error {
  public override readonly name = 'DynamoDbError';

  constructor(
    operation: string,
    /** DynamoDB's name of it: `ConditionalCheckFailedException`. */
    public readonly code: string,
    message: string,
  ) {
    super(`dynamodb:${operation}: ${code}: ${message}`);
  }
}

/** Where DynamoDB is, and who calls it. */
export interface DynamoDbSettings {
  readonly region: string;
  /** @default - AWS's own of the region */
  readonly endpoint?: string;
  readonly credentials: CredentialSource;
}

const THROTTLED = ['ProvisionedThroughputExceededException', 'ThrottlingException', 'RequestLimitExceeded', 'TooManyRequestsException'];
const CREDENTIALS_REFUSED = ['ExpiredTokenException', 'UnrecognizedClientException', 'InvalidClientTokenId'];
const CLOCK_REFUSED = [
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'RequestTimeTooSkewed',
  'RequestExpired',
  'RequestInTheFuture',
];

/** From which difference on our clock is taken to be wrong, in milliseconds; AWS accepts five minutes. */
const SKEW_LIMIT = 4 * 60_000;

/**
 * What a process's environment says of DynamoDB: the region, the credentials and the endpoint, which is `AWS_ENDPOINT_URL_DYNAMODB`, else
 * `AWS_ENDPOINT_URL`.
 * @param now the clock, in milliseconds since 1970
 * @throws Error if there is no region
 */
export function dynamoDbSettings(env: Environment, now: () => number): DynamoDbSettings {
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION;
  if (!region) throw new Error('expected a region in AWS_REGION, got: none');
  return { region, endpoint: env.AWS_ENDPOINT_URL_DYNAMODB || env.AWS_ENDPOINT_URL, credentials: credentialSource(env, now) };
}

/**
 * Calls DynamoDB by its JSON protocol, signed, over connections that stay open.
 * @param now the clock, in milliseconds since 1970
 */
export function createDynamoDbCall({ region, credentials, ...settings }: DynamoDbSettings, now: () => number): DynamoDbCall {
  const endpoint = new URL(settings.endpoint ?? awsEndpoint(region));
  const signer = new SignatureV4({
    service: 'dynamodb',
    region,
    credentials: () => credentials.current(),
    sha256: Sha256,
    applyChecksum: false,
  });
  const send = createSender(endpoint);
  const target = { method: 'POST', protocol: endpoint.protocol, hostname: endpoint.hostname, path: endpoint.pathname };
  let clockOffset = 0;

  return async (operation, body) => {
    const headers = { host: endpoint.host, 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${operation}` };
    const signed = await signer.sign({ ...target, headers, body }, { signingDate: new Date(now() + clockOffset) });
    let answer: HttpAnswer;
    try {
      answer = await send(signed.headers, body);
    } catch (error) {
      if (!(error instanceof SendFailure)) throw error;
      return { kind: 'failed', error, atOnce: error.reusedSocket };
    }
    if (answer.status === 200) return readResult(operation, answer);

    const error = readError(operation, answer);
    const { code } = error;
    if (THROTTLED.includes(code)) return { kind: 'throttled', error };
    if (answer.status >= 500) return { kind: 'failed', error, atOnce: false };
    const serverOffset = Date.parse(answer.headers.date ?? '') - now();
    if (CLOCK_REFUSED.includes(code) && Math.abs(serverOffset - clockOffset) > SKEW_LIMIT) {
      clockOffset = serverOffset;
      return { kind: 'failed', error, atOnce: true };
    }
    if (CREDENTIALS_REFUSED.includes(code) && credentials.refused()) return { kind: 'failed', error, atOnce: true };
    throw error;
  };
}

function awsEndpoint(region: string): string {
  return `https://dynamodb.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

function readResult(operation: string, { headers, body }: HttpAnswer): CallOutcome {
  const expected = headers['x-amz-crc32'];
  const checksum = expected === undefined ? undefined : String(crc32(body));
  if (checksum !== expected) {
    return {
      kind: 'failed',
      error: new Error(`dynamodb:${operation}: expected an answer of CRC32 ${String(expected)}, got: ${checksum}`),
      atOnce: false,
    };
  }
  return { kind: 'answered', result: JSON.parse(body.toString()) as unknown };
}

function readError(operation: string, { status, body }: HttpAnswer): DynamoDbError {
  const { __type = `HTTP ${status}`, message, Message = message } = parseObject(body.toString());
  return new DynamoDbError(operation, __type.slice(__type.indexOf('#') + 1), Message ?? 'no message');
}

/** An error's body; what stands between us and DynamoDB may answer something else than JSON. */
function parseObject(text: string): { __type?: string; message?: string; Message?: string } {
  try {
    return (JSON.parse(text) ?? {}) as object;
  } catch {
    return { message: text.slice(0, 200) };
  }
}
