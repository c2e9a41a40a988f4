// JSON values → the JavaScript form of each column type:
// boolean → boolean; integer, float, double → number; long, timestamp (microseconds since 1970) → bigint;
// string, date → string; binary → Uint8Array; arrays → nested arrays of these.
import { type ArrayType, type DataType, isArray, type ScalarType, typeText } from '../../lib/contract/data-types';
import { daysOf, microsecondsOf } from '../../lib/contract/calendar';
import { Mismatch } from './mismatch';
import { describeValue } from './describe-value';
import { roundedNumber } from './rounded-number';

/** Reads a JSON value that is not null. Returns null for a float or double that is NaN, which is a missing value. @throws Mismatch */
export type ValueReader = (value: unknown) => unknown;

/** The whole numbers that a column of type long takes. */
export interface LongRange {
  readonly least: bigint;
  readonly most: bigint;
  readonly text: string;
}

export const INT64: LongRange = { least: -(2n ** 63n), most: 2n ** 63n - 1n, text: 'a whole number from -2^63 to 2^63-1' };
export const UINT64: LongRange = { least: 0n, most: 2n ** 64n - 1n, text: 'a whole number from 0 to 2^64-1' };

const NON_FINITE: ReadonlyMap<string, number> = new Map([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]);
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** Matches whole numbers with at most as many digits as a 64-bit number has: longer numbers are slow to convert. */
const DIGITS = /^-?(?:0|[1-9]\d{0,19})$/;

/** Makes the reader of a type. @param long the range of type long */
export function valueReader(type: DataType, long: LongRange = INT64): ValueReader {
  if (isArray(type)) return arrayReader(type, elementReader(type.element, long));
  const read = elementReader(type, long);
  if (type !== 'float' && type !== 'double') return read;
  return (value) => {
    const number = read(value);
    return Number.isNaN(number) ? null : number;
  };
}

function elementReader(type: ScalarType, long: LongRange): ValueReader {
  return type === 'long' ? (value) => readLong(value, long) : ELEMENT_READERS[type];
}

const ELEMENT_READERS: Record<Exclude<ScalarType, 'long'>, ValueReader> = {
  boolean(value) {
    if (typeof value !== 'boolean') throw new Mismatch('true or false', describeValue(value));
    return value;
  },
  integer(value) {
    // check the type first: converting a list or an object to a number calls its functions, which may be values of the caller
    if (typeof value !== 'number' || (value | 0) !== value)
      throw new Mismatch('a whole number from -2147483648 to 2147483647', describeValue(value));
    return value | 0;
  },
  float(value) {
    const number = readNumber(value, 'a number in the range of a 32-bit float');
    const rounded = Math.fround(number);
    if (!Number.isFinite(rounded) && Number.isFinite(number))
      throw new Mismatch('a number in the range of a 32-bit float', describeValue(value));
    return rounded;
  },
  double: (value) => readNumber(value, 'a number in the range of a 64-bit float'),
  string(value) {
    if (typeof value !== 'string' || roundedNumber(value) !== undefined) throw new Mismatch('a string', describeValue(value));
    if (!isWellFormed(value)) throw new Mismatch('a string of well-formed Unicode', describeValue(value));
    return value;
  },
  binary(value) {
    if (typeof value !== 'string' || !BASE64.test(value)) throw new Mismatch('a string in base64', describeValue(value));
    return new Uint8Array(Buffer.from(value, 'base64'));
  },
  date(value) {
    if (typeof value !== 'string' || daysOf(value) === undefined) throw new Mismatch('a date as YYYY-MM-DD', describeValue(value));
    return value;
  },
  timestamp(value) {
    const microseconds = typeof value === 'string' ? microsecondsOf(value) : undefined;
    if (microseconds !== undefined) return microseconds;
    throw new Mismatch('an ISO 8601 timestamp with offset and at most six digits of a second', describeValue(value));
  },
};

