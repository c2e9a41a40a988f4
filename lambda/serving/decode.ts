import { isUtf8 } from 'node:buffer';
import { readBody } from '../protocols/body';
import type { BodyRecords } from '../protocols/records';
import { Refusal } from '../refusal';
import type { HttpRequest } from './http';
import type { EndpointPlan } from './plan';

/** What a synchronous call of a Lambda function carries at most, each way. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const MAX_BODY_BYTES = 6 * 1024 * 1024;

/** The records of a request's body. @throws Refusal if it is none of the formats that are served */
export function decode({ request }: EndpointPlan, { headers, body }: HttpRequest): BodyRecords {
  checkContentType(headers['content-type']);
  checkEncoding(headers['content-encoding']);
  return readBody(textOf(body), request.columns, request.isArray);
}

function checkContentType(value: string | undefined): void {
  if (value === undefined || value === 'application/json') return;
  const [type, ...parameters] = value
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice('charset='.length)
    .replaceAll('"', '');
  if (type === '' || (type === 'application/json' && (charset === undefined || charset === 'utf-8' || charset === 'utf8'))) return;
  throw unsupported('content-type application/json in UTF-8', value);
}

function checkEncoding(value: string | undefined): void {
  if (value !== undefined && value !== '' && value.toLowerCase() !== 'identity')
    throw unsupported('a body without content-encoding', value);
}

function unsupported(expected: string, got: string): Refusal {
  return new Refusal('INVALID_PARAMETER_VALUE', { expected, got: got.slice(0, 80) }, { status: 415 });
}

function textOf(body: string | Uint8Array): string {
  // a character of a string is at most three bytes in UTF-8
  const bytes = typeof body === 'string' && body.length * 3 <= MAX_BODY_BYTES ? 0 : Buffer.byteLength(body);
  if (bytes > MAX_BODY_BYTES) {
    throw new Refusal(
      'INVALID_PARAMETER_VALUE',
      { expected: `a body of at most ${MAX_BODY_BYTES} bytes`, got: String(bytes) },
      { status: 413 },
    );
  }
  if (typeof body === 'string') return body;
  if (!isUtf8(body)) throw new Refusal('INVALID_PARAMETER_VALUE', { expected: 'a body in UTF-8', got: 'other bytes' });
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
}
