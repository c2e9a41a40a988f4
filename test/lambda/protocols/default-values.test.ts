// What synth takes for a default the runtime must read: it reads defaults when it starts, and then there is nobody to tell.
import { valueReader } from '../../../lambda/protocols/read-value';
import { type DataType, type JsonValue, SCALAR_TYPES, typeText } from '../../../lib/contract/data-types';
import { defaultValueProblem } from '../../../lib/contract/json-values';

const VALUES: readonly JsonValue[] = [
  ...[null, true, 0, -0, 5, 5.5, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, 2 ** 53, 3.5e38, 1e-320, 1e308],
  ...['', 'NaN', 'Infinity', '-Infinity', '5', '-0', '007', '9223372036854775807', '9223372036854775808', `0${'0'.repeat(30)}`],
  ...['AP8=', 'AP8', '\ud800', '\u{1f600}', '2024-02-29', '2023-02-29', '0000-01-01', '0001-01-01', '9999-12-31', '2024-2-1'],
  ...['2024-02-29T00:00:00Z', '2024-02-29 23:59:59.123456+05:30', '2024-02-29T24:00:00Z', '2024-02-29T00:00:00', '0000-12-31T23:00:00Z'],
  ...['0001-01-01T00:00:00+01:00', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59-00:01'],
  ...[[], [1], [1, 2], [1, null], ['NaN'], [[]], [[1], [2]], [[1], [2, 3]], [[1, 2], 3], [[1], []], [[[1]]], { a: 1 }],
];

const TYPES: readonly DataType[] = [
  ...SCALAR_TYPES,
  ...[[null], [2], [null, null], [2, null], [null, 1]].map((shape): DataType => ({ element: 'float', shape })),
  { element: 'long', shape: [null, null] },
];

function reads(type: DataType, value: JsonValue): boolean {
  if (value === null) return false;
  try {
    return valueReader(type)(value) !== null;
  } catch {
    return false;
  }
}

test.each(TYPES.map((type) => [typeText(type), type] as const))('%s', (_, type) => {
  const taken = VALUES.filter((value) => defaultValueProblem(type, value) === undefined);
  expect(taken).toEqual(VALUES.filter((value) => reads(type, value)));
  expect(taken.length).toBeGreaterThan(0);
});
