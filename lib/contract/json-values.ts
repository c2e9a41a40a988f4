import { daysOf, microsecondsOf } from './calendar';
import { type DataType, isArray, type JsonValue, type ScalarType } from './data-types';

const INT32_MAX = 2 ** 31 - 1;
const INT64_MAX = 2n ** 63n - 1n;
const WHOLE = /^-?(?:0|[1-9]\d{0,19})$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const INFINITIES: readonly JsonValue[] = ['Infinity', '-Infinity'];

/** What the JSON form of a value of each type must be, as a refusal says it. */
const EXPECTED: Record<ScalarType, string> = {
  boolean: 'true or false',
  integer: 'a whole number from -2147483648 to 2147483647',
  long: 'a whole number from -2^63 to 2^63-1, in a string of its digits where it is beyond 2^53-1',
  float: 'a number in the range of a 32-bit float, "Infinity" or "-Infinity"',
  double: 'a number, "Infinity" or "-Infinity"',
  string: 'a string of well-formed Unicode',
  binary: 'a string in base64',
  date: 'a date as YYYY-MM-DD',
  timestamp: 'an ISO 8601 timestamp with offset and at most six digits of a second',
};

const IS_VALUE: Record<ScalarType, (value: JsonValue) => boolean> = {
  boolean: (value) => typeof value === 'boolean',
  integer: (value) => Number.isInteger(value) && (value as number) >= -INT32_MAX - 1 && (value as number) <= INT32_MAX,
  long: (value) => (typeof value === 'string' ? WHOLE.test(value) && isInt64(BigInt(value)) : Number.isSafeInteger(value)),
  float: (value) => (typeof value === 'number' ? Number.isFinite(Math.fround(value)) : INFINITIES.includes(value)),
  double: (value) => (typeof value === 'number' ? Number.isFinite(value) : INFINITIES.includes(value)),
  string: (value) => typeof value === 'string' && !/\p{Surrogate}/u.test(value),
  binary: (value) => typeof value === 'string' && BASE64.test(value),
  date: (value) => typeof value === 'string' && daysOf(value) !== undefined,
  timestamp: (value) => typeof value === 'string' && microsecondsOf(value) !== undefined,
};

/**
 * What is wrong with a value that is to stand in for a missing one of a type: what was expected, or undefined if it is right. Neither
 * null nor NaN will do, because these are what is missing; inside an array of floats a NaN is a value.
 */
export function defaultValueProblem(type: DataType, value: JsonValue): string | undefined {
  if (!isArray(type)) return IS_VALUE[type](value) ? undefined : EXPECTED[type];
  const inside =
    type.element === 'float' || type.element === 'double'
      ? (item: JsonValue) => item === 'NaN' || IS_VALUE[type.element](item)
      : IS_VALUE[type.element];
  return isNested(value, lengthsOf(value, type.shape), inside) ? undefined : arrayText(type.shape, EXPECTED[type.element]);
}

/** The lengths that nested lists must have: those declared, and where any goes that of the first list, as a tensor has no ragged edge. */
function lengthsOf(value: JsonValue | undefined, [length, ...inner]: readonly (number | null)[]): number[] {
  if (length === undefined) return [];
  const list = Array.isArray(value) ? (value as JsonValue[]) : [];
  return [length ?? list.length, ...lengthsOf(list[0], inner)];
}

function isNested(value: JsonValue, [length, ...inner]: readonly number[], isElement: (value: JsonValue) => boolean): boolean {
  if (!Array.isArray(value) || value.length !== length) return false;
  return (value as JsonValue[]).every((item) => (inner.length === 0 ? isElement(item) : isNested(item, inner, isElement)));
}

function arrayText(shape: readonly (number | null)[], element: string): string {
  return `nested lists of shape [${shape.map((length) => length ?? '?').join(',')}] whose elements are each ${element}`;
}

function isInt64(value: bigint): boolean {
  return value <= INT64_MAX && value >= -INT64_MAX - 1n;
}
