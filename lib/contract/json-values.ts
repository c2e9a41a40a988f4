import { namesText } from './finding';
import { daysOf, microsecondsOf } from './calendar';
import { type DataType, isArray, type JsonValue, type ScalarType } from './data-types';

/** A JSON object. */
export type JsonObject = { readonly [name: string]: JsonValue };

const INT32_MAX = 2 ** 31 - 1;
const INT64_MAX = 2n ** 63n - 1n;
const WHOLE = /^-?(?:0|[1-9]\d{0,19})$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const INFINITIES: readonly JsonValue[] = ['Infinity', '-Infinity'];

/** The expected JSON form of a value of each type, for error messages. */
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
 * Checks a default value. Returns the expected form, or undefined if the value is valid. Null and NaN are not valid, because they are
 * missing values themselves; NaN inside an array of floats is valid.
 */
export function defaultValueProblem(type: DataType, value: JsonValue): string | undefined {
  if (!isArray(type)) return IS_VALUE[type](value) ? undefined : EXPECTED[type];
  const inside =
    type.element === 'float' || type.element === 'double'
      ? (item: JsonValue) => item === 'NaN' || IS_VALUE[type.element](item)
      : IS_VALUE[type.element];
  return isNested(value, lengthsOf(value, type.shape), inside) ? undefined : arrayText(type.shape, EXPECTED[type.element]);
}

/**
 * Returns the lengths that nested lists must have. A dimension of any length gets the length of the first list, because tensors are not
 * ragged.
 */
function lengthsOf(value: JsonValue | undefined, [length, ...inner]: readonly (number | null)[]): number[] {
  if (length === undefined) return [];
  const list = isJsonList(value) ? value : [];
  return [length ?? list.length, ...lengthsOf(list[0], inner)];
}

function isNested(value: JsonValue, [length, ...inner]: readonly number[], isElement: (value: JsonValue) => boolean): boolean {
  if (!isJsonList(value) || value.length !== length) return false;
  return value.every((item) => (inner.length === 0 ? isElement(item) : isNested(item, inner, isElement)));
}

function arrayText(shape: readonly (number | null)[], element: string): string {
  return `nested lists of shape [${shape.map((length) => length ?? '?').join(',')}] whose elements are each ${element}`;
}

/** Whether a JSON value is a list. */
export function isJsonList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** Whether a JSON value is an object. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !isJsonList(value);
}

/** Formats a JSON value for a finding, in few words. */
export function jsonText(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (isJsonList(value)) return `a list of ${value.length}`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const names = Object.keys(value);
  return names.length === 0 ? 'an empty object' : `an object with ${namesText(names)}`;
}

function isInt64(value: bigint): boolean {
  return value <= INT64_MAX && value >= -INT64_MAX - 1n;
}
