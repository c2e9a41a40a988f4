import type { DataType } from '../../../../lib/contract/data-types';
import { readBody } from '../../../../lambda/protocols/mlflow/read-body';
import { requestColumns } from '../../../../lambda/protocols/records';

const ARRAY: DataType = { element: 'string', shape: [null] };
const COLUMNS = requestColumns([
  { name: 'id', type: 'string' },
  { name: 'size', type: 'integer' },
  { name: 'tags', type: ARRAY },
]);
const EXPECTED = 'expected a JSON object with exactly one of dataframe_records, dataframe_split, inputs, instances';

function read(body: unknown) {
  return readBody(typeof body === 'string' ? body : JSON.stringify(body), COLUMNS);
}

function recordsOf(body: unknown) {
  const { rows, cells, undeclared } = read(body);
  return { rows, cells, undeclared };
}

function refused(message: string, place: { row?: number; column?: string } = {}) {
  return expect.objectContaining({ code: 'INVALID_PARAMETER_VALUE', status: 400, message, row: place.row, column: place.column }) as Error;
}

const TWO_ROWS = {
  rows: 2,
  cells: [
    ['a', 'b'],
    [1, 2],
    [['x'], ['y', 'z']],
  ],
  undeclared: new Map(),
};

describe('the same two records', () => {
  test.each<[string, unknown]>([
    [
      'dataframe_records',
      [
        { id: 'a', size: 1, tags: ['x'] },
        { tags: ['y', 'z'], size: 2, id: 'b' },
      ],
    ],
    [
      'dataframe_split',
      {
        columns: ['size', 'id', 'tags'],
        index: [7, 8],
        data: [
          [1, 'a', ['x']],
          [2, 'b', ['y', 'z']],
        ],
      },
    ],
    ['inputs', { id: ['a', 'b'], size: [1, 2], tags: [['x'], ['y', 'z']] }],
    ['inputs', { id: [['a'], ['b']], size: [[1], [2]], tags: [['x'], ['y', 'z']] }],
    [
      'inputs',
      [
        { id: 'a', size: 1, tags: ['x'] },
        { id: 'b', size: 2, tags: ['y', 'z'] },
      ],
    ],
    [
      'inputs',
      [
        ['a', 1, ['x']],
        ['b', 2, ['y', 'z']],
      ],
    ],
    [
      'instances',
      [
        { id: 'a', size: 1, tags: ['x'] },
        { id: 'b', size: 2, tags: ['y', 'z'] },
      ],
    ],
    [
      'instances',
      [
        ['a', 1, ['x']],
        ['b', 2, ['y', 'z']],
      ],
    ],
  ])('in %s as %j', (format, content) => {
    expect(recordsOf({ [format]: content })).toEqual(TWO_ROWS);
  });
});

describe('the only column', () => {
  test.each([
    ['scalar values', false, [1, 2]],
    ['a tensor [N, 1]', false, [[1], [2]]],
    ['objects', false, [{ x: 1 }, { x: 2 }]],
  ])('takes %s', (_, isArray, content) => {
    expect(
      readBody(JSON.stringify({ instances: content }), requestColumns([{ name: 'x', type: isArray ? ARRAY : 'integer' }])).cells,
    ).toEqual([[1, 2]]);
  });

  test.each(['inputs', 'instances'])('takes the lists of an array column as they are in %s', (format) => {
    const content = [[1], [2]];
    expect(readBody(JSON.stringify({ [format]: content }), requestColumns([{ name: 'x', type: ARRAY }])).cells).toEqual([[[1], [2]]]);
  });
});

test.each(['dataframe_records', 'inputs', 'instances'])('no records in %s', (format) => {
  expect(recordsOf({ [format]: [] })).toEqual({ rows: 0, cells: [[], [], []], undeclared: new Map() });
});

test('no records in dataframe_split', () => {
  expect(read({ dataframe_split: { columns: ['id'], data: [] } }).rows).toBe(0);
});

