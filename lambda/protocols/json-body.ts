import { isUtf8 } from 'node:buffer';
import { Refusal } from '../refusal';
import type { HttpRequest } from './http';
import { markRounded, MAY_BE_ROUNDED } from './rounded-number';

/** The most bytes of a synchronous call of a Lambda function, each way. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const MAX_BODY_BYTES = 6 * 1024 * 1024;

/** The text of a body that is JSON by its headers. @throws Refusal if the body is not JSON, is too large, or is not UTF-8 */
export function jsonText({ headers, body }: Pick<HttpRequest, 'headers' | 'body'>): string {
  checkContentType(headers['content-type']);
  checkEncoding(headers['content-encoding']);
  // a character of a string has at most three bytes in UTF-8
  const bytes = typeof body === 'string' && body.length * 3 <= MAX_BODY_BYTES ? 0 : Buffer.byteLength(body);
  if (bytes > MAX_BODY_BYTES) {
    throw new Refusal(
      'INVALID_PARAMETER_VALUE',
      { expected: `a body of at most ${MAX_BODY_BYTES} bytes`, got: String(bytes) },
      { status: 413 },
    );
  }
  if (typeof body !== 'string' && !isUtf8(body)) {
    throw new Refusal('INVALID_PARAMETER_VALUE', { expected: 'a body in UTF-8', got: 'other bytes' });
  }
  return bodyText(body);
}

/** The body as text; bytes that are not UTF-8 are replaced. */
export function bodyText(body: HttpRequest['body']): string {
  return typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
}

/**
 * Parses the text of a body. A number whose fraction `JSON.parse` would lose is marked: columns of floats take it, columns of whole
 * numbers do not.
 * @param expected names the formats in the message of the refusal
 */
export function parseJson(text: string, expected: string): unknown {
  try {
    return JSON.parse(MAY_BE_ROUNDED.test(text) ? markRounded(text) : text);
  } catch (error) {
    const got = text.trim() === '' ? 'an empty body' : (bareNumber(text) ?? 'text that is not JSON');
    throw new Refusal('INVALID_PARAMETER_VALUE', { expected, got }, { cause: error });
  }
}

/**
 * Describes the first NaN or infinity in a text, which Python's `json` writes although JSON does not allow them; undefined if there is no
 * such number.
 */
export function bareNumber(text: string): string | undefined {
  const literal = /[[:,]\s*(-?Infinity|NaN)\b/.exec(text)?.[1];
  if (literal === undefined) return undefined;
  return `a bare ${literal}, which is not JSON: send ${literal === 'NaN' ? 'null' : `the string "${literal}"`}`;
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
