// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#delta-data-type-to-parquet-type-mappings
import { type SchemaElement } from 'hyparquet';
import { type GrowingBytes } from './growing-bytes';

/** A value as Parquet stores it, before encoding. Stored values sort like the values of the type. */
export type Stored = boolean | number | bigint | string | Uint8Array;

/** How Parquet stores the values of a type. */
export interface StoredType {
  readonly element: Omit<SchemaElement, 'name' | 'repetition_type'>;
  /** Converts a value of the type to its stored form. */
  readonly store: (value: unknown) => Stored;
}

const MILLISECONDS_A_DAY = 86_400_000;
/** The decimal digits that fit into 32 and into 64 bits. */
const INT32_DIGITS = 9;
const INT64_DIGITS = 18;

/** Returns how Parquet stores a type that holds one value. */
export function storedTypeOf(type: string): StoredType {
  const decimal = /^decimal\((\d+),\s*(-?\d+)\)$/.exec(type);
  return decimal === null ? STORED[type]! : storedDecimal(Number(decimal[1]), Number(decimal[2]));
}

const same = (value: unknown): Stored => value as Stored;

const STORED: Record<string, StoredType> = {
  boolean: { element: { type: 'BOOLEAN' }, store: same },
  void: { element: { type: 'INT32', logical_type: { type: 'NULL' } }, store: same },
  byte: { element: { type: 'INT32', converted_type: 'INT_8' }, store: same },
  short: { element: { type: 'INT32', converted_type: 'INT_16' }, store: same },
  integer: { element: { type: 'INT32' }, store: same },
  long: { element: { type: 'INT64' }, store: same },
  float: { element: { type: 'FLOAT' }, store: (value) => Math.fround(value as number) },
  double: { element: { type: 'DOUBLE' }, store: same },
  string: { element: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }, store: same },
  binary: { element: { type: 'BYTE_ARRAY' }, store: same },
  date: {
    element: { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } },
    store: (date) => Date.parse(`${date as string}T00:00:00Z`) / MILLISECONDS_A_DAY,
  },
  timestamp: {
    element: {
      type: 'INT64',
      converted_type: 'TIMESTAMP_MICROS',
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
    },
    store: same,
  },
  // without a converted type, which would mean UTC
  timestamp_ntz: { element: { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' } }, store: same },
};

function storedDecimal(precision: number, scale: number): StoredType {
  const element = { converted_type: 'DECIMAL', logical_type: { type: 'DECIMAL', precision, scale }, precision, scale } as const;
  const store = (value: unknown) => unscaledOf(value as string, scale);
  if (precision <= INT32_DIGITS) return { element: { ...element, type: 'INT32' }, store };
  if (precision <= INT64_DIGITS) return { element: { ...element, type: 'INT64' }, store };
  return { element: { ...element, type: 'FIXED_LEN_BYTE_ARRAY', type_length: bytesOfDigits(precision) }, store };
}

/** Returns the unscaled integer of a decimal. */
function unscaledOf(decimal: string, scale: number): bigint {
  const [integer, fraction = ''] = decimal.split('.') as [string, string?];
  const digits = BigInt(integer.replace('-', '') + fraction.padEnd(scale, '0'));
  return decimal.startsWith('-') ? -digits : digits;
}

/** The fewest bytes that hold every signed integer with this many digits. */
function bytesOfDigits(digits: number): number {
  const most = 10n ** BigInt(digits) - 1n;
  let length = 1;
  while (BigInt.asIntN(length * 8, most) !== most) length++;
  return length;
}

/** Appends a stored value in Parquet's plain encoding, except that a boolean takes a byte, not a bit. */
export type Append = (value: Stored) => void;

/** Makes the function that encodes stored values. */
export function appenderOf({ type, type_length: length }: SchemaElement | StoredType['element'], bytes: GrowingBytes): Append {
  switch (type) {
    case 'BOOLEAN':
      return (value) => bytes.appendByte(value === true ? 1 : 0);
    case 'INT32':
      return (value) => bytes.appendInt32(Number(value));
    case 'INT64':
      return (value) => bytes.appendInt64(value as bigint);
    case 'FLOAT':
      return (value) => bytes.appendFloat(value as number);
    case 'DOUBLE':
      return (value) => bytes.appendDouble(value as number);
    case 'FIXED_LEN_BYTE_ARRAY':
      return (value) => bytes.appendBytes(twosComplement(value as bigint, length!));
    default:
      return (value) => {
        if (typeof value === 'string') {
          bytes.appendText(value);
        } else {
          bytes.appendInt32((value as Uint8Array).length);
          bytes.appendBytes(value as Uint8Array);
        }
      };
  }
}

function twosComplement(value: bigint, length: number): Uint8Array {
  return Buffer.from(
    BigInt.asUintN(length * 8, value)
      .toString(16)
      .padStart(length * 2, '0'),
    'hex',
  );
}
