import { readFileSync } from 'node:fs';
import { Column, ElementType } from '../../../lib/features';
import { packageOf, refusalOf } from '../../helpers/models';
import { identityOf } from '../../helpers/onnx';

const matrix = identityOf({ name: 'x', shape: ['N', 3] });
const open = identityOf({ name: 'x', shape: ['N', 'K'] });
const column = identityOf({ name: 'x', shape: ['N', 1] });
const vector = identityOf({ name: 'x', shape: ['N'] });
const image = identityOf({ name: 'x', shape: ['N', 3, 'H', 8] });
const unknown = identityOf({ name: 'x' });
const floats = (...names: string[]) => names.map((name) => Column.float(name));
const array = (name: string, ...shape: number[]) => Column.array(name, ElementType.FLOAT, { shape });

function inputOf(model: Uint8Array, columns?: Column[]) {
  const { layout, shape, columns: made } = packageOf(model, { columns }).spec.inputs[0]!;
  return { layout, shape, columns: made };
}

describe('without `columns`', () => {
  test.each([
    ['[N]', vector, { layout: 'column', shape: [null], columns: [{ name: 'x', type: 'float' }] }],
    ['[N,1]', column, { layout: 'matrix', shape: [null, 1], columns: [{ name: 'x', type: 'float' }] }],
    ['[N,3]', matrix, { layout: 'column', shape: [null, 3], columns: [{ name: 'x', type: { element: 'float', shape: [3] } }] }],
    ['[N,K]', open, { layout: 'column', shape: [null, null], columns: [{ name: 'x', type: { element: 'float', shape: [null] } }] }],
    [
      '[N,3,H,8]',
      image,
      { layout: 'column', shape: [null, 3, null, 8], columns: [{ name: 'x', type: { element: 'float', shape: [3, null, 8] } }] },
    ],
  ])('%s is one column under its name', (_, model, expected) => {
    expect(inputOf(model)).toEqual(expected);
  });

  test.each([
    ['float16', 'float'],
    ['float', 'float'],
    ['double', 'double'],
    ['int8', 'integer'],
    ['int16', 'integer'],
    ['int32', 'integer'],
    ['uint8', 'integer'],
    ['uint16', 'integer'],
    ['uint32', 'long'],
    ['int64', 'long'],
    ['uint64', 'long'],
    ['bool', 'boolean'],
    ['string', 'string'],
  ])('a tensor of %s is a column of %s', (type, expected) => {
    expect(inputOf(identityOf({ name: 'x', type, shape: [null] })).columns).toEqual([{ name: 'x', type: expected }]);
  });

  test('fails on an input of unknown rank', () => {
    expect(refusalOf(unknown)).toBe("input 'x': expected a declaration of its column in `columns`, got: a tensor of unknown rank");
  });
});

