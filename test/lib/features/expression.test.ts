import { App, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Column, ElementType, type ExpressionFunctionOptions, FeatureFunction, FeatureSpec, FeatureTable } from 'cdk-ml-serving';
import { resolveFeatures } from '../../../lib/features/resolve-features';
import { findingText } from '../../../lib/contract/finding';

const stack = () => new Stack(new App(), 'Stack');

const render = (options: ExpressionFunctionOptions) => FeatureFunction.fromExpression(options)._render(stack());

/** One request column of every type. */
const COLUMNS = [
  Column.boolean('flag'),
  Column.integer('i'),
  Column.long('l'),
  Column.float('f'),
  Column.double('d'),
  Column.string('s'),
  Column.binary('b'),
  Column.date('day'),
  Column.timestamp('at'),
  Column.array('vector', ElementType.FLOAT, { shape: [3] }),
  Column.array('matrix', ElementType.LONG, { shape: [-1, 2] }),
];

function findings(expression: string, output: Column, options: Partial<ExpressionFunctionOptions> = {}): string[] {
  const functions = [FeatureFunction.fromExpression({ expression, output, name: 'f', ...options })];
  const rendered = new FeatureSpec({ requestColumns: COLUMNS, functions })._render(stack());
  return resolveFeatures(rendered).findings.map(findingText);
}

describe('the inputs of an expression', () => {
  const inputs = (expression: string, given?: Record<string, string>) => {
    const { spec } = render({ expression, output: Column.long('y'), inputs: given });
    return spec.inputs.map(({ name, column }) => `${name}: ${column}`);
  };

  test('are its free variables in the order of their first use, each with the column of the same name', () => {
    expect(inputs('b + a * b')).toEqual(['b: b', 'a: a']);
  });

  test('can be mapped to columns with other names, even names that are not variables', () => {
    expect(inputs('sold - year_built', { sold: 'input.1' })).toEqual(['sold: input.1', 'year_built: year_built']);
  });

  test('may have the name of an inherited member of objects', () => {
    expect(inputs('constructor + toString', { toString: 'x' })).toEqual(['constructor: constructor', 'toString: x']);
  });

  test('do not include variables that macros bind', () => {
    expect(inputs('xs.exists(x, x > limit) ? xs.map(x, x + 1)[0] : cel.bind(z, a, z * z)')).toEqual(['xs: xs', 'limit: limit', 'a: a']);
  });

  test('are empty for a constant', () => {
    expect(inputs('1 + 2')).toEqual([]);
  });

  test('do not include CEL type names, unless they are mapped to columns', () => {
    expect(inputs('type(x) == int')).toEqual(['x: x']);
    expect(inputs('x + y', { x: 'int' })).toEqual(['x: int', 'y: y']);
  });

  test('can include request_time', () => {
    expect(inputs('request_time.getFullYear()')).toEqual(['request_time: request_time']);
    expect(findings('request_time.getFullYear()', Column.integer('y'))).toEqual([]);
    expect(findings('(request_time - at).getHours()', Column.integer('y'))).toEqual([]);
  });
});

