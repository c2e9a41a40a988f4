import { Readable } from 'node:stream';
import { eachLine } from '../../../bin/dev/each-line';

async function linesOf(...chunks: readonly (string | Uint8Array)[]): Promise<string[]> {
  const lines: string[] = [];
  const stream = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  eachLine(stream, (line) => lines.push(line));
  await new Promise((done) => stream.on('close', done));
  return lines;
}

test.each([
  [
    ['a\n', 'b\nc', 'd', 'e\n\nf'],
    ['a', 'b', 'cde', '', 'f'],
  ],
  [['a\n'], ['a']],
  [[], []],
  [['{"a":"\u2028\u2029\u0085\v\f"}\n'], ['{"a":"\u2028\u2029\u0085\v\f"}']],
])('%j are the lines %j', async (chunks, lines) => {
  expect(await linesOf(...chunks)).toEqual(lines);
});

test('a character that comes in two parts is one', async () => {
  const bytes = Buffer.from('€\n');
  expect(await linesOf(bytes.subarray(0, 1), bytes.subarray(1))).toEqual(['€']);
});
