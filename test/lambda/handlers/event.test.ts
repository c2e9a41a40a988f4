import { answerOf } from '../../../lambda/handlers/event';

const headers = { 'content-type': 'application/octet-stream' };

test('sends a body of bytes in base64, and says so', () => {
  const bytes = Uint8Array.from([9, 0, 255, 128, 9]).subarray(1, 4);
  expect(answerOf({ status: 200, headers, body: bytes })).toEqual({ statusCode: 200, headers, body: 'AP+A', isBase64Encoded: true });
});

test('sends a body of text as it is', () => {
  const answer = { status: 404, headers: { 'content-type': 'application/json' }, body: '{"a":"é"}' };
  expect(answerOf(answer)).toEqual({ statusCode: 404, headers: answer.headers, body: '{"a":"é"}', isBase64Encoded: false });
});