describe('the result of an expression', () => {
  test.each<[string, string, string[]]>([
    ['flag', 'bool', ['boolean']],
    ['i + 1', 'int', ['integer', 'long', 'float', 'double']],
    ['l - i', 'int', ['integer', 'long', 'float', 'double']],
    ['f * d', 'double', ['float', 'double']],
    ['double(i) * 1.5', 'double', ['float', 'double']],
    ['s + day', 'string', ['string', 'date']],
    ['b', 'bytes', ['binary']],
    ['day', 'string', ['string', 'date']],
    ['at', 'google.protobuf.Timestamp', ['timestamp']],
    ['dyn(i)', 'dyn', ['boolean', 'integer', 'long', 'float', 'double', 'string', 'binary', 'date', 'timestamp', 'array']],
    ['vector', 'list<double>', ['array']],
    ['vector.map(v, int(v))', 'list<int>', ['array']],
    ['[]', 'list<T>', ['array']],
    ['[1.0, f]', 'list<double>', ['array']],
    ['matrix', 'list<list<int>>', []],
    ['matrix[0]', 'list<int>', ['array']],
    ['["a"]', 'list<string>', []],
    ['{"a": 1}', 'map<string, int>', []],
    ['uint(i)', 'uint', []],
    ['duration("1h")', 'google.protobuf.Duration', []],
    ['null', 'null', []],
  ])('%s, a %s, becomes %j and nothing else', (expression, result, types) => {
    const outputs: [string, Column, string][] = [
      ['boolean', Column.boolean('y'), 'bool'],
      ['integer', Column.integer('y'), 'int'],
      ['long', Column.long('y'), 'int'],
      ['float', Column.float('y'), 'double or int'],
      ['double', Column.double('y'), 'double or int'],
      ['string', Column.string('y'), 'string'],
      ['binary', Column.binary('y'), 'bytes'],
      ['date', Column.date('y'), 'string'],
      ['timestamp', Column.timestamp('y'), 'google.protobuf.Timestamp'],
      ['array', Column.array('y', ElementType.FLOAT, { shape: [-1] }), 'list<double>'],
    ];
    for (const [type, output, expected] of outputs) {
      const text = type === 'array' ? 'array<float>[?]' : type;
      const refusal = `function 'f': expected a result of CEL type ${expected}, for column 'y' of type ${text}, got: ${result}`;
      expect(findings(expression, output)).toEqual(types.includes(type) ? [] : [refusal]);
    }
  });

  test.each(['matrix', '[[1]]', '[]', '[[]]', 'dyn(matrix)', '[dyn(vector)]'])('%s may be of two dimensions', (expression) => {
    expect(findings(expression, Column.array('y', ElementType.LONG, { shape: [-1, 2] }))).toEqual([]);
  });

  test('can be compared with null if the function takes nulls', () => {
    expect(findings('i == null ? 0 : i', Column.integer('y'), { nullsIn: true })).toEqual([]);
    expect(findings('i == null ? 0 : i', Column.integer('y'))).toEqual([
      "function 'f': expected an expression that is valid for its inputs (i: int), " +
        'got: no such overload: int == null\n\n>    1 | i == null ? 0 : i\n         ^',
    ]);
  });
});

describe('fails on', () => {
  const token = Lazy.string({ produce: () => 'later' });

  test.each<[string, Partial<ExpressionFunctionOptions>, string]>([
    [
      'an expression that does not parse',
      { expression: 'a +' },
      "function 'y': `expression` must be CEL, got: Unexpected token: EOF\n\n>    1 | a +\n            ^",
    ],
    ['an empty expression', { expression: '' }, "function 'y': `expression` must be CEL, got: Unexpected token: EOF"],
    ['an expression that is a token', { expression: token }, "function 'y': `expression` must be a literal, got: a token"],
    [
      'an input that the expression does not use',
      { inputs: { b: 'a' } },
      "function 'y': `inputs` must be variables of the expression, got: 'b'",
    ],
    [
      'an input that is no variable',
      { inputs: { 'a.b': 'a' } },
      "function 'y': `inputs` of an expression must be valid names of CEL variables, got: 'a.b'",
    ],
    ['a column that is a token', { inputs: { a: token } }, "function 'y': `inputs` must be a literal, got: a token"],
    ['an empty name', { name: '' }, "the name of a feature function must have at least one character, got: ''"],
    ['a name that is a token', { name: token }, 'the name of a feature function must be a literal, got: a token'],
    [
      'a wrong output',
      { output: Column.long('y', { defaultValue: 'one' }) },
      'column \'y\': `defaultValue` of type long must be a whole number from -2^63 to 2^63-1, in a string of its digits where it is beyond 2^53-1, got: "one"',
    ],
  ])('%s', (_, options, message) => {
    expect(() => render({ expression: 'a', output: Column.long('y'), ...options })).toThrow(new Error(`Stack: ${message}`));
  });

  test.each<[string, string, string]>([
    ['types that do not go together', 'i + d', '(i: int, d: double), got: no such overload: int + double\n\n>    1 | i + d\n         ^'],
    [
      'an unknown function',
      'floor(d)',
      "(d: double), got: found no matching overload for 'floor(double)'\n\n>    1 | floor(d)\n         ^",
    ],
    [
      'types that never go together',
      's + ("b" - 1)',
      '(s: string), got: no such overload: string - int\n\n>    1 | s + ("b" - 1)\n              ^',
    ],
  ])('%s', (_, expression, got) => {
    expect(findings(expression, Column.double('y'))).toEqual([`function 'f': expected an expression that is valid for its inputs ${got}`]);
  });

  test('a variable that is not a column, and names the columns', () => {
    expect(findings('integr + 1', Column.long('y'))).toEqual([
      "function 'f', input 'integr': expected a column of this feature spec ('flag', 'i', 'l', 'f', 'd', 's', 'b', 'day', 'at', 'vector', 'matrix', 'y'), got: 'integr'",
    ]);
  });
});

