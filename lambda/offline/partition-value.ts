// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#partition-value-serialization
import { daysOf, microsecondsOf } from '../../lib/spec/calendar';
import { type DeltaType } from './schema';
import { shownValue, TableError } from './table-error';

const WHOLE = /^[+-]?\d+$/;
const NUMBER = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|NaN|[+-]?Infinity)$/i;

/**
 * The value of a partition column, from its text in the log; the empty string is null.
 * @throws TableError naming the column if the text is none of its type
 */
export function partitionValue(column: string, type: DeltaType, text: string | null | undefined): unknown {
  if (text === null || text === undefined || text === '') return null;
  const value = typeof type === 'string' ? PARSE[type.split('(')[0]!]!(text, type) : undefined;
  if (value === undefined) throw new TableError(`partition column '${column}': expected ${shownValue(type)}, got: ${shownValue(text)}`);
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
  // each character stands for a byte
  binary: (text) => (/^[\0-\xff]*$/.test(text) ? Uint8Array.from(Buffer.from(text, 'latin1')) : undefined),
  date: (text) => (daysOf(text) === undefined ? undefined : text),
  timestamp: (text) => microsecondsOf(/[Zz]$|[+-]\d\d:\d\d$/.test(text) ? text : `${text}Z`),
  timestamp_ntz: (text) => microsecondsOf(`${text}Z`),
  decimal: decimal,
};

/** A decimal with as many digits after the point as its type has. */
function decimal(text: string, type: string): string | undefined {
  const scale = Number(/,\s*(-?\d+)/.exec(type)![1]);
  const [, sign, integer, fraction = ''] = /^([+-]?)(\d+)(?:\.(\d*))?$/.exec(text) ?? [];
  if (integer === undefined || fraction.length > scale) return undefined;
  const digits = scale === 0 ? '' : `.${fraction.padEnd(scale, '0')}`;
  return `${sign === '-' ? '-' : ''}${integer.replace(/^0+(?=\d)/, '')}${digits}`;
}
