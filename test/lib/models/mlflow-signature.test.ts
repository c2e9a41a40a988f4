import { signedInputs } from '../../../lib/models/mlflow-signature';
import { type InputTensor } from '../../../lib/models/onnx-signature';

const matrix = (columns: number | null, type: InputTensor['type'] = 'float32'): InputTensor => ({
  name: 'x',
  type,
  shape: [null, columns],
});
const two: InputTensor[] = [
  { name: 'a', type: 'float32', shape: [null, 1] },
  { name: 'b', type: 'int64', shape: [null] },
];
const tensor = (dtype: unknown, shape: unknown, name?: string) => ({
  ...(name && { name }),
  type: 'tensor',
  'tensor-spec': { dtype, shape },
});
const TYPES = 'boolean, integer, long, float, double, string, binary, datetime';

function columnsOf(inputs: unknown, tensors: readonly InputTensor[]) {
  const read = signedInputs(JSON.stringify(inputs), tensors);
  if ('findings' in read) throw new Error(JSON.stringify(read.findings));
  return read.value.columns;
}

test.each([
  ['boolean', 'boolean'],
  ['integer', 'integer'],
  ['long', 'long'],
  ['float', 'float'],
  ['double', 'double'],
  ['string', 'string'],
  ['binary', 'binary'],
  ['datetime', 'timestamp'],
])('a column of type %s is one of our type %s', (type, ours) => {
  expect(columnsOf([{ name: 'c', type }], [matrix(1)])).toEqual([{ name: 'c', type: ours }]);
});

test('an array column is an array, of arrays too', () => {
  const items = { type: 'array', items: { type: 'double' } };
  expect(columnsOf([{ name: 'c', type: 'array', items: { type: 'long' } }], [matrix(1)])[0]!.type).toEqual({
    element: 'long',
    shape: [null],
  });
  expect(columnsOf([{ name: 'c', type: 'array', items }], [matrix(1)])[0]!.type).toEqual({ element: 'double', shape: [null, null] });
});

test.each([{ required: false }, { optional: true }])('a column with %j may be null', (mark) => {
  expect(columnsOf([{ name: 'c', type: 'float', ...mark }], [matrix(1)])).toEqual([{ name: 'c', type: 'float', nullable: true }]);
});

test.each([{ required: true }, { optional: false }, {}])('a column with %j may not', (mark) => {
  expect(columnsOf([{ name: 'c', type: 'float', ...mark }], [matrix(1)])).toEqual([{ name: 'c', type: 'float' }]);
});

test('the name of a column may be a number', () => {
  expect(
    columnsOf(
      [
        { name: 0, type: 'float' },
        { name: 1, type: 'float' },
      ],
      [matrix(2)],
    ).map(({ name }) => name),
  ).toEqual(['0', '1']);
});

test('columns without names belong to the tensors in order', () => {
  expect(columnsOf([{ type: 'double' }, { type: 'long' }], two)).toEqual([
    { name: 'a', type: 'double' },
    { name: 'b', type: 'long' },
  ]);
});

test('columns of one type without names become an array of the only tensor', () => {
  expect(columnsOf([{ type: 'double' }, { type: 'double' }], [matrix(2)])).toEqual([
    { name: 'x', type: { element: 'double', shape: [2] } },
  ]);
});

test.each([
  ['float32', 'float'],
  ['float16', 'float'],
  ['float64', 'double'],
  ['int8', 'integer'],
  ['uint16', 'integer'],
  ['int64', 'long'],
  ['uint64', 'long'],
  ['bool', 'boolean'],
  ['str', 'string'],
  ['object', 'string'],
  ['<U12', 'string'],
])('a tensor of dtype %s is a column of type %s', (dtype, type) => {
  expect(columnsOf([tensor(dtype, [-1, 1])], [matrix(1)])).toEqual([{ name: 'x', type }]);
  expect(columnsOf([tensor(dtype, [-1, 3], 'x')], [matrix(null)])).toEqual([{ name: 'x', type: { element: type, shape: [3] } }]);
});

test('a tensor of the signature completes an open shape of the file', () => {
  const read = signedInputs(JSON.stringify([tensor('float32', [-1, 2, -1])]), [{ name: 'x', type: 'float32' }]);
  expect(read).toEqual({
    value: {
      tensors: [{ name: 'x', type: 'float32', shape: [null, 2, null] }],
      columns: [{ name: 'x', type: { element: 'float', shape: [2, null] } }],
    },
  });
  const one = signedInputs([tensor('float32', [1, 2])], [{ name: 'x', type: 'float32' }]);
  expect(one).toMatchObject({ value: { tensors: [{ shape: [1, 2] }] } });
});