describe('a pattern of matches()', () => {
  const warnings = (expression: string, options: Partial<ExpressionFunctionOptions> = {}, overridable: string[] = []): string[] => {
    const scope = stack();
    const rules = new FeatureTable(scope, 'Rules', {
      primaryKey: [Column.string('id')],
      features: [Column.string('rule'), Column.array('rules', ElementType.STRING, { shape: [-1] })],
    });
    new FeatureSpec({
      requestColumns: [Column.string('name'), Column.string('pattern'), Column.array('patterns', ElementType.STRING, { shape: [-1] })],
      lookups: [rules.lookup({ lookupKey: ['id'] })],
      functions: [
        FeatureFunction.fromExpression({ expression: "'^' + pattern", output: Column.string('anchored') }),
        FeatureFunction.fromExpression({ expression: "'^' + rule", output: Column.string('anchored_rule') }),
        FeatureFunction.fromExpression({ expression, output: Column.boolean('y'), ...options }),
      ],
      overridable,
    })._render(scope);
    return Annotations.fromStack(scope)
      .findWarning('*', Match.anyValue())
      .map(({ entry }) => entry.data as string);
  };
  const warning = (column: string) =>
    `function 'y': callers choose the pattern of matches(), because it comes from the request ('${column}'); ` +
    'write the pattern in the expression, or take it from a feature table [ack: cdk-ml-serving:requestPattern]';

  test.each([
    ['a request column', 'name.matches(pattern)', 'pattern'],
    ['a part of it', "name.matches('^' + pattern)", 'pattern'],
    ['the output of a function of one', 'name.matches(anchored)', 'anchored'],
    ['an element of one', 'patterns.exists(p, name.matches(p))', 'patterns'],
    ['a value bound to one', 'cel.bind(p, pattern, name.matches(p))', 'pattern'],
    ['a param of the model', 'name.matches(p)', 'params.p', { inputs: { p: 'params.p' } }],
    ['a branch of one', "name.matches(name == '' ? 'a' : pattern)", 'name'],
  ])('gives a warning for %s', (_, expression, column, options: Partial<ExpressionFunctionOptions> = {}) => {
    const [first, ...others] = warnings(expression, options);
    expect(others).toEqual([]);
    expect(first).toBe(column === 'name' ? warning("name', 'pattern") : warning(column));
  });

  test('gives a warning for a looked-up feature that a request may send', () => {
    expect(warnings('name.matches(rule)', {}, ['rule'])).toEqual([warning('rule')]);
  });

  test.each([
    ['a literal', "name.matches('^a')"],
    ['a looked-up feature', 'name.matches(rule)'],
    ['the output of a function of one', 'name.matches(anchored_rule)'],
    ['an element of one', 'rules.exists(p, name.matches(p))'],
    ['no pattern', 'name == pattern'],
  ])('gives no warning for %s', (_, expression) => {
    expect(warnings(expression)).toEqual([]);
  });
});
