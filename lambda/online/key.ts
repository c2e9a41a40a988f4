import { microsecondsOf } from '../../lib/contract/calendar';
import { type ColumnSpec, type DataType, typeText } from '../../lib/contract/data-types';
import { joinKey } from './key-attributes';

/** DynamoDB's limits of a partition key and a sort key. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
export const MAX_KEY_BYTES = 2048;
const MAX_SORT_KEY_BYTES = 1024;

/** A value that cannot be a key, or part of one. The caller knows the row and refuses or rejects it. */
export class InvalidKey extends Error {
  public override readonly name = 'InvalidKey';

  constructor(
    /** The key column at fault; for a key that is too long, the column with the longest part. */
    public readonly column: string,
    public readonly expected: string,
    public readonly got: string,
  ) {
    super(`column '${column}': expected ${expected}, got: ${got}`);
  }
}

/**
 * Makes the encoder of a primary key. The text of a key is its parts in order, in the canonical form of their types, separated by `|`. In a part,
 * `%` is written `%25` and `|` is written `%7C`, so two different keys never have the same text: `('a|b', 1)` is `a%7Cb|1`.
 *
 * Integers and longs are decimal digits, booleans `true` and `false`, dates `YYYY-MM-DD`, timestamps
 * `YYYY-MM-DDTHH:MM:SS.ffffffZ`.
 * @returns a function of the parts, which are not null, in the JavaScript form of their types. It throws {@link InvalidKey} on an empty string, on
 * text that UTF-8 cannot hold, and on a key of more than 2,048 bytes
 */
export function keyEncoder(columns: readonly ColumnSpec[]): (parts: readonly unknown[]) => string {
  const encoders = columns.map(partEncoder);
  return (parts) => {
    const texts = encoders.map((encode, i) => encode(parts[i]));
    const key = texts.join('|');
    // a UTF-16 code unit takes at most three bytes of UTF-8
    if (key.length * 3 > MAX_KEY_BYTES) checkLength(columns, texts, key);
    return key;
  };
}

/** Makes the decoder of the texts that {@link keyEncoder} makes. */
export function keyDecoder(columns: readonly ColumnSpec[]): (key: string) => unknown[] {
  return (key) => key.split('|').map((text, i) => partOf(columns[i]!, text));
}

function partOf({ name, type }: ColumnSpec, text: string): unknown {
  switch (type) {
    case 'string':
      return text.replaceAll('%7C', '|').replaceAll('%25', '%');
    case 'timestamp':
      return microsecondsOf(text);
    case 'integer':
      return Number(text);
    case 'long':
      return BigInt(text);
    case 'boolean':
      return text === 'true';
    case 'date':
      return text;
    default:
      throw noKeyType(name, type);
  }
}

function checkLength(columns: readonly ColumnSpec[], texts: readonly string[], key: string): void {
  const bytes = Buffer.byteLength(key);
  if (bytes <= MAX_KEY_BYTES) return;
  const lengths = texts.map((text) => text.length);
  const longest = lengths.indexOf(Math.max(...lengths));
  throw new InvalidKey(columns[longest]!.name, `a key of at most ${MAX_KEY_BYTES} bytes`, `${bytes} bytes`);
}

/**
 * Makes the encoder of a key of an existing online store, whose one or two parts are separate attributes.
 * @returns a function of the parts, like that of {@link keyEncoder}
 */
export function plainKeyEncoder(columns: readonly ColumnSpec[]): (parts: readonly unknown[]) => string {
  const encoders = columns.map(({ name, type }, i) => {
    const most = i === 0 ? MAX_KEY_BYTES : MAX_SORT_KEY_BYTES;
    return (part: unknown): string => {
      const text = type === 'string' ? checkedString(name, part as string) : String(part);
      const bytes = Buffer.byteLength(text);
      if (bytes > most) throw new InvalidKey(name, `a key of at most ${most} bytes`, `${bytes} bytes`);
      return text;
    };
  });
  return (parts) => joinKey(encoders.map((encode, i) => encode(parts[i])));
}

/** Makes the encoder of one part, by the column's type. */
function partEncoder({ name, type }: ColumnSpec): (part: unknown) => string {
  switch (type) {
    case 'string':
      return (part) => stringPart(name, part as string);
    case 'timestamp':
      return (part) => timestampText(part as bigint);
    case 'integer':
    case 'long':
    case 'boolean':
    case 'date':
      return (part) => String(part);
    default:
      throw noKeyType(name, type);
  }
}

function noKeyType(column: string, type: DataType): Error {
  return new Error(`column '${column}': expected a type that can be a key, got: ${typeText(type)}`);
}

function stringPart(column: string, part: string): string {
  const checked = checkedString(column, part);
  return /[%|]/.test(checked) ? checked.replaceAll('%', '%25').replaceAll('|', '%7C') : checked;
}

function checkedString(column: string, part: string): string {
  if (part === '') throw new InvalidKey(column, 'a value', '""');
  // different lone surrogates are the same UTF-8
  if (/\p{Surrogate}/u.test(part)) throw new InvalidKey(column, 'well-formed Unicode', JSON.stringify(part));
  return part;
}

/** Microseconds since 1970 as ISO 8601 in UTC, always with six digits. */
function timestampText(microseconds: bigint): string {
  const fraction = ((microseconds % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = (microseconds - fraction) / 1_000_000n;
  return new Date(Number(seconds) * 1000).toISOString().replace('000Z', `${String(fraction).padStart(6, '0')}Z`);
}
