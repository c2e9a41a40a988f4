import { compareAnswer } from '../../../lib/contract/compare-answer';
import type { JsonValue, ScalarType } from '../../../lib/contract/data-types';

const tolerance = { rtol: 0.01, atol: 0.5 };

function differences(element: ScalarType, expected: JsonValue, got: JsonValue, at = tolerance) {
  return compareAnswer([{ name: 'y', element, nullable: false }], { y: expected }, got, at);
}

describe('is as expected', () => {
  test.each<[string, ScalarType, JsonValue, JsonValue]>([
    ['a number at the edge of the tolerance', 'float', 100, 101.5],
    ['a negative one', 'double', -100, -101.5],
    ['a value in a list of its own', 'float', [5], 5],
    ['a list of one', 'float', [5], [5]],
    ['lists', 'double', [[1, 2], [3]], [[1.2, 2], [3]]],
    ['NaN', 'float', 'NaN', 'NaN'],
    ['infinities', 'float', ['Infinity', '-Infinity'], ['Infinity', '-Infinity']],
    ['null', 'float', null, null],
    ['a long beyond 2^53', 'long', '9007199254740993', '9007199254740993'],
    ['a whole number', 'integer', 5, 5],
    ['text, also such as a number', 'string', ['NaN', '5'], ['NaN', '5']],
    ['an object, in any order', 'float', { a: 1, b: 0 }, { b: 0.1, a: 1 }],
    ['true', 'boolean', true, true],
  ])('%s', (_, element, expected, got) => expect(differences(element, expected, got)).toEqual([]));

  test('ignores outputs without an expected value', () => {
    const outputs = ['a', 'b'].map((name) => ({ name, element: 'integer' as const, nullable: false }));
    expect(compareAnswer(outputs, { b: 1 }, { a: 7, b: 1 }, tolerance)).toEqual([]);
  });
});

test('a list with a value for each class is compared with an object by class', () => {
  const outputs = [{ name: 'y', element: 'float' as const, nullable: false, classes: ['no', 'yes'] }];
  expect(compareAnswer(outputs, { y: [0.25, 9] }, { no: 0.25, yes: 9 }, tolerance)).toEqual([]);
  expect(compareAnswer(outputs, { y: [9, 0.25] }, { no: 0.25, yes: 9 }, tolerance)).toEqual([
    { output: 'y["no"]', expected: '9', got: '0.25', tolerance },
  ]);
});

test('of an output that is declared as a list, a scalar differs from a list of one', () => {
  const compare = (rank: number | undefined) =>
    compareAnswer([{ name: 'y', element: 'float', nullable: false, ...(rank !== undefined && { rank }) }], { y: [5] }, 5, tolerance);
  expect(compare(1)).toEqual([{ output: 'y', expected: 'a list of 1', got: '5' }]);
  expect(compare(0)).toEqual([]);
  expect(compare(undefined)).toEqual([]);
});

describe('differs', () => {
  test.each<[string, ScalarType, JsonValue, JsonValue, object]>([
    ['a number beyond the tolerance', 'float', 100, 101.51, { output: 'y', expected: '100', got: '101.51', tolerance }],
    ['a number for NaN', 'double', 'NaN', 5, { output: 'y', expected: '"NaN"', got: '5', tolerance }],
    ['NaN for a number', 'double', 5, 'NaN', { output: 'y', expected: '5', got: '"NaN"', tolerance }],
    [
      'an infinity of the other sign',
      'double',
      'Infinity',
      '-Infinity',
      { output: 'y', expected: '"Infinity"', got: '"-Infinity"', tolerance },
    ],
    ['null for a number', 'float', 0, null, { output: 'y', expected: '0', got: 'null', tolerance }],
    ['a number for null', 'float', null, 0, { output: 'y', expected: 'null', got: '0', tolerance }],
    ['another whole number, however near', 'integer', 100, 101, { output: 'y', expected: '100', got: '101' }],
    ['a long in another form', 'long', '5', 5, { output: 'y', expected: '"5"', got: '5' }],
    ['text in another case', 'string', 'a', 'A', { output: 'y', expected: '"a"', got: '"A"' }],
    [
      'the first of a list',
      'float',
      [
        [1, 2],
        [3, 9],
      ],
      [
        [1, 2],
        [5, 5],
      ],
      { output: 'y[1][0]', expected: '3', got: '5', tolerance },
    ],
    ['a list of another length', 'float', [1, 2], [1], { output: 'y', expected: 'a list of 2', got: 'a list of 1' }],
    ['a value for a list', 'float', [1, 2], 1, { output: 'y', expected: 'a list of 2', got: '1' }],
    ['a list for a value', 'float', 1, [1, 2], { output: 'y', expected: '1', got: 'a list of 2', tolerance }],
    ['a class', 'float', { a: 1, b: 5 }, { a: 1, b: 2 }, { output: 'y["b"]', expected: '5', got: '2', tolerance }],
    ['another class', 'float', { a: 1, b: 5 }, { a: 1, c: 5 }, { output: 'y["b"]', expected: '5', got: 'nothing' }],
    ['more classes', 'float', { a: 1 }, { a: 1, b: 5 }, { output: 'y', expected: "an object with 'a'", got: "an object with 'a', 'b'" }],
    ['a value for an object', 'float', { a: 1 }, 1, { output: 'y', expected: "an object with 'a'", got: '1' }],
  ])('%s', (_, element, expected, got, difference) => expect(differences(element, expected, got)).toEqual([difference]));

  test('each of several outputs', () => {
    const outputs = ['a', 'b'].map((name) => ({ name, element: 'integer' as const, nullable: false }));
    expect(compareAnswer(outputs, { a: 1, b: 2 }, { a: 2, b: 1 }, tolerance)).toEqual([
      { output: 'a', expected: '1', got: '2' },
      { output: 'b', expected: '2', got: '1' },
    ]);
  });
});
