// https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
import { type SchemaElement } from 'hyparquet';
import { VOID } from './schema';
import { TableError } from '../stores/table-error';

/** Converts a value as Parquet stores it to a value of a column. */
export type Convert = (stored: unknown) => unknown;

const MICROSECONDS_A_DAY = 86_400_000_000n;
const MILLISECONDS_A_DAY = 86_400_000;
const JULIAN_DAY_OF_1970 = 2_440_588n;
/** The digits of a decimal, before its point, that hold all integers of a Parquet type. */
const INTEGER_DIGITS: Readonly<Record<string, number>> = { INT32: 10, INT64: 20 };
/** The most days before and after 1970 of a JavaScript date. */
const MOST_DAYS = 100_000_000;
/** The most bytes of a value in an error. */
const DESCRIBED_BYTES = 32;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Makes the converter from a Parquet column to a type. The Parquet column may be narrower, because type widening leaves older files as they are.
 * A Parquet column of the null type fits every type. A date becomes `YYYY-MM-DD`, a timestamp microseconds since 1970 as a bigint, a decimal its digits, a long a bigint, and binary bytes.
 * @throws TableError if the Parquet column has another type
 */
export function converterOf(type: string, element: SchemaElement): Convert {
  if (type === VOID || isNull(element)) return () => null;
  const [name] = type.split('(') as [string];
  const convert = CONVERTERS[name]?.(element, type);
  if (convert === undefined) throw new TableError(`expected ${type}, got: ${storedText(element)}`);
  return convert;
}

const same: Convert = (stored) => stored;
const whole: ConverterOf = ({ type }) => (type === 'INT32' ? same : undefined);

type ConverterOf = (element: SchemaElement, type: string) => Convert | undefined;

const CONVERTERS: Record<string, ConverterOf> = {
  boolean: ({ type }) => (type === 'BOOLEAN' ? same : undefined),
  byte: whole,
  short: whole,
  integer: whole,
  long: ({ type }) => (type === 'INT64' ? same : type === 'INT32' ? (stored) => BigInt(stored as number) : undefined),
  float: ({ type }) => (type === 'FLOAT' ? same : undefined),
  double: ({ type }) => (type === 'DOUBLE' || type === 'FLOAT' || type === 'INT32' ? same : undefined),
  string: ({ type }) => (type === 'BYTE_ARRAY' ? (stored) => utf8Text(stored as Uint8Array) : undefined),
  // a copy, because a view of a few bytes would keep their whole page in memory
  binary: ({ type }) => (isBytes(type) ? (stored) => Uint8Array.from(stored as Uint8Array) : undefined),
  date: ({ type }) => (type === 'INT32' ? (stored) => dateText(stored as number) : undefined),
  timestamp: (element) => timestampConverter(element),
  timestamp_ntz: (element) =>
    element.type === 'INT32' ? (stored) => BigInt(stored as number) * MICROSECONDS_A_DAY : timestampConverter(element),
  decimal: (element, type) => {
    const [, precision, scale] = /^decimal\((\d+),\s*(-?\d+)\)$/.exec(type) as unknown as [string, string, string];
    return decimalConverter(element, Number(precision), Number(scale));
  },
};

function timestampConverter({ type, logical_type: logical, converted_type: converted }: SchemaElement): Convert | undefined {
  if (type === 'INT96') return (stored) => microsecondsOfInt96(stored as bigint);
  if (type !== 'INT64') return undefined;
  const unit = logical?.type === 'TIMESTAMP' ? logical.unit : converted === 'TIMESTAMP_MILLIS' ? 'MILLIS' : 'MICROS';
  if (unit === 'MILLIS') return (stored) => (stored as bigint) * 1000n;
  return unit === 'NANOS' ? (stored) => floorDivide(stored as bigint, 1000n) : same;
}

/** INT96 holds a Julian day in its high 32 bits, and the nanoseconds of the day in its low 64 bits. */
function microsecondsOfInt96(stored: bigint): bigint {
  const [day, nanoseconds] = [stored >> 64n, BigInt.asIntN(64, stored)];
  const microseconds = (day - JULIAN_DAY_OF_1970) * MICROSECONDS_A_DAY + nanoseconds / 1000n;
  const isInDay = nanoseconds >= 0n && nanoseconds < MICROSECONDS_A_DAY * 1000n;
  if (day >= 0n && isInDay && BigInt.asIntN(64, microseconds) === microseconds) return microseconds;
  throw new TableError(`expected a timestamp, got: ${nanoseconds} nanoseconds of Julian day ${day}`);
}

function floorDivide(dividend: bigint, divisor: bigint): bigint {
  return (dividend - (((dividend % divisor) + divisor) % divisor)) / divisor;
}

function decimalConverter(element: SchemaElement, precision: number, scale: number): Convert | undefined {
  const { type, logical_type: logical, converted_type: converted } = element;
  const stored = storedScale(element);
  // type widening turns whole numbers into decimals that hold all of them
  const digits = stored === undefined && converted === undefined && logical === undefined ? INTEGER_DIGITS[type ?? ''] : undefined;
  if (stored === undefined && !(digits !== undefined && digits <= precision - scale)) return undefined;
  if (stored !== undefined && stored > scale) return undefined;
  const factor = 10n ** BigInt(scale - (stored ?? 0));
  if (type === 'INT32' || type === 'INT64') return (value) => decimalText(BigInt(value as number | bigint) * factor, scale);
  return isBytes(type) ? (value) => decimalText(twosComplement(value as Uint8Array) * factor, scale) : undefined;
}

/** The scale of a Parquet decimal; undefined for another type, or if the annotations disagree. */
function storedScale({ logical_type: logical, converted_type: converted, precision, scale = 0 }: SchemaElement): number | undefined {
  const isDecimal = logical === undefined ? converted === 'DECIMAL' : logical.type === 'DECIMAL';
  if (!isDecimal || !Number.isInteger(scale)) return undefined;
  if (logical?.type !== 'DECIMAL') return scale;
  const isSame = converted === undefined || (logical.scale === scale && logical.precision === precision);
  return isSame && Number.isInteger(logical.scale) ? logical.scale : undefined;
}

function isBytes(type: SchemaElement['type']): boolean {
  return type === 'BYTE_ARRAY' || type === 'FIXED_LEN_BYTE_ARRAY';
}

function twosComplement(bytes: Uint8Array): bigint {
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x0${Buffer.from(bytes).toString('hex')}`));
}

function decimalText(unscaled: bigint, scale: number): string {
  if (scale === 0) return String(unscaled);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function utf8Text(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
    const shown = Buffer.from(bytes.subarray(0, DESCRIBED_BYTES)).toString('hex');
    throw new TableError(`expected text in UTF-8, got: the bytes ${shown}${bytes.length > DESCRIBED_BYTES ? '...' : ''}`, { cause: error });
  }
}

function dateText(days: number): string {
  if (Math.abs(days) > MOST_DAYS) throw new TableError(`expected a date, got: ${days} days since 1970`);
  return new Date(days * MILLISECONDS_A_DAY).toISOString().slice(0, -'T00:00:00.000Z'.length);
}

/** Whether a Parquet column has the null type, whose values are all null. */
export function isNull({ logical_type: logical }: SchemaElement): boolean {
  return logical?.type === 'NULL';
}

/** Describes the type of a Parquet column in errors. */
export function storedText({ type, logical_type: logical, converted_type: converted, scale }: SchemaElement): string {
  const annotation = logical?.type ?? converted;
  return `Parquet ${type ?? 'group'}${annotation === undefined ? '' : ` (${annotation}${scale === undefined ? '' : ` of scale ${scale}`})`}`;
}
