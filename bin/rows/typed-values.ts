// Values of Parquet files and Delta Lake tables → values of a column's type.
import { isTimestamp, timestampText } from '../../lib/contract/calendar';
import { type DataType, isArray, type ScalarType } from '../../lib/contract/data-types';
import { storedValueReader } from '../../lambda/offline/feature-rows';
import { holds } from '../../lambda/offline/feature-schema';
import type { FieldType } from '../../lambda/parquet/schema';
import { Mismatch } from '../../lambda/protocols/mismatch';
import { valueReader, type ValueReader } from '../../lambda/protocols/read-value';
import { describeValue } from '../../lambda/protocols/describe-value';

const NUMBERS = /^(?:byte|short|integer|long|float|double|decimal\(.*)$/;

/** The stored types whose values a column may take. Each value is then read as in a request, so that no digit is lost silently. */
const TAKEN_BY: Record<ScalarType, RegExp> = {
  boolean: /^boolean$/,
  integer: NUMBERS,
  long: NUMBERS,
  float: NUMBERS,
  double: NUMBERS,
  string: /^string$/,
  binary: /^binary$/,
  date: /^date$/,
  timestamp: /^timestamp$/,
};

/**
 * Makes the function that turns a stored value, not null, into a value of a column's type. The function throws `Mismatch`.
 * @param read reads the JSON form of the column's type; the default reads it as in a request
 * @returns undefined if a column of this type takes no value of the stored type
 */
export function typedValueReader(stored: FieldType, type: DataType, read?: ValueReader): ValueReader | undefined {
  if (read === undefined) return holds(type, stored) ? storedValueReader(type) : typedValueReader(stored, type, valueReader(type));
  if (isArray(type)) {
    const element = elementOf(stored, type.shape.length);
    if (element === undefined || !TAKEN_BY[type.element].test(element)) return undefined;
    const json = nested(type.shape.length, jsonForm(element, type.element));
    return (value) => read(json(value));
  }
  if (typeof stored !== 'string' || !TAKEN_BY[type].test(stored)) return undefined;
  if (type === 'binary') return (value) => value;
  if (type === 'timestamp') return checkedTimestamp;
  const json = jsonForm(stored, type);
  return (value) => read(json(value));
}

function elementOf(stored: FieldType, depth: number): string | undefined {
  if (depth === 0) return typeof stored === 'string' ? stored : undefined;
  return typeof stored === 'object' && stored.type === 'array' ? elementOf(stored.elementType, depth - 1) : undefined;
}

type Convert = (value: unknown) => unknown;

function nested(depth: number, convert: Convert): Convert {
  if (depth === 0) return (value) => (value === null ? null : convert(value));
  const inner = nested(depth - 1, convert);
  return (value) => (value === null ? null : (value as readonly unknown[]).map(inner));
}

function jsonForm(stored: string, type: ScalarType): Convert {
  if (stored === 'timestamp') return (value) => timestampText(checkedTimestamp(value));
  if (stored === 'binary') return (value) => Buffer.from(value as Uint8Array).toString('base64');
  if (stored === 'float' || stored === 'double') return (value) => doubleForm(value as number, type);
  if (stored === 'long' || stored.startsWith('decimal')) return type === 'long' ? longForm : Number;
  return (value) => value;
}

/** A whole double is exact, however large it is: a long takes its digits. */
function doubleForm(value: number, type: ScalarType): unknown {
  if (!Number.isFinite(value)) return String(value);
  return type === 'long' && Number.isInteger(value) ? String(BigInt(value)) : value;
}

/** Digits if a double does not hold them. */
function longForm(value: unknown): unknown {
  const number = Number(value);
  return Number.isSafeInteger(number) || !/^-?\d+$/.test(String(value)) ? number : String(value);
}

function checkedTimestamp(value: unknown): bigint {
  if (isTimestamp(value as bigint)) return value as bigint;
  throw new Mismatch('a timestamp whose year has four digits', `${describeValue(value)} microseconds`);
}

/** Turns nanoseconds into microseconds. @throws Mismatch if there is a fraction of a microsecond */
export function exactMicroseconds(nanoseconds: unknown): bigint {
  if ((nanoseconds as bigint) % 1000n !== 0n) throw new Mismatch('whole microseconds', `${String(nanoseconds)} nanoseconds`);
  return (nanoseconds as bigint) / 1000n;
}

/** Turns nanoseconds into the microseconds before or at them. */
export function wholeMicroseconds(nanoseconds: unknown): bigint {
  const fraction = (nanoseconds as bigint) % 1000n;
  return ((nanoseconds as bigint) - (fraction < 0n ? fraction + 1000n : fraction)) / 1000n;
}
