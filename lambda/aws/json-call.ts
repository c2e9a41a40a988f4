// The JSON protocols of AWS: https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
import { crc32 } from 'node:zlib';
import type { Environment } from './credentials';
import { type AwsService, endpointOf } from './endpoints';
import { type HttpAnswer, SendFailure } from './send';
import { AwsError, type CallerSettings, callerSettings, type CallOutcome, createSignedCall } from './signed-call';

/** A service that is called by a JSON protocol. */
type JsonService = Extract<AwsService, 'codedeploy' | 'dynamodb' | 'sqs'>;

/** The address of a service, and its caller. */
export interface JsonCallerSettings extends CallerSettings {
  readonly service: JsonService;
  readonly endpoint: URL;
}

/** Tries an operation once. The body is JSON text. @throws AwsError if the service refuses it for good */
export type JsonCall = (operation: string, body: string) => Promise<CallOutcome<unknown>>;

interface JsonProtocol {
  readonly version: string;
  /** The prefix of an operation in `X-Amz-Target`. */
  readonly target: string;
  /** How long the next part of an answer may take, in milliseconds. */
  readonly silenceLimit: number;
  /** Whether an operation without a result may answer with an empty body. */
  readonly allowsEmpty: boolean;
}

const PROTOCOLS: Record<JsonService, JsonProtocol> = {
  codedeploy: { version: '1.1', target: 'CodeDeploy_20141006', silenceLimit: 10_000, allowsEmpty: true },
  // DynamoDB answers within tens of milliseconds
  dynamodb: { version: '1.0', target: 'DynamoDB_20120810', silenceLimit: 2000, allowsEmpty: false },
  sqs: { version: '1.0', target: 'AmazonSQS', silenceLimit: 2000, allowsEmpty: true },
};

/**
 * Finds the address of a service for a process, and its credentials.
 * @param now the clock, in milliseconds since 1970
 * @throws Error if there is no region
 */
export function jsonCallerSettings(env: Environment, service: JsonService, now: () => number): JsonCallerSettings {
  const settings = callerSettings(env, service, now);
  return { ...settings, service, endpoint: endpointOf(env, service, settings.region) };
}

/**
 * Calls a service by its JSON protocol.
 * @param now the clock, in milliseconds since 1970
 */
export function createJsonCall(settings: JsonCallerSettings, now: () => number): JsonCall {
  const { service, endpoint } = settings;
  const protocol = PROTOCOLS[service];
  const call = createSignedCall(settings, now);
  return async (operation, body) => {
    const action = `${service}:${operation}`;
    const headers = {
      'content-type': `application/x-amz-json-${protocol.version}`,
      'x-amz-target': `${protocol.target}.${operation}`,
    };
    const outcome = await call({ action, endpoint, headers, body, silenceLimit: protocol.silenceLimit });
    return outcome.kind === 'answered' ? readResult(action, outcome.result, protocol) : outcome;
  };
}

async function readResult(action: string, answer: HttpAnswer, { allowsEmpty }: JsonProtocol): Promise<CallOutcome<unknown>> {
  let body: Buffer;
  try {
    body = await answer.bytes();
  } catch (error) {
    if (!(error instanceof SendFailure)) throw error;
    return { kind: 'failed', error, atOnce: error.reusedSocket };
  }
  const expected = answer.headers['x-amz-crc32'];
  const checksum = expected === undefined ? undefined : String(crc32(body));
  if (checksum !== expected) return unreadable(action, `expected an answer of CRC32 ${String(expected)}, got: ${checksum}`);
  const result = body.length === 0 && allowsEmpty ? {} : parseObject(body.toString());
  if (result === undefined) return unreadable(action, `expected a JSON object, got: ${body.length} other bytes`);
  return { kind: 'answered', result };
}

/** Checks an answer for a member that the operation always returns. An answer without it is unreadable, and a failure. */
export function requireMember<Result extends object>(
  outcome: CallOutcome<unknown>,
  action: string,
  member: keyof Result & string,
): CallOutcome<Result> {
  if (outcome.kind !== 'answered') return outcome;
  const result = outcome.result as Result;
  return result[member] === undefined ? unreadable(action, `expected ${member}, got: none`) : { kind: 'answered', result };
}

function unreadable(action: string, message: string): CallOutcome<never> {
  return { kind: 'failed', error: new AwsError(action, 'UnreadableAnswer', message, 200), atOnce: false };
}

/** A JSON object; undefined for any other text. */
function parseObject(text: string): object | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
