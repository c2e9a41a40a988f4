import { App, Lazy, Stack } from 'aws-cdk-lib';
import { Column, Model, ModelArtifact, type ModelVersionProps, Routine } from '../../../lib';
import { fixtureArtifact } from '../../helpers/case-app';
import { folderOf } from '../../helpers/folder';

const TOLERANCE = { rtol: 1e-5, atol: 0 };

function addVersion(cases: unknown, props: Partial<ModelVersionProps> = {}) {
  const path = `${folderOf({ 'cases.json': typeof cases === 'string' ? cases : JSON.stringify(cases) })}/cases.json`;
  const model = new Model(new Stack(new App(), 'App'), 'Model');
  return { path, version: model.addVersion('1', { artifact: fixtureArtifact('scalar_output'), cases: path, ...props }) };
}

/** What is refused, without the construct path and the folder of the file. */
function refusalOf(cases: unknown, props: Partial<ModelVersionProps> = {}): string {
  try {
    addVersion(cases, props);
  } catch (error) {
    return (error as Error).message.replace(/^App\/Model: /, '').replace(/\/\S+\/cases/g, 'cases');
  }
  throw new Error('nothing was refused');
}

const one = (row: object, expected: object = { y: 1 }) => ({ tolerance: TOLERANCE, cases: [{ name: 'a', row, expected }] });

test('the version has the absolute path of the file', () => {
  const { path, version } = addVersion(one({ x: 1 }, { y: 2, batch_mean: 1 }));
  expect(version._cases).toBe(path);
});

describe('are valid', () => {
  test.each<[string, ModelArtifact, object, object]>([
    ['longs as digits', fixtureArtifact('dtypes/int64_in'), { x: '9223372036854775807' }, { y: ['-9223372036854775808'] }],
    ['the upper half of uint64', fixtureArtifact('dtypes/uint64_in'), { x: '18446744073709551615' }, { y: '18446744073709551615' }],
    [
      'nulls and NaN where they may be',
      fixtureArtifact('house_price_a'),
      { overall_qual: null, lot_area: 'NaN', gr_liv_area: 'Infinity' },
      { variable: 'NaN' },
    ],
    [
      'missing values where there is a default',
      ModelArtifact.fromOnnx('test/fixtures/scalar_output/model.onnx', { columns: [Column.float('x', { defaultValue: 1 })] }),
      {},
      { y: 1 },
    ],
    ['lists', fixtureArtifact('multi_output'), { quantity: 1, prices: [1, 'NaN'], is_member: false }, { tier: 'x', free_shipping: true }],
    ['classes', fixtureArtifact('breast_cancer_zipmap'), {}, { output_probability: { 0: 0.5, 1: 0.5 }, output_label: 1 }],
  ])('%s', (_, artifact, row, expected) => expect(addVersion(one(row, expected), { artifact }).version._cases).toMatch(/cases\.json$/));

  test('the columns and outputs of a routine', () => {
    const entry = `${folderOf({ 'r.js': 'exports.preprocess = () => ({}); exports.postprocess = () => ({});' })}/r.js`;
    const routine = Routine.fromModule({
      entry,
      preprocess: { inputs: [Column.string('text')], outputs: [Column.float('x')] },
      postprocess: { outputs: [Column.date('day', { nullable: true })] },
    });
    expect(addVersion(one({ text: 'a' }, { day: '2024-02-29' }), { routine }).version._cases).toBeDefined();
    expect(addVersion(one({ text: 'a' }, { day: null }), { routine }).version._cases).toBeDefined();
    expect(refusalOf(one({ x: 1 }, { y: 1 }), { routine })).toBe(
      [
        "cases.json: case 'a', row 0: expected columns of the model version ('text'), got: 'x'",
        "cases.json: case 'a', row 0, column 'text': expected a value, or a column that is `nullable` or has a default, got: nothing",
        "cases.json: case 'a', row 0, `expected`: expected outputs that are answered ('day'), got: 'y'",
      ].join('\n'),
    );
  });
});

