import { type Stored } from './stored-value';

const FIRST_SURROGATE = 0xd800;
const FIRST_AFTER_SURROGATES = 0xe000;

/** Statistics of stored values: the number of nulls, and the minimum and maximum of the other values. */
export class ValueBounds {
  public nullCount = 0;
  private least: Stored | undefined;
  private greatest: Stored | undefined;
  /** NaN does not compare with other values, so a column with NaN has no bounds. */
  private hasNaN = false;

  /** The minimum; undefined without values, or with NaN among them. */
  public get min(): Stored | undefined {
    if (this.hasNaN) return undefined;
    return this.least === 0 ? -0 : this.least;
  }

  /** The maximum; undefined without values, or with NaN among them. */
  public get max(): Stored | undefined {
    if (this.hasNaN) return undefined;
    return this.greatest === 0 ? 0 : this.greatest;
  }

  /** Adds a value. Bytes are ignored. */
  public add(value: Stored): void {
    if (value instanceof Uint8Array) return;
    if (value !== value) this.hasNaN = true;
    else if (this.least === undefined || this.greatest === undefined) this.least = this.greatest = value;
    else if (isBefore(value, this.least)) this.least = value;
    else if (isBefore(this.greatest, value)) this.greatest = value;
  }

  /** Adds many values, given their minimum and maximum. */
  public addRange(least: Stored, greatest: Stored): void {
    this.add(least);
    this.add(greatest);
  }

  /** Adds the values of other bounds. */
  public merge({ nullCount, least, greatest, hasNaN }: ValueBounds): void {
    this.nullCount += nullCount;
    this.hasNaN ||= hasNaN;
    if (least !== undefined && greatest !== undefined) this.addRange(least, greatest);
  }
}

/** Whether a value sorts before another of its type; strings sort by their UTF-8 bytes. */
export function isBefore(a: Stored, b: Stored): boolean {
  return typeof a === 'string' ? isTextBefore(a, b as string) : a < b;
}

/** Whether a string sorts before another by their UTF-8 bytes. JavaScript compares UTF-16 code units, which gives another order. */
export function isTextBefore(a: string, b: string): boolean {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return rank(x) < rank(y);
  }
  return a.length < b.length;
}

/** A surrogate is half of a character above U+FFFF, which sorts after every character of one code unit. */
function rank(unit: number): number {
  if (unit < FIRST_SURROGATE) return unit;
  return unit < FIRST_AFTER_SURROGATES ? unit + 0x10000 : unit;
}
