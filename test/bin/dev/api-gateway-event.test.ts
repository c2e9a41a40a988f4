import { apiGatewayEvent, type GatewayContext, splitUrl, type WireRequest } from '../../../bin/dev/api-gateway-event';
import { parseRoute } from '../../../bin/dev/routes';

const request = (changes: Partial<WireRequest> = {}): WireRequest => ({
  method: 'POST',
  url: '/my/path?parameter1=value1&parameter1=value2&parameter2=value',
  httpVersion: '1.1',
  headers: {
    host: ['id.execute-api.us-east-1.amazonaws.com'],
    'content-type': ['application/json; charset=utf-8'],
    header1: ['value1'],
    header2: ['value1', 'value2'],
    cookie: ['cookie1=1; cookie2=2'],
    'user-agent': ['agent'],
    connection: ['keep-alive'],
  },
  body: Buffer.from('"Hello from Lambda!"'),
  sourceIp: '192.0.2.1',
  port: 3000,
  ...changes,
});

const context = (changes: Partial<GatewayContext> = {}): GatewayContext => ({
  accountId: '123456789012',
  apiId: 'api-id',
  stage: '$default',
  match: { route: parseRoute('$default', ''), pathParameters: { parameter1: 'value1' } },
  requestId: '01234567-89ab-cdef-0123-456789abcdef',
  now: Date.UTC(2020, 2, 12, 19, 3, 58, 390),
  ...changes,
});

const event = (changes: Partial<WireRequest> = {}) => apiGatewayEvent(request(changes), context());

test('is the event that API Gateway documents for payload format 2.0', () => {
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html, without authorizer and stage variables
  expect(event()).toEqual({
    version: '2.0',
    routeKey: '$default',
    rawPath: '/my/path',
    rawQueryString: 'parameter1=value1&parameter1=value2&parameter2=value',
    cookies: ['cookie1=1', 'cookie2=2'],
    headers: {
      'content-length': '20',
      'content-type': 'application/json; charset=utf-8',
      header1: 'value1',
      header2: 'value1,value2',
      host: 'id.execute-api.us-east-1.amazonaws.com',
      'user-agent': 'agent',
      'x-amzn-trace-id': 'Root=1-01234567-89abcdef0123456789abcdef',
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-port': '3000',
      'x-forwarded-proto': 'http',
    },
    queryStringParameters: { parameter1: 'value1,value2', parameter2: 'value' },
    requestContext: {
      accountId: '123456789012',
      apiId: 'api-id',
      domainName: 'id.execute-api.us-east-1.amazonaws.com',
      domainPrefix: 'id',
      http: { method: 'POST', path: '/my/path', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'agent' },
      requestId: '01234567-89ab-cdef-0123-456789abcdef',
      routeKey: '$default',
      stage: '$default',
      time: '12/Mar/2020:19:03:58 +0000',
      timeEpoch: 1584039838390,
    },
    body: '"Hello from Lambda!"',
    pathParameters: { parameter1: 'value1' },
    isBase64Encoded: false,
  });
});

test('leaves out what the request does not have', () => {
  const bare = apiGatewayEvent(
    request({ method: 'GET', url: '/', headers: { host: ['localhost:3000'] }, body: Buffer.alloc(0) }),
    context({ match: { route: parseRoute('GET /', ''), pathParameters: {} } }),
  );
  expect(Object.keys(bare)).toEqual(['version', 'routeKey', 'rawPath', 'rawQueryString', 'headers', 'requestContext', 'isBase64Encoded']);
  expect(bare).toMatchObject({
    rawQueryString: '',
    isBase64Encoded: false,
    requestContext: { domainName: 'localhost', http: { userAgent: '' } },
  });
});

test.each([
  ['application/json', false],
  ['application/xml', false],
  ['application/javascript', false],
  ['TEXT/csv; header=present', false],
  ['application/x-www-form-urlencoded', true],
  ['application/octet-stream', true],
  [undefined, true],
])('sends a body of type %s in base64: %s', (type, isBase64Encoded) => {
  const sent = event({ headers: type === undefined ? {} : { 'content-type': [type] }, body: Buffer.from('größe') });
  expect(sent).toMatchObject({ isBase64Encoded, body: isBase64Encoded ? Buffer.from('größe').toString('base64') : 'größe' });
});

test('sends a compressed body in base64, whatever its type', () => {
  expect(event({ headers: { 'content-type': ['application/json'], 'content-encoding': ['gzip'] } })).toMatchObject({
    isBase64Encoded: true,
  });
});

test('adds the caller to those that forwarded the request', () => {
  expect(event({ headers: { 'x-forwarded-for': ['198.51.100.7'], 'x-amzn-trace-id': ['Root=1-a'] } }).headers).toMatchObject({
    'x-forwarded-for': '198.51.100.7, 192.0.2.1',
    'x-amzn-trace-id': 'Root=1-a',
  });
});

test.each([
  ['/a%20b/c?x=%20', { path: '/a b/c', query: 'x=%20' }],
  ['/a', { path: '/a', query: '' }],
  ['/a?', { path: '/a', query: '' }],
  ['/100%', { path: '/100%', query: '' }],
])('splits %s into a decoded path and the query as it was sent', (url, expected) => {
  expect(splitUrl(url)).toEqual(expected);
});
