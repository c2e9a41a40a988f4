import { float16Bits, float16Number } from '../../../lambda/protocols/float16';

test('every number of 16 bits comes back', () => {
  for (let bits = 0; bits < 0x10000; bits++) {
    const number = float16Number(bits);
    if (Number.isNaN(number)) expect(Number.isNaN(float16Number(float16Bits(number)))).toBe(true);
    else if (float16Bits(number) !== bits) throw new Error(`${bits} → ${number} → ${float16Bits(number)}`);
  }
});

test.each([
  [1 + 2 ** -11, 0x3c00],
  [1 + 3 * 2 ** -11, 0x3c02],
  [0.1, 0x2e66],
  [65_504, 0x7bff],
  [65_519, 0x7bff],
  [65_520, 0x7c00],
  [1e9, 0x7c00],
  [-Infinity, 0xfc00],
  [2 ** -24, 1],
  [2 ** -25, 0],
  [2 ** -14 - 2 ** -26, 0x0400],
  [-0, 0x8000],
])('%d is rounded to nearest, halves to even', (number, bits) => {
  expect(float16Bits(number)).toBe(bits);
});
