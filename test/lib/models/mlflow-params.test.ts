import { signedParams } from '../../../lib/models/mlflow-params';

const TYPES = 'one of the types boolean, integer, long, float, double, string, binary, datetime';

test.each([
  [
    { name: 'p', type: 'string', default: 'x', shape: null },
    { name: 'p', type: 'string', defaultValue: 'x' },
  ],
  [
    { name: 'p', type: 'boolean', default: false },
    { name: 'p', type: 'boolean', defaultValue: false },
  ],
  [
    { name: 'p', dtype: 'long', default: 0 },
    { name: 'p', type: 'long', defaultValue: 0 },
  ],
  [
    { name: 'p', type: 'double', default: null, shape: null },
    { name: 'p', type: 'double' },
  ],
  [
    { name: 'p', type: 'double', default: [1, 2], shape: [-1] },
    { name: 'p', type: { element: 'double', shape: [null] }, defaultValue: [1, 2] },
  ],
  [
    { name: 'p', type: 'datetime', default: '2026-01-31' },
    { name: 'p', type: 'timestamp', defaultValue: '2026-01-31T00:00:00Z' },
  ],
  [
    { name: 'p', type: 'datetime', default: '2026-01-31T12:00:00.5' },
    { name: 'p', type: 'timestamp', defaultValue: '2026-01-31T12:00:00.5Z' },
  ],
  [
    { name: 'p', type: 'datetime', default: '2026-01-31T12:00:00+01:00' },
    { name: 'p', type: 'timestamp', defaultValue: '2026-01-31T12:00:00+01:00' },
  ],
  [
    { name: 'p', type: 'datetime', default: ['2026-01-31'], shape: [-1] },
    { name: 'p', type: { element: 'timestamp', shape: [null] }, defaultValue: ['2026-01-31T00:00:00Z'] },
  ],
])('reads the param %j', (written, read) => {
  expect(signedParams(JSON.stringify([written]))).toEqual({ value: [read] });
});

test('a mapping by name is read as a list', () => {
  expect(signedParams({ a: { type: 'string', default: 'x' }, b: { type: 'long' } })).toEqual({
    value: [
      { name: 'a', type: 'string', defaultValue: 'x' },
      { name: 'b', type: 'long' },
    ],
  });
});

test.each([
  ['x', 'signature, `params`', 'a list of params, as JSON', '"x"'],
  [[1], 'signature, `params`', 'a list of params, as JSON', 'a list'],
  [{ a: 1 }, 'signature, `params`', 'a list of params, as JSON', 'a mapping'],
  [[{ type: 'string' }], 'signature, `params`', 'a name for each param', 'none'],
  [[{ name: 'p', type: 'object' }], "signature, param 'p'", TYPES, '"object"'],
  [[{ name: 'p' }], "signature, param 'p'", TYPES, 'none'],
  [[{ name: 'p', type: 'long', shape: [3] }], "signature, param 'p'", 'no `shape`, or the `shape` [-1] for a list', '[3]'],
  [
    [{ name: 'p', type: 'integer', default: 1.5 }],
    "signature, param 'p', `default`",
    'a whole number from -2147483648 to 2147483647',
    '1.5',
  ],
  [
    [
      { name: 'p', type: 'long' },
      { name: 'p', type: 'long' },
    ],
    'signature, `params`',
    'distinct names',
    "'p' twice",
  ],
])('fails on params of %j', (params, path, expected, got) => {
  expect(signedParams(params)).toEqual({ findings: [{ path, expected, got }] });
});

test.each([undefined, null, '[]', 'null'])('%j is no params', (params) => {
  expect(signedParams(params)).toEqual({ value: [] });
});
