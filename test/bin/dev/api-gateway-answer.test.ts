import { functionAnswer, gatewayAnswer } from '../../../bin/dev/api-gateway-answer';

const answer = (result: unknown) => {
  const { status, headers, body } = functionAnswer(result);
  return { status, headers, body: body.toString('latin1') };
};
const FAILED = { status: 500, headers: { 'content-type': 'application/json' }, body: '{"message":"Internal Server Error"}' };

test('is what the function says', () => {
  expect(
    answer({ statusCode: 201, headers: { 'Content-Type': 'text/html', 'X-Count': 2 }, body: 'done', cookies: ['a=1', 'b=2'] }),
  ).toEqual({
    status: 201,
    headers: { 'content-type': 'text/html', 'x-count': '2', 'set-cookie': ['a=1', 'b=2'] },
    body: 'done',
  });
});

test('has a content type, and perhaps no body', () => {
  expect(answer({ statusCode: 204 })).toEqual({ status: 204, headers: { 'content-type': 'text/plain;charset=UTF-8' }, body: '' });
});

test('is decoded from base64', () => {
  expect(answer({ statusCode: 200, body: '/wA=', isBase64Encoded: true }).body).toBe('\xff\x00');
});

test.each([
  [{ a: 1 }, '{"a":1}'],
  ['text', 'text'],
  [[1], '[1]'],
  [null, 'null'],
  [undefined, ''],
])('of a value without a status, %j, is a 200 with JSON', (result, body) => {
  expect(answer(result)).toEqual({ status: 200, headers: { 'content-type': 'application/json' }, body });
});

test.each([
  [{ statusCode: 99 }],
  [{ statusCode: 600 }],
  [{ statusCode: 'ok' }],
  [{ statusCode: 200, body: { a: 1 } }],
  [{ statusCode: 200, headers: 'none' }],
  [{ statusCode: 200, headers: { 'a b': 'c' } }],
  [{ statusCode: 200, headers: { a: 'b\nc' } }],
])('of %j is a 500', (result) => {
  expect(answer(result)).toEqual(FAILED);
});

test('of more than 6 MB is a 500', () => {
  expect(answer({ statusCode: 200, body: 'x'.repeat(6_291_556) })).toEqual(FAILED);
});

test.each([
  [404, 'Not Found'],
  [413, 'Request Entity Too Large'],
  [500, 'Internal Server Error'],
  [503, 'Service Unavailable'],
] as const)("of API Gateway's own, %i, carries a message", (status, message) => {
  const made = gatewayAnswer(status);
  expect({ ...made, body: JSON.parse(made.body.toString()) }).toEqual({
    status,
    headers: { 'content-type': 'application/json' },
    body: { message },
  });
});