test('leaves undefined what a record does not name, and collects undeclared names', () => {
  const { cells, undeclared } = read({
    dataframe_records: [
      { id: 'a', foo: 1, toString: 2 },
      { constructor: 3, size: null },
    ],
  });
  expect(cells).toEqual([
    ['a', undefined],
    [undefined, null],
    [undefined, undefined],
  ]);
  expect([...undeclared]).toEqual([
    ['foo', 0],
    ['toString', 0],
    ['constructor', 1],
  ]);
});

test.each<[string, unknown, number]>([
  ['no list', { id: ['a', 'b'], other: 5 }, 2],
  ['of another length', { other: [1], id: ['a', 'b'] }, 2],
  ['alone', { other: [1, 2, 3] }, 3],
])('ignores undeclared columns in inputs: %s', (_, inputs, rows) => {
  const records = read({ inputs });
  expect(records.rows).toBe(rows);
  expect([...records.undeclared]).toEqual([['other', 0]]);
});

test('reads many columns at once', () => {
  const columns = Array.from({ length: 300_000 }, (_, i) => `c${i}`);
  expect(read({ dataframe_split: { columns, data: [] } }).undeclared.size).toBe(300_000);
});

test('a column may be called __proto__', () => {
  const { cells } = readBody('{"dataframe_records":[{"__proto__":5}]}', requestColumns([{ name: '__proto__', type: 'integer' }]));
  expect(cells).toEqual([[5]]);
});

test.each([{ client_request_id: 'x' }, { params: null }, { params: {} }, { signature_name: 'serving_default' }])(
  'ignores %j beside the records',
  (more) => {
    expect(read({ ...more, instances: [] }).rows).toBe(0);
  },
);

test('params stand beside the records', () => {
  expect(read({ instances: [], params: { beam: 1 } }).params).toEqual({ beam: 1 });
});

