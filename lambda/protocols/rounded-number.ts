// JSON.parse reads 1.00000000000000000001 as 1, so a column of whole numbers would accept a fraction. Such numbers are rare, and a search of the
// text finds them. Only a body with such a number is marked before the parse.
import { randomUUID } from 'node:crypto';

/**
 * Finds a text that may have such a number: six zeros or nines after the decimal point, ten digits before it or before an exponent, or an
 * exponent of three digits. The rounding of any other number leaves a fraction.
 */
export const MAY_BE_ROUNDED = /\d\.(?:0{6}|9{6})|\d{10}[.eE]|[eE]-\d{3}/;

/** The prefix of the string that replaces a number. It is random, so that no caller can send it. */
const MARK = `${randomUUID()} `;

const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Replaces numbers in a JSON text by marked strings, if they have a fraction that a double would lose. */
export function markRounded(text: string): string {
  return text.replace(TOKENS, (token) => (isRounded(token) ? `"${MARK}${token}"` : token));
}

/** The text of a marked number; undefined for any other value. */
export function roundedNumber(value: unknown): string | undefined {
  return typeof value === 'string' && value.startsWith(MARK) ? value.slice(MARK.length) : undefined;
}

function isRounded(token: string): boolean {
  if (token.startsWith('"') || !Number.isInteger(Number(token))) return false;
  const [, whole = '', fraction = '', exponent = '0'] = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(token)!;
  const digits = `${whole}${fraction}`;
  // the digits after the decimal point, once the exponent has moved the point
  const behind = fraction.length - Number(exponent);
  return behind > 0 && /[1-9]/.test(digits.slice(-behind));
}