function readLong(value: unknown, { least, most, text }: LongRange): bigint {
  if (typeof value === 'number' && Number.isInteger(value)) {
    // JSON.parse has rounded the number: the request may have sent another number beyond 2^53-1
    if (!Number.isSafeInteger(value))
      throw new Mismatch(`${text}: send it as a string, because it is beyond 2^53-1`, 'an unquoted number beyond 2^53-1');
  } else if (typeof value !== 'string' || !DIGITS.test(value)) {
    throw new Mismatch(text, describeValue(value));
  }
  const whole = BigInt(value);
  if (whole < least || whole > most) throw new Mismatch(text, describeValue(value));
  return whole;
}

function readNumber(value: unknown, expected: string): number {
  if (typeof value === 'number') {
    // JSON has no infinity, so the request had digits beyond the range
    if (!Number.isFinite(value)) throw new Mismatch(expected, 'a number beyond it');
    return value;
  }
  const number = typeof value === 'string' ? (NON_FINITE.get(value) ?? roundedDouble(value)) : undefined;
  if (number === undefined) throw new Mismatch(expected, describeValue(value));
  return number;
}

function roundedDouble(value: string): number | undefined {
  const text = roundedNumber(value);
  return text === undefined ? undefined : Number(text);
}

function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

function arrayReader(type: ArrayType, readElement: ValueReader): ValueReader {
  const expected = typeText(type);
  return (value) => {
    const shape = shapeOf(value, type.shape);
    if (shape.length !== type.shape.length || type.shape.some((length, axis) => length !== null && length !== shape[axis])) {
      throw new Mismatch(expected, Array.isArray(value) ? `lists of shape [${shape.join(',')}]` : describeValue(value));
    }
    return readNested(value, shape, 0, expected, readElement);
  };
}

/** Matches digits of a whole number, or a number that JSON cannot write. */
const NUMBER_TEXT = /^(?:-?(?:\d{1,20}|Infinity)|NaN)$/;

/** Makes a test whether a JSON value has a form of a type. The test costs less than reading the value. */
export function valueForm(type: DataType): (value: unknown) => boolean {
  if (!isArray(type)) return FORMS[type];
  const nested = (depth: number): ((value: unknown) => boolean) => {
    const inner = depth === 1 ? FORMS[type.element] : nested(depth - 1);
    return (value) => Array.isArray(value) && value.every(inner);
  };
  return nested(type.shape.length);
}

const isText = (value: unknown): boolean => typeof value === 'string' && roundedNumber(value) === undefined;
const isNumber = (value: unknown): boolean =>
  typeof value === 'number' || (typeof value === 'string' && (NUMBER_TEXT.test(value) || roundedNumber(value) !== undefined));

const FORMS: Record<ScalarType, (value: unknown) => boolean> = {
  boolean: (value) => typeof value === 'boolean',
  integer: (value) => typeof value === 'number',
  long: isNumber,
  float: isNumber,
  double: isNumber,
  string: isText,
  binary: isText,
  date: isText,
  timestamp: isText,
};

/**
 * The lengths of nested lists along their first elements. The other elements must have the same lengths, which is not checked here.
 * @param declared the shape of the type, which gives the lengths inside an empty list
 */
export function shapeOf(value: unknown, declared: readonly (number | null)[]): number[] {
  const shape: number[] = [];
  for (let inner = value; shape.length < declared.length && Array.isArray(inner); inner = inner[0]) shape.push(inner.length);
  return shape.at(-1) === 0 ? [...shape, ...declared.slice(shape.length).map((length) => length ?? 0)] : shape;
}

function readNested(value: unknown, shape: readonly number[], axis: number, expected: string, readElement: ValueReader): unknown[] {
  if (!Array.isArray(value)) throw new Mismatch(expected, `${describeValue(value)}${axis === 0 ? '' : ' inside a list'}`);
  if (value.length !== shape[axis]) throw new Mismatch(expected, `lists of unequal lengths, ${shape[axis]} and ${value.length}`);
  const isLast = axis === shape.length - 1;
  return value.map((item: unknown, i) => {
    if (!isLast) return readNested(item, shape, axis + 1, expected, readElement);
    if (item === null) throw new Mismatch(expected, `null inside a list, at ${i}`);
    try {
      return readElement(item);
    } catch (error) {
      if (!(error instanceof Mismatch)) throw error;
      throw new Mismatch(`${expected}, each ${error.expected}`, `${error.got} inside a list, at ${i}`);
    }
  });
}