describe('fails on', () => {
  test.each<[unknown, string]>([
    ['', `${EXPECTED}, got: an empty body`],
    ['  \n', `${EXPECTED}, got: an empty body`],
    ['id=1', `${EXPECTED}, got: text that is not JSON`],
    ['{"instances":[', `${EXPECTED}, got: text that is not JSON`],
    ['{"instances":[[NaN]]}', `${EXPECTED}, got: a bare NaN, which is not JSON: send null`],
    ['{"instances":[{"size": -Infinity}]}', `${EXPECTED}, got: a bare -Infinity, which is not JSON: send the string "-Infinity"`],
    ['null', `${EXPECTED}, got: null`],
    [[1, 2, 3], `${EXPECTED}, got: a list of 3`],
    ['"text"', `${EXPECTED}, got: "text"`],
    ['5', `${EXPECTED}, got: 5`],
    [{}, `${EXPECTED}, got: an empty object`],
    [{ data: [], rows: [] }, `${EXPECTED}, got: an object with 'data', 'rows'`],
    [{ inputs: [], instances: [] }, `${EXPECTED}, got: inputs and instances`],
    [{ instances: [], params: [] }, 'expected an object of values by name in params, got: a list of 0'],
    [{ instances: [], params: 'x' }, 'expected an object of values by name in params, got: "x"'],
    [{ dataframe_records: { id: 'a' } }, 'expected a list of objects in dataframe_records, got: an object'],
    [{ dataframe_split: [] }, 'expected an object with columns and data in dataframe_split, got: a list of 0'],
    [
      { dataframe_split: { columns: [], data: [], dtype: 1 } },
      "expected nothing but columns, index and data in dataframe_split, got: 'dtype'",
    ],
    [{ dataframe_split: { data: [] } }, 'expected a list of names in columns of dataframe_split, got: nothing'],
    [{ dataframe_split: { columns: ['id', 5], data: [] } }, 'expected a list of names in columns of dataframe_split, got: 5'],
    [{ dataframe_split: { columns: ['id', 'id'], data: [] } }, 'expected each name once in columns of dataframe_split, got: "id" twice'],
    [{ dataframe_split: { columns: ['id'] } }, 'expected a list of rows in data of dataframe_split, got: nothing'],
    [{ instances: { id: 'a' } }, 'expected a list of records in instances, got: an object'],
    [{ inputs: 5 }, 'expected an object of lists by column name, or a list, in inputs, got: 5'],
    [{ inputs: {} }, 'expected an object of lists by column name, or a list, in inputs, got: an empty object'],
    [
      { inputs: { ['a'.repeat(1000)]: 5 } },
      `expected an object of lists by column name, or a list, in inputs, got: 5 for '${'a'.repeat(40)}…'`,
    ],
    [{ instances: new Array(1001).fill({}) }, 'expected at most 1000 records, got: 1001'],
    [{ inputs: { id: new Array(1001).fill('a') } }, 'expected at most 1000 records, got: 1001'],
    [{ dataframe_split: { columns: [], data: new Array(1001).fill([]) } }, 'expected at most 1000 records, got: 1001'],
  ])('%j', (body, message) => {
    expect(() => read(body)).toThrow(refused(message));
  });

  test.each<[unknown, string, { row?: number; column?: string }]>([
    [{ dataframe_records: [{}, 5] }, 'row 1: expected an object of values by column name, got: 5', { row: 1 }],
    [{ dataframe_records: [null] }, 'row 0: expected an object of values by column name, got: null', { row: 0 }],
    [{ dataframe_records: [['a']] }, 'row 0: expected an object of values by column name, got: a list of 1', { row: 0 }],
    [{ instances: [{}, ['a', 1, []]] }, 'row 1: expected an object of values by column name, got: a list of 3', { row: 1 }],
    [
      { dataframe_split: { columns: ['id'], data: [['a'], ['a', 'b']] } },
      'row 1: expected a list of 1 values, one for each of columns, got: a list of 2',
      { row: 1 },
    ],
    [
      { dataframe_split: { columns: ['id'], data: ['a'] } },
      'row 0: expected a list of 1 values, one for each of columns, got: "a"',
      { row: 0 },
    ],
    [
      { instances: [['a', 1]] },
      "row 0: expected an object by column name, or a list of 3 values: 'id', 'size', 'tags', got: a list of 2",
      { row: 0 },
    ],
    [{ instances: [5] }, "row 0: expected an object by column name, or a list of 3 values: 'id', 'size', 'tags', got: 5", { row: 0 }],
    [{ inputs: { id: 'a' } }, `column 'id': expected a list with one value a row, got: "a"`, { column: 'id' }],
    [
      { inputs: { id: ['a'], size: [1, 2] } },
      "column 'size': expected a list of 1 values, as many as column 'id' has, got: a list of 2",
      { column: 'size' },
    ],
  ])('%j', (body, message, place) => {
    expect(() => read(body)).toThrow(refused(message, place));
  });
});

test.each<[string, unknown, boolean | undefined]>([
  ['dataframe_records', [{ id: 'a' }], undefined],
  ['dataframe_split', { columns: ['id'], data: [['a']] }, undefined],
  ['inputs', { id: ['a'] }, undefined],
  ['inputs', [['a', 1, []]], true],
  ['instances', [{ id: 'a' }], undefined],
  ['instances', [['a', 1, []]], true],
])('%s as %j: values without the names of their columns are marked', (format, content, isUnnamed) => {
  expect(read({ [format]: content }).isUnnamed).toBe(isUnnamed);
});

test.each<[unknown, string | undefined]>([
  ['mine', 'mine'],
  [5, undefined],
  [undefined, undefined],
])('client_request_id %j', (id, expected) => {
  expect(read({ client_request_id: id, instances: [] }).clientRequestId).toBe(expected);
});
