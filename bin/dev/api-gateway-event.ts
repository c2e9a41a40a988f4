import { isUtf8 } from 'node:buffer';
import type { RouteMatch } from './routes';

/** An HTTP request as it was received. */
export interface WireRequest {
  readonly method: string;
  /** The path and query, as sent. */
  readonly url: string;
  readonly httpVersion: string;
  /** The values of each header, by its name in lower case. */
  readonly headers: { readonly [name: string]: readonly string[] | undefined };
  readonly body: Buffer;
  readonly sourceIp: string;
  /** The port that received the request. */
  readonly port: number;
}

/** What API Gateway adds to a request. */
export interface GatewayContext {
  readonly accountId: string;
  readonly apiId: string;
  readonly stage: string;
  readonly match: RouteMatch<unknown>;
  readonly requestId: string;
  /** The time of the request, in milliseconds since 1970. */
  readonly now: number;
}

/** The event of a Lambda proxy integration of an HTTP API in payload format 2.0. */
export interface ApiGatewayEvent {
  readonly version: '2.0';
  readonly routeKey: string;
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly cookies?: readonly string[];
  readonly headers: { readonly [name: string]: string };
  readonly queryStringParameters?: { readonly [name: string]: string };
  readonly requestContext: {
    readonly accountId: string;
    readonly apiId: string;
    readonly domainName: string;
    readonly domainPrefix: string;
    readonly http: {
      readonly method: string;
      readonly path: string;
      readonly protocol: string;
      readonly sourceIp: string;
      readonly userAgent: string;
    };
    readonly requestId: string;
    readonly routeKey: string;
    readonly stage: string;
    readonly time: string;
    readonly timeEpoch: number;
  };
  readonly pathParameters?: { readonly [name: string]: string };
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

/** Headers of one connection, which API Gateway does not pass on. */
const CONNECTION_HEADERS = ['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'cookie'];

const TEXT_TYPES = /^(text\/.*|application\/(json|javascript|xml))$/;

/**
 * Makes the event that API Gateway sends to a function for a request.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function apiGatewayEvent(request: WireRequest, { accountId, apiId, stage, match, requestId, now }: GatewayContext): ApiGatewayEvent {
  const { path, query } = splitUrl(request.url);
  const headers = headersOf(request, requestId);
  const domainName = (headers.host ?? 'localhost').replace(/:\d+$/, '');
  const { routeKey } = match.route;
  const parameters = queryParameters(query);
  const cookies = (request.headers.cookie ?? []).flatMap((header) => header.split(';')).map((cookie) => cookie.trim());
  const isText = isTextType(headers) && isUtf8(request.body);
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: query,
    ...(cookies.length > 0 && { cookies }),
    headers,
    ...(Object.keys(parameters).length > 0 && { queryStringParameters: parameters }),
    requestContext: {
      accountId,
      apiId,
      domainName,
      domainPrefix: domainName.split('.')[0]!,
      http: {
        method: request.method,
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId,
      routeKey,
      stage,
      time: commonLogTime(now),
      timeEpoch: now,
    },
    ...(Object.keys(match.pathParameters).length > 0 && { pathParameters: match.pathParameters }),
    ...(request.body.length > 0 && { body: request.body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: request.body.length > 0 && !isText,
  };
}

/** Splits a URL into its path, decoded as HTTP APIs do, and its query, as sent. */
export function splitUrl(url: string): { readonly path: string; readonly query: string } {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  return { path: decoded(path), query: mark < 0 ? '' : url.slice(mark + 1) };
}

function headersOf({ headers, body, sourceIp, port }: WireRequest, requestId: string): Record<string, string> {
  const kept = Object.entries(headers).flatMap(([name, values]): [string, string][] =>
    values === undefined || CONNECTION_HEADERS.includes(name) ? [] : [[name, values.join(',')]],
  );
  const forwarded = headers['x-forwarded-for']?.join(',');
  return {
    'content-length': String(body.length),
    ...Object.fromEntries(kept),
    'x-amzn-trace-id':
      headers['x-amzn-trace-id']?.join(',') ?? `Root=1-${requestId.replaceAll('-', '').replace(/^(.{8})(.{24}).*$/, '$1-$2')}`,
    'x-forwarded-for': forwarded === undefined ? sourceIp : `${forwarded}, ${sourceIp}`,
    'x-forwarded-port': String(port),
    'x-forwarded-proto': 'http',
  };
}

function queryParameters(query: string): Record<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) values.set(name, values.has(name) ? `${values.get(name)},${value}` : value);
  return Object.fromEntries(values);
}

/** Whether bodies of a type are passed on as text; other bodies are passed on in base64. */
function isTextType(headers: Readonly<Record<string, string>>): boolean {
  const type = (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
  return headers['content-encoding'] === undefined && TEXT_TYPES.test(type);
}

/** `12/Mar/2020:19:03:58 +0000` */
function commonLogTime(now: number): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+) GMT$/.exec(new Date(now).toUTCString())!;
  return `${day}/${month}/${year}:${time} +0000`;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // the path is not percent-encoded
    return path;
  }
}
