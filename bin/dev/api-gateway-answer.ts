import { validateHeaderName, validateHeaderValue } from 'node:http';

/** An HTTP answer. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string | readonly string[] };
  readonly body: Buffer;
}

/** What API Gateway answers on its own. */
export const GATEWAY_MESSAGES = {
  404: 'Not Found',
  413: 'Request Entity Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const;

/** The most that a function may answer, in bytes of JSON. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const ANSWER_LIMIT = 6_291_556;

/** An answer that API Gateway makes itself. */
export function gatewayAnswer(status: keyof typeof GATEWAY_MESSAGES): WireAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ message: GATEWAY_MESSAGES[status] })),
  };
}

/**
 * The answer that API Gateway makes of what a function returned, in format 2.0: an object with a `statusCode` is taken as it is
 * said, everything else is the JSON body of a 200. A value that is no such answer is a 500.
 */
export function functionAnswer(result: unknown): WireAnswer {
  if (Buffer.byteLength(JSON.stringify(result) ?? '') > ANSWER_LIMIT) return gatewayAnswer(500);
  if (!isObject(result) || result.statusCode === undefined) {
    const body = typeof result === 'string' ? result : (JSON.stringify(result) ?? '');
    return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(body) };
  }
  const status = Number(result.statusCode);
  if (!Number.isInteger(status) || status < 200 || status > 599) return gatewayAnswer(500);
  const { headers = {}, cookies, body = '', isBase64Encoded } = result;
  if (!isObject(headers) || typeof body !== 'string') return gatewayAnswer(500);
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  if (!named.every(isHeader)) return gatewayAnswer(500);
  return {
    status,
    headers: {
      'content-type': 'text/plain;charset=UTF-8',
      ...Object.fromEntries(named),
      ...(Array.isArray(cookies) && cookies.length > 0 && { 'set-cookie': cookies.map(String) }),
    },
    body: Buffer.from(body, isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

function isHeader([name, value]: readonly [string, string]): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    // Node says so by throwing
    return false;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
