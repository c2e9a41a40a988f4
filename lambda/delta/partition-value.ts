// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#partition-value-serialization
import { daysOf, microsecondsOf, timestampText } from '../../lib/contract/calendar';
import { type FieldType } from '../parquet/schema';
import { describeStored, TableError } from '../stores/table-error';

const WHOLE = /^[+-]?\d+$/;
const NUMBER = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|NaN|[+-]?Infinity)$/i;

/**
 * Parses the value of a partition column from the log. An empty string is null.
 * @throws TableError naming the column if the text does not fit its type
 */
export function partitionValue(column: string, type: FieldType, text: string | null | undefined): unknown {
  if (text === null || text === undefined || text === '') return null;
  const value = typeof type === 'string' ? PARSE[type.split('(')[0]!]?.(text, type) : undefined;
  if (value === undefined)
    throw new TableError(`partition column '${column}': expected ${describeStored(type)}, got: ${describeStored(text)}`);
  return value;
}

const whole = (text: string): number | undefined => (WHOLE.test(text) ? Number(text) : undefined);
const real = (text: string): number | undefined => (NUMBER.test(text) ? Number(text) : undefined);

const PARSE: Record<string, (text: string, type: string) => unknown> = {
  boolean: (text) => ({ true: true, false: false })[text.toLowerCase()],
  byte: whole,
  short: whole,
  integer: whole,
  long: (text) => (WHOLE.test(text) ? BigInt(text) : undefined),
  float: real,
  double: real,
  string: (text) => text,
  // each character is one byte
  binary: (text) => (/^[\0-\xff]*$/.test(text) ? Uint8Array.from(Buffer.from(text, 'latin1')) : undefined),
  date: (text) => (daysOf(text) === undefined ? undefined : text),
  timestamp: (text) => microsecondsOf(/[Zz]$|[+-]\d\d:\d\d$/.test(text) ? text : `${text}Z`),
  timestamp_ntz: (text) => microsecondsOf(`${text}Z`),
  decimal: decimal,
};

/** Returns the decimal with all fraction digits of its type. */
function decimal(text: string, type: string): string | undefined {
  const scale = Number(/,\s*(-?\d+)/.exec(type)![1]);
  const [, sign, integer, fraction = ''] = /^([+-]?)(\d+)(?:\.(\d*))?$/.exec(text) ?? [];
  if (integer === undefined || fraction.length > scale) return undefined;
  const digits = scale === 0 ? '' : `.${fraction.padEnd(scale, '0')}`;
  return `${sign === '-' ? '-' : ''}${integer.replace(/^0+(?=\d)/, '')}${digits}`;
}

const HIVE_NULL = '__HIVE_DEFAULT_PARTITION__';
/** Characters that Hive escapes as `%` and two digits in the names of partition folders. */
const HIVE_ESCAPED = /[\x01-\x1f\x7f"#%'*/:=?\\{}[\]^]/g;

/** Writes the value of a partition column as in the log. Null stays null. */
export function partitionText(type: FieldType, value: unknown): string | null {
  if (value === null) return null;
  if (type === 'timestamp' || type === 'timestamp_ntz') {
    const text = timestampText(value as bigint);
    return type === 'timestamp' ? text : text.replace('T', ' ').replace('Z', '');
  }
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value);
}

/** Returns the folder of a partition, without a trailing slash; not percent-encoded as in the log. */
export function partitionFolder(values: Readonly<Record<string, string | null>>): string {
  return Object.entries(values)
    .map(([column, text]) => `${hiveEscaped(column)}=${text === null ? HIVE_NULL : hiveEscaped(text)}`)
    .join('/');
}

function hiveEscaped(text: string): string {
  return text.replace(HIVE_ESCAPED, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}
