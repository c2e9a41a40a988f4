import { requestColumns } from '../../../lambda/protocols/records';
import { Mismatch } from '../../../lambda/protocols/mismatch';
import { parseJson } from '../../../lambda/protocols/json-body';
import { readBody } from '../../../lambda/protocols/mlflow/read-body';
import { valueReader } from '../../../lambda/protocols/read-value';

/** What a column of a type reads of a number as it is written in a body. */
function read(type: 'integer' | 'long' | 'double' | 'float' | 'string', text: string): unknown {
  const { cells } = readBody(`{"instances":[{"note": "1.00000000000000000001", "x": ${text}}]}`, requestColumns([{ name: 'x', type }]));
  return valueReader(type)(cells[0]![0]);
}

const ROUNDED = [
  '1.00000000000000000001',
  '-1.00000000000000000001',
  '0.99999999999999999999',
  '2147483647.0000000001',
  '2147483646.9999999999',
  '9007199254740990.4',
  '4503599627370497.3e0',
  '100000000000000000001e-20',
  '0.10000000000000000000001e1',
  '1e-400',
  '5e-324000',
];

test.each(ROUNDED)('%s is no whole number', (text) => {
  const shown = text.slice(0, 40);
  expect(() => read('integer', text)).toThrow(new Error(`expected a whole number from -2147483648 to 2147483647, got: ${shown}`));
  expect(() => read('long', text)).toThrow(new Error(`expected a whole number from -2^63 to 2^63-1, got: ${shown}`));
});

test.each(ROUNDED)('%s is the nearest float', (text) => {
  expect(read('double', text)).toBe(Number(text));
  expect(read('float', text)).toBe(Math.fround(Number(text)));
});

test('it is no string, either', () => {
  expect(() => read('string', ROUNDED[0]!)).toThrow(new Error('expected a string, got: 1.00000000000000000001'));
});

test.each(['1.0', '1.000000000000000000000', '10.5e1', '1e2', '120e-1', '2147483647.000000000', '-0.0', '0e-400', '0.0000000000e-999'])(
  '%s is whole',
  (text) => {
    expect(read('integer', text)).toBe(Number(text) | 0);
    expect(read('long', text)).toBe(BigInt(Number(text)));
  },
);

test('a text is left as it is, whatever numbers are in its strings', () => {
  const text = '{"a\\"1.00000000000000000001":["1.00000000000000000001",0.30000000000000004,1234567890.5,"\\\\"]}';
  expect(parseJson(text, 'JSON')).toEqual(JSON.parse(text));
});

test('no number with a fraction is taken for a whole number', () => {
  let state = 1;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  let rounded = 0;
  const taken: string[] = [];
  for (let i = 0; i < 5_000; i++) {
    const whole = Math.floor(random() * 10 ** Math.floor(random() * 10));
    const digit = random() < 0.5 ? '0' : '9';
    const fraction = `${digit.repeat(Math.floor(random() * 22))}${Math.floor(random() * 9) + 1}`;
    const text = `${whole}.${fraction}`;
    if (Number.isInteger(Number(text))) rounded++;
    try {
      read('long', text);
      taken.push(text);
    } catch (error) {
      expect(error).toBeInstanceOf(Mismatch);
    }
  }
  expect(rounded).toBeGreaterThan(1000);
  expect(taken).toEqual([]);
});
