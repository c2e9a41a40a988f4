import { validateHeaderName, validateHeaderValue } from 'node:http';

/** An HTTP answer. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string | readonly string[] };
  readonly body: Buffer;
}

/** The messages that API Gateway itself answers, by status. */
export const GATEWAY_MESSAGES = {
  404: 'Not Found',
  413: 'Request Entity Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const;

/** The largest answer of a function, in bytes of JSON. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const ANSWER_LIMIT = 6_291_556;

/** Makes an answer of API Gateway itself. */
export function gatewayAnswer(status: keyof typeof GATEWAY_MESSAGES): WireAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ message: GATEWAY_MESSAGES[status] })),
  };
}

/**
 * Makes API Gateway's answer from a function's result in payload format 2.0. An object with a `statusCode` is the answer; any other result is
 * the JSON body of a 200. An object that is not a valid answer gives a 500.
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
    // Node's checks throw if the header is not valid
    return false;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
