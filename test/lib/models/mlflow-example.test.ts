import { firstRecord } from '../../../lib/models/mlflow-example';
import { type ColumnSpec } from '../../../lib/contract/data-types';
import { type ModelInputSpec } from '../../../lib/contract/endpoint-spec';
import { folderOf } from '../../helpers/folder';

const input = (...columns: ColumnSpec[]): ModelInputSpec[] => [
  { name: 'x', type: 'float32', shape: [null, null], layout: 'matrix', columns },
];
const TWO = input({ name: 'a', type: 'float' }, { name: '1', type: 'string' });
const VECTOR = input({ name: 'v', type: { element: 'float', shape: [2] } });

const read = (example: unknown, inputs: readonly ModelInputSpec[]) =>
  firstRecord(`${folderOf({ 'x.json': typeof example === 'string' ? example : JSON.stringify(example) })}/x.json`, inputs);

test.each([
  ['a split data frame', { columns: ['b', 1, 'a'], data: [[true, 'x', 2]] }, TWO, { a: 2, '1': 'x' }],
  ['a data frame without names', { data: [[2, 'x']] }, TWO, { a: 2, '1': 'x' }],
  ['records', [{ a: 2, '1': 'x' }, { a: 3 }], TWO, { a: 2, '1': 'x' }],
  ['one record', { a: 2, '1': 'x' }, TWO, { a: 2, '1': 'x' }],
  [
    'tensors by name',
    {
      v: [
        [1, 2],
        [3, 4],
      ],
    },
    VECTOR,
    { v: [1, 2] },
  ],
  ['inputs by name', { inputs: { v: [[1, 2]] } }, VECTOR, { v: [1, 2] }],
  [
    'a tensor without a name',
    [
      [1, 2],
      [3, 4],
    ],
    VECTOR,
    { v: [1, 2] },
  ],
  ['scalars [N,1]', { a: [[5]], '1': [['x']] }, TWO, { a: 5, '1': 'x' }],
  ['values that do not fit their columns', { a: 'text', '1': 'x' }, TWO, { '1': 'x' }],
  ['nulls', { a: null, '1': 'x' }, TWO, { '1': 'x' }],
])('the first record of %s', (_, example, inputs, record) => {
  expect(read(example, inputs)).toEqual(record);
});

test.each([
  ['no JSON', 'NaN,', TWO],
  ['a text', '"x"', TWO],
  ['a data frame of no rows', { columns: ['a'], data: [] }, TWO],
  ['other columns', { z: 1 }, TWO],
  ['a tensor for two columns', [[1, 2]], TWO],
  ['a record of 5 kB', { v: 1, s: 'x'.repeat(5_000) }, input({ name: 's', type: 'string' })],
  ['a file of 2 MB', `{"a":1${' '.repeat(2_000_000)}}`, TWO],
])('%s has none', (_, example, inputs) => {
  expect(read(example, inputs)).toBeUndefined();
});
