import { type DataType, isArray, type ScalarType } from '../../lib/contract/data-types';
import { timestampText } from '../../lib/contract/calendar';

/** Makes the JSON form of a value that is not null. */
export type ValueWriter = (value: unknown) => unknown;

/** Makes the writer for values of a type. */
export function valueWriter(type: DataType): ValueWriter {
  return isArray(type) ? nested(type.shape.length, SCALAR_WRITERS[type.element]) : SCALAR_WRITERS[type];
}

const asItIs: ValueWriter = (value) => value;

const SCALAR_WRITERS: Record<ScalarType, ValueWriter> = {
  boolean: asItIs,
  integer: asItIs,
  long: (value) => jsonInteger(value as bigint),
  float: (value) => jsonNumber(shortest(value as number)),
  double: (value) => jsonNumber(value as number),
  string: asItIs,
  binary: (value) => Buffer.from(value as Uint8Array).toString('base64'),
  date: asItIs,
  timestamp: (value) => timestampText(value as bigint),
};

function nested(depth: number, write: ValueWriter): ValueWriter {
  const inner = depth === 1 ? write : nested(depth - 1, write);
  return (value) => (value as readonly unknown[]).map(inner);
}

/** A whole number as JSON: a string if a double would lose some of the digits. */
export function jsonInteger(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

/** A number as JSON: NaN and the infinities become strings, because JSON has no such numbers. */
export function jsonNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** The greatest power of ten by which a float32 has an exact product. */
const EXACT_POWER = 12;

/** The double with the fewest digits that rounds to a float32: 0.1 and not 0.10000000149011612. */
function shortest(value: number): number {
  const size = Math.abs(value);
  const exponent = exponentOf(size);
  for (let digits = 6; digits <= 9; digits++) {
    const power = digits - 1 - exponent;
    const isExact = power >= 0 && power <= EXACT_POWER;
    const number = isExact ? Math.round(size * 10 ** power) / 10 ** power : Number(size.toPrecision(digits));
    if (Math.fround(number) === size) return value < 0 ? -number : number;
  }
  return value;
}

/** The power of ten of a number's first digit. */
function exponentOf(size: number): number {
  const exponent = Math.floor(Math.log10(size));
  return size >= 10 ** (exponent + 1) ? exponent + 1 : exponent;
}