test('[N] and [N,1] are equal', () => {
  expect(columnsOf([tensor('float32', [-1])], [matrix(1)])).toEqual([{ name: 'x', type: 'float' }]);
  expect(columnsOf([tensor('float32', [-1, 1], 'a'), tensor('int64', [-1, 1], 'b')], two).map(({ type }) => type)).toEqual([
    'float',
    'long',
  ]);
});

test('tensors take the order of the file', () => {
  expect(columnsOf([tensor('int64', [-1], 'b'), tensor('float32', [-1], 'a')], two).map(({ name }) => name)).toEqual(['a', 'b']);
});

const INPUTS = 'signature, `inputs`';

test.each([
  ['{', [matrix(1)], INPUTS, 'a list of columns or tensors, as JSON', '"{"'],
  [3, [matrix(1)], INPUTS, 'a list of columns or tensors, as JSON', '3'],
  [[], [matrix(1)], INPUTS, 'a list of columns or tensors, as JSON', 'a list'],
  [[1], [matrix(1)], INPUTS, 'a list of columns or tensors, as JSON', 'a list'],
  [[{ name: 'a', type: 'float' }, tensor('float32', [-1])], two, INPUTS, 'either columns or tensors', 'both'],
  [[{ name: 'a', type: 'float' }, { type: 'float' }], two, INPUTS, 'names for all columns or for none', '1 without a name'],
  [
    [{ name: 'a', type: 'object' }],
    [matrix(1)],
    "signature, column 'a'",
    `one of the types ${TYPES} or an array of one of them`,
    '"object"',
  ],
  [[{ type: 'map' }], [matrix(1)], 'signature, column 0', `one of the types ${TYPES} or an array of one of them`, '"map"'],
  [[{ name: 'a', type: 'array' }], [matrix(1)], "signature, column 'a'", `one of the types ${TYPES} or an array of one of them`, '"array"'],
  [
    [{ type: 'float' }, { type: 'long' }],
    [matrix(2)],
    INPUTS,
    "columns with names, for the input 'x' (float32 [?,2])",
    '2 without (float, long)',
  ],
  [[{ type: 'float' }], two, INPUTS, "columns with names, for the inputs 'a' (float32 [?,1]), 'b' (int64 [?])", '1 without (float)'],
  [
    [
      { name: 'a', type: 'float' },
      { name: 'c', type: 'long' },
    ],
    two,
    INPUTS,
    "the model's inputs 'a' (float32 [?,1]), 'b' (int64 [?])",
    "'a', 'c'",
  ],
  [[{ name: 'a', type: 'float' }], two, INPUTS, "the model's inputs 'a' (float32 [?,1]), 'b' (int64 [?])", "'a'"],
  [[tensor('float32', [-1, 1], 'y')], [matrix(1)], INPUTS, "the model's inputs 'x' (float32 [?,1])", "'y'"],
  [[tensor('float32', [-1, 1])], two, INPUTS, "the model's inputs 'a' (float32 [?,1]), 'b' (int64 [?])", 'an input without a name'],
  [
    [tensor('float32', [-1, 1]), tensor('float32', [-1])],
    [{ name: 'x', type: 'float32' }],
    INPUTS,
    "the model's inputs 'x' (float32)",
    'an input without a name, an input without a name',
  ],
  [
    [tensor('datetime64[ns]', [-1, 1])],
    [matrix(1)],
    "signature, tensor 'x'",
    'a `dtype` of float16, float32, float64, int8, int16, int32, int64, uint8, uint16, uint32, uint64, bool, str, object',
    '"datetime64[ns]"',
  ],
  [
    [{ type: 'tensor' }],
    [matrix(1)],
    "signature, tensor 'x'",
    'a `dtype` of float16, float32, float64, int8, int16, int32, int64, uint8, uint16, uint32, uint64, bool, str, object',
    'none',
  ],
  [[tensor('float32', [])], [matrix(1)], "signature, tensor 'x'", 'a `shape` with the batch first, and -1 for an axis of any length', '[]'],
  [
    [tensor('float32', [-1, -2])],
    [matrix(1)],
    "signature, tensor 'x'",
    'a `shape` with the batch first, and -1 for an axis of any length',
    '[-1,-2]',
  ],
  [
    [tensor('float32', undefined)],
    [matrix(1)],
    "signature, tensor 'x'",
    'a `shape` with the batch first, and -1 for an axis of any length',
    'none',
  ],
  [[tensor('float32', [-1, 8])], [matrix(9)], "signature, tensor 'x'", "the shape of the model's input, [?,9]", '[?,8]'],
  [[tensor('float32', [-1, 3, 3])], [matrix(9)], "signature, tensor 'x'", "the shape of the model's input, [?,9]", '[?,3,3]'],
] as [unknown, InputTensor[], string, string, string][])('fails on inputs of %j', (inputs, tensors, path, expected, got) => {
  expect(signedInputs(inputs, tensors)).toEqual({ findings: [{ path, expected, got }] });
});
