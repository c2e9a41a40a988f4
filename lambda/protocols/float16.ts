// IEEE 754 binary16: 1 bit of sign, 5 of exponent (bias 15), 10 of fraction.

/** The largest finite number of 16 bits. */
export const FLOAT16_MAX = 65_504;

/** The smallest number with a full fraction, and the step between smaller numbers. */
const LEAST_NORMAL = 2 ** -14;
const SUBNORMAL_STEP = 2 ** -24;

/** The bits of the nearest 16-bit float; a number in the middle of two floats is rounded to the float with an even fraction. */
export function float16Bits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size < LEAST_NORMAL) return sign | roundHalfEven(size / SUBNORMAL_STEP);
  const exponent = Math.min(Math.floor(Math.log2(size)), 16);
  // just below a power of two, log2 may round up to that power
  const exact = 2 ** exponent > size ? exponent - 1 : exponent;
  if (exact > 15) return sign | 0x7c00;
  // a fraction that rounds up to 1024 carries into the exponent, as it should
  return sign | (((exact + 15) << 10) + roundHalfEven((size / 2 ** exact - 1) * 1024));
}

/** The number that 16 bits hold. */
export function float16Number(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * SUBNORMAL_STEP;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function roundHalfEven(number: number): number {
  const floor = Math.floor(number);
  const rest = number - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