describe('`columns` of a single input', () => {
  test.each([
    ['scalars make a matrix', matrix, floats('a', 'b', 'c'), 'matrix', [null, 3]],
    ['scalars settle the width of a matrix', open, floats('a', 'b'), 'matrix', [null, 2]],
    ['one scalar can be all of a matrix', open, floats('a'), 'matrix', [null, 1]],
    ['a scalar of [N,1] has any name', column, floats('a'), 'matrix', [null, 1]],
    ['a scalar of [N] has any name', vector, floats('a'), 'column', [null]],
    ['an array is all of a matrix', matrix, [array('a', 3)], 'column', [null, 3]],
    ['an array settles open lengths', image, [array('a', -1, 16, 8)], 'column', [null, 3, 16, 8]],
    ['a scalar settles an unknown rank', unknown, floats('a'), 'column', [null]],
    ['an array settles an unknown rank', unknown, [array('a', 2, -1)], 'column', [null, 2, null]],
    ['scalars settle an unknown rank', unknown, floats('a', 'b'), 'matrix', [null, 2]],
  ])('%s', (_, model, columns, layout, shape) => {
    const input = inputOf(model, columns);
    expect(input).toMatchObject({ layout, shape });
    expect(input.columns.map(({ name }) => name)).toEqual(columns.map(({ name }) => name));
  });

  test('an array takes the known lengths of the file', () => {
    expect(inputOf(image, [array('a', -1, -1, -1)]).columns).toEqual([{ name: 'a', type: { element: 'float', shape: [3, null, 8] } }]);
  });

  test('types, defaults and `nullable` are the declared ones', () => {
    expect(
      inputOf(matrix, [Column.integer('a'), Column.double('b', { nullable: true }), Column.long('c', { defaultValue: 3 })]).columns,
    ).toEqual([
      { name: 'a', type: 'integer' },
      { name: 'b', type: 'double', nullable: true },
      { name: 'c', type: 'long', defaultValue: 3 },
    ]);
  });

  test('a binary column feeds a matrix of uint8', () => {
    const bytes = identityOf({ name: 'x', type: 'uint8', shape: [null, 'K'] });
    expect(inputOf(bytes, [Column.binary('a')])).toEqual({
      layout: 'column',
      shape: [null, null],
      columns: [{ name: 'a', type: 'binary' }],
    });
  });

  test.each([
    ['too few', matrix, floats('a', 'b'), "columns of input 'x': expected 3 for its shape [?,3], got: 2 (a: float, b: float)"],
    [
      'too many',
      matrix,
      floats('a', 'b', 'c', 'd'),
      "columns of input 'x': expected 3 for its shape [?,3], got: 4 (a: float, b: float, c: float, d: float)",
    ],
    ['one scalar for a matrix', matrix, floats('a'), "columns of input 'x': expected 3 for its shape [?,3], got: 1 (a: float)"],
    ['two for [N]', vector, floats('a', 'b'), "columns of input 'x': expected 1 for its shape [?], got: 2 (a: float, b: float)"],
    [
      'two for a higher rank',
      image,
      floats('a', 'b'),
      "columns of input 'x': expected 1 for its shape [?,3,?,8], got: 2 (a: float, b: float)",
    ],
    [
      'an array among scalars',
      matrix,
      [...floats('a', 'b'), array('c', 1)],
      "columns of input 'x': expected scalar columns, or a single array column, for its shape [?,3], got: 3 (a: float, b: float, c: array<float>[1])",
    ],
    [
      'an array of other length',
      matrix,
      [array('a', 4)],
      "column 'a': expected the shape of input 'x', which is [?,3] with the batch, got: array<float>[4]",
    ],
    [
      'an array of other rank',
      matrix,
      [array('a', 3, 1)],
      "column 'a': expected the shape of input 'x', which is [?,3] with the batch, got: array<float>[3,1]",
    ],
    [
      'a scalar for a higher rank',
      image,
      floats('a'),
      "column 'a': expected the shape of input 'x', which is [?,3,?,8] with the batch, got: float",
    ],
    [
      'an array for [N]',
      vector,
      [array('a', 1)],
      "column 'a': expected the shape of input 'x', which is [?] with the batch, got: array<float>[1]",
    ],
    [
      'a type that does not feed',
      matrix,
      [...floats('a', 'b'), Column.string('c')],
      "column 'c': expected a type that feeds the float32 tensor of input 'x', got: string",
    ],
    ['names twice', matrix, floats('a', 'b', 'a'), "`columns`: expected distinct names, got: 'a' twice"],
    ['none', matrix, [], '`columns`: expected at least one column, got: none'],
    [
      'a null of any length',
      open,
      [Column.array('a', ElementType.FLOAT, { shape: [-1], nullable: true })],
      "column 'a': expected a default, or a shape of known lengths, because a null has no length, got: array<float>[?]",
    ],
  ])('fails on %s', (_, model, columns, message) => {
    expect(refusalOf(model, { columns })).toBe(message);
  });

  test('fails on an array of binary values', () => {
    const bytes = identityOf({ name: 'x', type: 'uint8', shape: [null, 2, 'K'] });
    expect(refusalOf(bytes, { columns: [Column.array('a', ElementType.BINARY, { shape: [2] })] })).toBe(
      "column 'a': expected a column of type binary, because an array of bytes values has no common length, got: array<binary>[2]",
    );
  });

  test.each(['int64', 'bool', 'string'])('fails on a nullable column without default that feeds %s', (type) => {
    const make = type === 'string' ? Column.string : Column.boolean;
    const model = identityOf({ name: 'x', type, shape: [null] });
    expect(refusalOf(model, { columns: [make('a', { nullable: true })] })).toBe(
      `column 'a': expected a default, or a column that is not nullable, because the ${type} tensor of input 'x' cannot hold null, got: a nullable column without a default`,
    );
    expect(inputOf(model, [make('a', { nullable: true, defaultValue: type === 'string' ? '' : false })]).columns[0]).toMatchObject({
      nullable: true,
    });
  });
});

