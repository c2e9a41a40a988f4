import { type Stored } from './stored-value';
import { isTextBefore } from './text-order';

/** What statistics say of stored values: how many are missing, and the least and the greatest of the others. */
export class ValueBounds {
  public nullCount = 0;
  private least: Stored | undefined;
  private greatest: Stored | undefined;
  /** A NaN is neither less nor greater than another value: where there is one, bounds would be wrong. */
  private hasNaN = false;

  /** Undefined if there is none, or none that holds. */
  public get min(): Stored | undefined {
    if (this.hasNaN) return undefined;
    return this.least === 0 ? -0 : this.least;
  }

  /** Undefined if there is none, or none that holds. */
  public get max(): Stored | undefined {
    if (this.hasNaN) return undefined;
    return this.greatest === 0 ? 0 : this.greatest;
  }

  /** Takes a value; bytes have no bounds. */
  public add(value: Stored): void {
    if (value instanceof Uint8Array) return;
    if (value !== value) this.hasNaN = true;
    else if (this.least === undefined || this.greatest === undefined) this.least = this.greatest = value;
    else if (isBefore(value, this.least)) this.least = value;
    else if (isBefore(this.greatest, value)) this.greatest = value;
  }

  /** Takes values of which the least and the greatest are known. */
  public addRange(least: Stored, greatest: Stored): void {
    this.add(least);
    this.add(greatest);
  }

  /** Takes what others were made of. */
  public merge({ nullCount, least, greatest, hasNaN }: ValueBounds): void {
    this.nullCount += nullCount;
    this.hasNaN ||= hasNaN;
    if (least !== undefined && greatest !== undefined) this.addRange(least, greatest);
  }
}

function isBefore(a: Stored, b: Stored): boolean {
  return typeof a === 'string' ? isTextBefore(a, b as string) : a < b;
}
