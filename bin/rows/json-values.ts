import { randomUUID } from 'node:crypto';
import { valueReader, type ValueReader } from '../../lambda/protocols/read-value';
import { type DataType, isArray } from '../../lib/contract/data-types';

/** Marks the digits of a whole number that a double may not hold. It is random, so no text of a file starts with it. */
const MARK = randomUUID();

/** A text in quotes, or a number. */
const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const LONG_WHOLE_NUMBER = /^-?\d{16,}$/;

/**
 * Parses JSON with exact whole numbers: numbers of 16 digits and more become bigints.
 * @throws SyntaxError
 */
export function parseExactJson(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  const marked = text.replace(TEXT_OR_NUMBER, (token) => (LONG_WHOLE_NUMBER.test(token) ? `"${MARK}${token}"` : token));
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value,
  );
}

/** Makes the function that reads a value of {@link parseExactJson} as a value of a type. */
export function jsonValueReader(type: DataType, read: ValueReader = valueReader(type)): ValueReader {
  const plain = (isArray(type) ? type.element : type) === 'long' ? String : Number;
  return (value) => read(withoutBigints(value, plain));
}

/** Turns bigints into what a request would send: digits for a column of type long, a number for other types. */
function withoutBigints(value: unknown, plain: (whole: bigint) => unknown): unknown {
  if (typeof value === 'bigint') return plain(value);
  return Array.isArray(value) ? value.map((item) => withoutBigints(item, plain)) : value;
}