describe('`columns` of several inputs', () => {
  const two = identityOf({ name: 'vector', shape: [null, 2] }, { name: 'bias', shape: [null, 1] });
  const matrices = identityOf({ name: 'm', shape: [null, 2] }, { name: 'n', shape: [null, 'K'] }, { name: 'b', shape: [null] });

  function columnsOf(model: Uint8Array, columns: Column[]) {
    return packageOf(model, { columns }).spec.inputs.map((input) => input.columns.map(({ name }) => name));
  }

  test('each input takes the column of its name, in any order', () => {
    const { inputs } = packageOf('test/fixtures/house_price_b/model.onnx', {
      columns: [Column.double('lot_area', { nullable: true }), Column.integer('house_age', { defaultValue: 0 })],
    }).spec;
    expect(inputs.find(({ name }) => name === 'lot_area')!.columns).toEqual([{ name: 'lot_area', type: 'double', nullable: true }]);
    expect(inputs.find(({ name }) => name === 'house_age')!.columns).toEqual([{ name: 'house_age', type: 'integer', defaultValue: 0 }]);
    expect(inputs.find(({ name }) => name === 'full_bath')!.columns).toEqual([{ name: 'full_bath', type: 'long' }]);
  });

  test.each([
    ['the matrix takes the columns that are left', two, floats('p', 'q'), [['p', 'q'], ['bias']]],
    ['also with other inputs named', two, floats('p', 'bias', 'q'), [['p', 'q'], ['bias']]],
    ['a named matrix takes nothing else', matrices, [...floats('p', 'q'), array('n', -1)], [['p', 'q'], ['n'], ['b']]],
  ])('%s', (_, model, columns, expected) => {
    expect(columnsOf(model, columns)).toEqual(expected);
  });

  test.each([
    [
      'no input and no matrix',
      identityOf({ name: 'a', shape: [null] }, { name: 'b', shape: [null] }),
      floats('a', 'c', 'd'),
      "`columns`: expected names of the inputs 'a', 'b', got: 'c', 'd'",
    ],
    [
      'one of several matrices',
      matrices,
      floats('p', 'q'),
      "`columns`: expected names of the inputs 'm', 'n', 'b', because more than one of them is a matrix, got: 'p', 'q'",
    ],
  ])('fails on columns of %s', (_, model, columns, message) => {
    expect(refusalOf(model, { columns })).toBe(message);
  });
});

test.each(['house_price_a', 'house_price_b'])('%s fits an endpoint spec', (name) => {
  const { columns, layout } = JSON.parse(readFileSync(`test/fixtures/${name}/cases.json`, 'utf8')) as {
    columns?: string[];
    layout: string;
  };
  const { spec, files } = packageOf(`test/fixtures/${name}/model.onnx`, { columns: columns?.map((each) => Column.double(each)) });
  expect(spec.inputs).toHaveLength(layout === 'matrix' ? 1 : 9);
  expect(spec.inputs.flatMap((input) => input.columns)).toHaveLength(9);
  expect(spec).toEqual(JSON.parse(JSON.stringify(spec)));
  expect(spec.scorer).toEqual({ kind: 'file', file: files[0]!.path });
  expect(files).toHaveLength(1);
});
