const FIRST_SURROGATE = 0xd800;
const FIRST_AFTER_SURROGATES = 0xe000;

/** Whether a text comes before another in the order of their UTF-8 bytes, which JavaScript's own order of code units is not. */
export function isTextBefore(a: string, b: string): boolean {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return rank(x) < rank(y);
  }
  return a.length < b.length;
}

/** Half a surrogate pair stands for a character beyond all that one unit can be. */
function rank(unit: number): number {
  if (unit < FIRST_SURROGATE) return unit;
  return unit < FIRST_AFTER_SURROGATES ? unit + 0x10000 : unit;
}
