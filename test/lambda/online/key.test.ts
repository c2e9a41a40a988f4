import { InvalidKey, keyDecoder, keyEncoder } from '../../../lambda/online/key';
import type { ColumnSpec, ScalarType } from '../../../lib/contract/data-types';
import { generator } from '../../helpers/generator';

const columnsOf = (...types: ScalarType[]): ColumnSpec[] => types.map((type, i) => ({ name: `k${i}`, type }));

test.each([
  ['string', '0526301100', '0526301100'],
  ['string', 'Größe 5', 'Größe 5'],
  ['string', '50 % | more', '50 %25 %7C more'],
  ['string', '%7C', '%257C'],
  ['integer', -12, '-12'],
  ['integer', -0, '0'],
  ['long', 9223372036854775807n, '9223372036854775807'],
  ['boolean', false, 'false'],
  ['date', '2024-02-29', '2024-02-29'],
  ['timestamp', 1272797100000317n, '2010-05-02T10:45:00.000317Z'],
  ['timestamp', -1n, '1969-12-31T23:59:59.999999Z'],
  ['timestamp', 0n, '1970-01-01T00:00:00.000000Z'],
] as const)('writes the %s %p as %s, and reads it back', (type, part, text) => {
  expect(keyEncoder(columnsOf(type))([part])).toBe(text);
  expect(keyDecoder(columnsOf(type))(text)).toEqual([part === 0 ? 0 : part]);
});

test('joins parts in the order of the columns', () => {
  expect(keyEncoder(columnsOf('string', 'long', 'date'))(['a|b', 7n, '2024-01-31'])).toBe('a%7Cb|7|2024-01-31');
});

test('different keys have different texts, from which their parts can be read', () => {
  const { pick, int } = generator(7);
  const part = () => Array.from({ length: 1 + int(4) }, () => pick(['|', '%', '7C', '25', '%7C', '\\', 'a', '😀', '\u0000', ' '])).join('');
  for (const columns of [columnsOf('string'), columnsOf('string', 'string'), columnsOf('string', 'string', 'string')]) {
    const encode = keyEncoder(columns);
    const decode = keyDecoder(columns);
    const partsByKey = new Map<string, string>();
    for (let n = 0; n < 20_000; n++) {
      const parts = JSON.stringify(columns.map(part));
      const key = encode(JSON.parse(parts) as string[]);
      if ((partsByKey.get(key) ?? parts) !== parts) throw new Error(`${key} is the key of ${parts} and of ${partsByKey.get(key)}`);
      partsByKey.set(key, parts);
      if (JSON.stringify(decode(key)) !== parts) throw new Error(`${key} is read as ${JSON.stringify(decode(key))}, not as ${parts}`);
    }
  }
});

const invalidKey = (column: string, expected: string, got: string) =>
  expect.objectContaining({ name: 'InvalidKey', column, expected, got, message: `column '${column}': expected ${expected}, got: ${got}` });

test('fails on an empty string', () => {
  expect(() => keyEncoder(columnsOf('integer', 'string'))([1, ''])).toThrow(invalidKey('k1', 'a value', '""'));
});

test.each(['\ud800', 'a\udc00b'])('fails on text that UTF-8 cannot hold: %j', (part) => {
  expect(() => keyEncoder(columnsOf('string'))([part])).toThrow(invalidKey('k0', 'well-formed Unicode', JSON.stringify(part)));
});

test.each([
  ['x'.repeat(2049), '2049 bytes'],
  ['ü'.repeat(1025), '2050 bytes'],
  ['|'.repeat(683), '2049 bytes'],
])('fails on a key beyond 2,048 bytes', (part, got) => {
  expect(() => keyEncoder(columnsOf('string'))([part])).toThrow(invalidKey('k0', 'a key of at most 2048 bytes', got));
});

test('names the longest part of a key that is too long', () => {
  expect(() => keyEncoder(columnsOf('integer', 'string', 'string'))([1, 'x'.repeat(1000), 'x'.repeat(1500)])).toThrow(
    invalidKey('k2', 'a key of at most 2048 bytes', '2503 bytes'),
  );
});

test.each(['x'.repeat(2048), 'ü'.repeat(1024), '😀'.repeat(512)])('takes a key of 2,048 bytes', (part) => {
  expect(keyEncoder(columnsOf('string'))([part])).toBe(part);
});

test.each(['float', 'double', 'binary'] as const)('fails on a key column of type %s', (type) => {
  expect(() => keyEncoder(columnsOf(type))).toThrow(new Error(`column 'k0': expected a type that can be a key, got: ${type}`));
});

test('an invalid key is an error of its own kind', () => {
  expect(() => keyEncoder(columnsOf('string'))([''])).toThrow(InvalidKey);
});
