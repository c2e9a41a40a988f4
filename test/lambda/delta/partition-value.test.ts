import { partitionValue } from '../../../lambda/delta/partition-value';

test.each([
  ['string', 'a%2Fb', 'a%2Fb'],
  ['string', '', null],
  ['string', null, null],
  ['integer', '-12', -12],
  ['long', '9007199254740993', 9007199254740993n],
  ['boolean', 'TRUE', true],
  ['boolean', 'false', false],
  ['float', '1.5e3', 1500],
  ['double', 'NaN', NaN],
  ['double', '-Infinity', -Infinity],
  ['binary', '\u0000\u00ff', Uint8Array.of(0, 255)],
  ['date', '2024-02-29', '2024-02-29'],
  ['timestamp', '1970-01-01 00:00:00.000001', 1n],
  ['timestamp', '1970-01-01T00:00:00.000001Z', 1n],
  ['timestamp', '1970-01-01T01:00:00+01:00', 0n],
  ['timestamp_ntz', '1970-01-01 00:00:01', 1_000_000n],
  ['decimal(9,2)', '-0.1', '-0.10'],
  ['decimal(9,2)', '0012', '12.00'],
  ['decimal(9,0)', '7', '7'],
])('reads %s %p', (type, text, expected) => {
  expect(partitionValue('p', type, text)).toEqual(expected);
});

test.each([
  ['integer', '1.5'],
  ['long', 'x'],
  ['boolean', '1'],
  ['double', 'one'],
  ['binary', '\u0100'],
  ['date', '2023-02-29'],
  ['timestamp', 'yesterday'],
  ['decimal(9,2)', '0.-1'],
  ['decimal(9,2)', '0.123'],
])('fails on %s %p', (type, text) => {
  const message = `partition column 'p': expected ${JSON.stringify(type)}, got: ${JSON.stringify(text)}`;
  expect(() => partitionValue('p', type, text)).toThrow(expect.objectContaining({ name: 'TableError', message }));
});
