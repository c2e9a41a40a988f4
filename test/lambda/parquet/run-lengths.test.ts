import { bitsAt, decodeRuns } from '../../../lambda/parquet/run-lengths';

function decode(count: number, width: number, bytes: number[]): number[] {
  const output = new Int32Array(count);
  decodeRuns(Uint8Array.from(bytes), 0, bytes.length, width, output);
  return [...output];
}

test('decodes runs of one value and bit-packed groups', () => {
  expect(decode(3, 3, [3 << 1, 5])).toEqual([5, 5, 5]);
  // the example of the specification: 0 to 7, in 3 bits each
  expect(decode(8, 3, [(1 << 1) | 1, 0b10001000, 0b11000110, 0b11111010])).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(decode(3, 1, [2 << 1, 1, (1 << 1) | 1, 0b1])).toEqual([1, 1, 1]);
  expect(decode(2, 20, [1 << 1, 0x01, 0x02, 0x03, 1 << 1, 7, 0, 0])).toEqual([0x030201, 7]);
  expect(decode(200, 0, [0x90, 0x03])).toEqual(new Array(200).fill(0));
});

test.each([24, 25, 31, 32])('unpacks values of %d bits', (width) => {
  const values = Array.from({ length: 8 }, (_, i) => Math.floor(((2 ** Math.min(width, 31) - 1) / 7) * i));
  const bits = values.flatMap((value) => Array.from({ length: width }, (_, bit) => Math.floor(value / 2 ** bit) % 2));
  const bytes = Array.from({ length: width }, (_, i) => bits.slice(i * 8, i * 8 + 8).reduce((sum, bit, at) => sum + bit * 2 ** at, 0));
  expect(decode(8, width, [(1 << 1) | 1, ...bytes])).toEqual(values);
});

test('reads bits at any place, and zeros after the end', () => {
  const bytes = Uint8Array.of(0xff, 0x00, 0xaa, 0x55, 0xff);
  expect(bitsAt(bytes, 4, 8)).toBe(0x0f);
  expect(bitsAt(bytes, 3, 32)).toBe(Number((0xff_55_aa_00_ffn >> 3n) & 0xffff_ffffn));
  expect(bitsAt(bytes, 36, 8)).toBe(0x0f);
  expect(bitsAt(bytes, 8, 0)).toBe(0);
});

test('a run longer than the output fills the output only', () => {
  // one byte of such a header made the decoder of hyparquet fill memory
  expect(decode(3, 1, [0xfe, 0xff, 0xff, 0xff, 0x0f, 1])).toEqual([1, 1, 1]);
  expect(decode(3, 0, [0xff, 0xff, 0xff, 0xff, 0x0f])).toEqual([0, 0, 0]);
});

test.each([
  ['no bytes', [], 'expected runs of 3 values, got: 0 values'],
  ['too few values', [2 << 1, 1, 0], 'expected runs of 3 values, got: 2 values'],
  ['a run without its value', [3 << 1], 'expected 2 more bytes of a run, got: 0'],
  ['too few packed bytes', [(1 << 1) | 1, 1], 'expected 4 more bytes of a run, got: 1'],
  ['a run of no values', [0, 0, 0], 'expected a run of 1 value or more, got: 0 values'],
  ['a value of too many bits', [3 << 1, 0, 2], 'expected a value of 9 bits, got: 512'],
  ['an endless header', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80], 'expected the header of a run, got: more than 5 bytes'],
])('fails on %s', (_, bytes, message) => {
  expect(() => decode(3, 9, bytes)).toThrow(expect.objectContaining({ name: 'TableError', message }));
});
