import { type ArrayType, type ColumnSpec, isArray, type ScalarType, typeText } from '../../lib/contract/data-types';
import { daysOf, isTimestamp } from '../../lib/contract/calendar';
import { isPacked, packVector, unpackVector } from './packed-vector';
import type { AttributeValue } from './reader';

/** Makes DynamoDB's form of a value. The value has the JavaScript form of its column's type, and is not null. */
export type AttributeEncoder = (value: unknown) => AttributeValue;

/** Reads a stored attribute; null if DynamoDB stores null. @throws WrongAttribute if the attribute is no value of the column's type */
export type AttributeDecoder = (attribute: AttributeValue) => unknown;

/** A stored attribute that cannot be a value of the column. */
export class WrongAttribute extends Error {}

/** The bounds of DynamoDB's numbers. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonParameters.html */
const LEAST_NUMBER = 1e-130;
const BEYOND_NUMBERS = 1e126;

/** Makes the encoder of a column's values. */
export function attributeEncoder({ type }: ColumnSpec): AttributeEncoder {
  if (!isArray(type)) return SCALAR_ENCODERS[type];
  const { element } = type;
  if (isPacked(type)) return (value) => ({ B: packVector(element, value as readonly (number | bigint)[]) });
  return nested(type.shape.length, SCALAR_ENCODERS[element]);
}

/** Makes the decoder of a column's values. It reads every form in which other writers, too, may store one. */
export function attributeDecoder({ name, type }: ColumnSpec): AttributeDecoder {
  const decode = isArray(type) ? arrayDecoder(type) : SCALAR_DECODERS[type];
  return (attribute) => {
    if ('NULL' in attribute) return null;
    const value = decode(attribute);
    if (value === undefined) throw new WrongAttribute(`attribute '${name}': expected ${typeText(type)}, got: ${attributeText(attribute)}`);
    return value;
  };
}

const SCALAR_ENCODERS: Record<ScalarType, AttributeEncoder> = {
  boolean: (value) => ({ BOOL: value as boolean }),
  integer: (value) => ({ N: String(value) }),
  long: (value) => ({ N: String(value) }),
  float: (value) => numberAttribute(value as number, floatText(value as number)),
  double: (value) => numberAttribute(value as number, String(value)),
  string: (value) => ({ S: value as string }),
  binary: (value) => ({ B: base64(value as Uint8Array) }),
  date: (value) => ({ S: value as string }),
  timestamp: (value) => ({ N: String(value) }),
};

/** Reads an attribute; undefined if it is no value of the type. */
type Decoder = (attribute: AttributeValue) => unknown;

const SCALAR_DECODERS: Record<ScalarType, Decoder> = {
  boolean: (attribute) => ('BOOL' in attribute ? attribute.BOOL : undefined),
  integer: (attribute) => ('N' in attribute ? wholeNumber(attribute.N) : undefined),
  long: (attribute) => ('N' in attribute ? wholeBigint(attribute.N) : undefined),
  float: (attribute) => {
    const number = anyNumber(attribute);
    return number === undefined ? undefined : Math.fround(number);
  },
  double: anyNumber,
  string: (attribute) => ('S' in attribute ? attribute.S : undefined),
  binary: (attribute) => ('B' in attribute ? bytesOf(attribute.B) : undefined),
  date: (attribute) => ('S' in attribute && daysOf(attribute.S) !== undefined ? attribute.S : undefined),
  timestamp: (attribute) => {
    const microseconds = 'N' in attribute ? wholeBigint(attribute.N) : undefined;
    return microseconds !== undefined && isTimestamp(microseconds) ? microseconds : undefined;
  },
};

/** Stores as text what DynamoDB cannot hold as a number: non-finite numbers, numbers outside its range, and -0. */
function numberAttribute(value: number, text: string): AttributeValue {
  const size = Math.abs(value);
  if ((size >= LEAST_NUMBER && size < BEYOND_NUMBERS) || Object.is(value, 0)) return { N: text };
  return { S: Object.is(value, -0) ? '-0' : text };
}

/** The shortest decimal number that reads back as the float32: at most 9 digits, where `String` gives the up to 17 of a double. */
function floatText(value: number): string {
  for (let digits = 1; digits <= 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(value);
}

function anyNumber(attribute: AttributeValue): number | undefined {
  if ('N' in attribute) return Number(attribute.N);
  if (!('S' in attribute)) return undefined;
  if (attribute.S === 'NaN') return NaN;
  const number = attribute.S.trim() === '' ? NaN : Number(attribute.S);
  return Number.isNaN(number) ? undefined : number;
}

function wholeNumber(digits: string): number | undefined {
  const number = Number(digits);
  return Number.isInteger(number) && Math.abs(number) <= 2 ** 31 && number !== 2 ** 31 ? number : undefined;
}

/** DynamoDB may return trailing zeros as an exponent (`1E+2`), and other writers may store a fraction of zeros (`5.0`). */
function wholeBigint(digits: string): bigint | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]\+?(-?\d+))?$/.exec(digits);
  if (!match) return undefined;
  const [, sign, whole, fraction = '', exponent = '0'] = match;
  const shift = Number(exponent) - fraction.length;
  if (Math.abs(shift) > 200) return undefined;
  const unsigned = BigInt(whole! + fraction);
  const scale = 10n ** BigInt(Math.abs(shift));
  if (shift < 0 && unsigned % scale !== 0n) return undefined;
  const value = (sign === '-' ? -1n : 1n) * (shift < 0 ? unsigned / scale : unsigned * scale);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

function nested(depth: number, encode: AttributeEncoder): AttributeEncoder {
  const inner = depth === 1 ? encode : nested(depth - 1, encode);
  return (value) => ({ L: (value as readonly unknown[]).map(inner) });
}

function arrayDecoder(type: ArrayType): Decoder {
  const unpack = isPacked(type)
    ? (attribute: AttributeValue) => ('B' in attribute ? unpackVector(type.element, attribute.B) : undefined)
    : undefined;
  const list = listDecoder(type.shape, SCALAR_DECODERS[type.element]);
  const length = type.shape[0]!;
  return (attribute) => {
    const vector = unpack?.(attribute);
    if (vector === undefined) return list(attribute);
    return length === null || vector.length === length ? vector : undefined;
  };
}

function listDecoder([length, ...rest]: readonly (number | null)[], decodeElement: Decoder): Decoder {
  const decode = rest.length === 0 ? decodeElement : listDecoder(rest, decodeElement);
  return (attribute) => {
    if (!('L' in attribute) || (length !== null && attribute.L.length !== length)) return undefined;
    const values = attribute.L.map(decode);
    return values.includes(undefined) ? undefined : values;
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}

/** Describes an attribute in an error by its type alone: errors are logged, and values of features must not be. */
function attributeText(attribute: AttributeValue): string {
  return `another value, of type ${Object.keys(attribute).join()}`;
}
