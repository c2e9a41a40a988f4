import { gzipSync } from 'node:zlib';
import { GzipError, unzippedMembers } from '../../../lambda/inference/gzip-members';

const members = (bytes: Uint8Array): string[] => Array.from(unzippedMembers(bytes), String);
const MEMBER = gzipSync('some text');

/** The same member, with more in its header. */
function withHeader(flags: number, ...more: Uint8Array[]): Buffer {
  const header = Buffer.from(MEMBER.subarray(0, 10));
  header[3] = flags;
  return Buffer.concat([header, ...more, MEMBER.subarray(10)]);
}

test('a file is as many members as follow one another, of which some may be empty', () => {
  expect(members(new Uint8Array())).toEqual([]);
  expect(members(Buffer.concat([MEMBER, gzipSync(''), gzipSync('ä'.repeat(100_000))]))).toEqual(['some text', '', 'ä'.repeat(100_000)]);
});

test.each([
  ['a checksum', 2, [Buffer.from([1, 2])]],
  ['an extra field', 4, [Buffer.from([3, 0, 0, 0, 0])]],
  ['a name', 8, [Buffer.from('file.json\0')]],
  ['a comment', 16, [Buffer.from('\0')]],
  ['all of them', 2 + 4 + 8 + 16, [Buffer.from([1, 0, 7]), Buffer.from('a\0b\0'), Buffer.from([0, 0])]],
])('a header may have %s', (_, flags, more) => {
  expect(members(Buffer.concat([withHeader(flags, ...more), MEMBER]))).toEqual(['some text', 'some text']);
});

test('fails on a file that ends early, wherever it ends', () => {
  const whole = withHeader(4 + 8, Buffer.from([1, 0, 7]), Buffer.from('name\0'));
  for (let length = 1; length < whole.length; length++) expect(() => members(whole.subarray(0, length))).toThrow(GzipError);
});

test.each([
  ['other bytes', Buffer.from('{"a": 1}, {"b": 2}'), 'incorrect header check'],
  ['other bytes behind a member', Buffer.concat([MEMBER, Buffer.from('{"a": 1}, {"b": 2}')]), 'incorrect header check'],
  ['a flipped bit', Buffer.concat([MEMBER.subarray(0, -8), Buffer.from([0]), MEMBER.subarray(-7)]), 'incorrect data check'],
])('fails on %s', (_, bytes, message) => {
  expect(() => members(bytes)).toThrow(new GzipError(message));
});