describe('fails on', () => {
  test.each<[string, unknown, string]>([
    ['a list', [], 'cases.json: the file: expected an object with `tolerance` and `cases`, got: a list of 0'],
    [
      'no tolerance',
      { cases: one({ x: 1 }).cases },
      'cases.json: `tolerance`: expected an object of two numbers of at least 0, `rtol` and `atol`, got: nothing',
    ],
    [
      'half a tolerance',
      { ...one({ x: 1 }), tolerance: { rtol: 1e-5 } },
      'cases.json: `tolerance`: expected an object of two numbers of at least 0, `rtol` and `atol`, got: {"rtol":0.00001}',
    ],
    [
      'a negative tolerance',
      { ...one({ x: 1 }), tolerance: { rtol: -1, atol: 0 } },
      'cases.json: `tolerance`: expected an object of two numbers of at least 0, `rtol` and `atol`, got: {"rtol":-1,"atol":0}',
    ],
    ['no case', { tolerance: TOLERANCE, cases: [] }, 'cases.json: `cases`: expected a list of at least one case, got: a list of 0'],
    ['no list', { tolerance: TOLERANCE, cases: {} }, 'cases.json: `cases`: expected a list of at least one case, got: an empty object'],
    [
      'a case without a name',
      { tolerance: TOLERANCE, cases: [{ row: {}, expected: {} }] },
      "cases.json: `cases`, row 0: expected an object with `name`, a string, and the objects `row` and `expected`, got: an object with 'row', 'expected'",
    ],
    [
      'a case that is no object',
      { tolerance: TOLERANCE, cases: [7] },
      'cases.json: `cases`, row 0: expected an object with `name`, a string, and the objects `row` and `expected`, got: 7',
    ],
    [
      'a column that the model does not know',
      one({ x: 1, z: 1 }),
      "cases.json: case 'a', row 0: expected columns of the model version ('x'), got: 'z'",
    ],
    [
      'a null that may not be',
      one({ x: null }),
      "cases.json: case 'a', row 0, column 'x': expected a value, or a column that is `nullable` or has a default, got: null",
    ],
    [
      'a NaN that may not be',
      one({ x: 'NaN' }),
      "cases.json: case 'a', row 0, column 'x': expected a value, or a column that is `nullable` or has a default, got: \"NaN\"",
    ],
    [
      'a value that is none of its column',
      one({ x: 'many' }),
      'cases.json: case \'a\', row 0, column \'x\': expected a number in the range of a 32-bit float, "Infinity" or "-Infinity", got: "many"',
    ],
    ['an expectation of nothing', one({ x: 1 }, {}), "cases.json: case 'a', row 0, `expected`: expected at least one output, got: none"],
    [
      'an output that is not answered',
      one({ x: 1 }, { z: 1 }),
      "cases.json: case 'a', row 0, `expected`: expected outputs that are answered ('y', 'batch_mean'), got: 'z'",
    ],
    [
      'an expectation that is no number',
      one({ x: 1 }, { y: [[1], ['x']] }),
      'cases.json: case \'a\', row 0, output \'y\': expected a number in the range of a 32-bit float, "Infinity" or "-Infinity", got: "x"',
    ],
  ])('%s', (_, cases, message) => expect(refusalOf(cases)).toBe(message));

  test.each([
    [{ output_probability: [0.5, 0.5, 0] }, "an object with '0', '1', got: a list of 3"],
    [{ output_probability: { 0: 0.5 } }, "an object with '0', '1', got: an object with '0'"],
    [{ output_probability: { 0: 0.5, 2: 0.5 } }, "an object with '0', '1', got: an object with '0', '2'"],
  ])('other classes: %j', (expected, message) => {
    expect(refusalOf(one({}, expected), { artifact: fixtureArtifact('breast_cancer_zipmap') })).toBe(
      `cases.json: case 'a', row 0, output 'output_probability': expected ${message}`,
    );
  });

  test('a long that JSON has rounded', () => {
    const text = '{"tolerance":{"rtol":0,"atol":0},"cases":[{"name":"a","row":{"x":9007199254740993},"expected":{"y":1}}]}';
    expect(refusalOf(text, { artifact: fixtureArtifact('dtypes/int64_in') })).toBe(
      "cases.json: case 'a', row 0, column 'x': expected a whole number from -2^63 to 2^63-1, in a string of its digits where it is beyond 2^53-1, got: 9007199254740992",
    );
  });

  test('more findings than an error lists', () => {
    const cases = Array.from({ length: 12 }, (_, i) => ({ name: String(i), row: {}, expected: { y: 1 } }));
    const lines = refusalOf({ tolerance: TOLERANCE, cases }).split('\n');
    expect(lines).toHaveLength(11);
    expect(lines.at(-1)).toBe('and 2 more');
  });

  test('a file that is not JSON', () => {
    expect(refusalOf('<html>')).toMatch(/^cases\.json: expected JSON, got: Unexpected token/);
  });

  test('a missing file, and a path that is a token', () => {
    expect(refusalOf({}, { cases: 'nowhere.json' })).toBe(
      "`cases` must be a file, relative to the working folder of the app, got: 'nowhere.json', which does not exist",
    );
    expect(refusalOf({}, { cases: Lazy.string({ produce: () => 'x' }) })).toBe('`cases` must be a literal, got: a token');
  });
});
