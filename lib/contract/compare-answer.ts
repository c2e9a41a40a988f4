import { isArray, isObject } from './json-kinds';
import type { JsonValue, ScalarType } from './data-types';
import { type AnsweredOutput, type CaseTolerance, isFloatingPoint } from './model-cases';

/** A value that is not what a case expects. */
export interface Difference {
  /** The output, and where in it: `probabilities[3]`. */
  readonly output: string;
  readonly expected: string;
  readonly got: string;
  /** Absent where values must be equal. */
  readonly tolerance?: CaseTolerance;
}

/** What differs in an answer from what a case expects: the first of each output. */
export function compareAnswer(
  outputs: readonly AnsweredOutput[],
  expected: { readonly [output: string]: JsonValue },
  prediction: JsonValue,
  tolerance: CaseTolerance,
): Difference[] {
  const answered = outputs.length === 1 ? { [outputs[0]!.name]: prediction } : (prediction as { readonly [output: string]: JsonValue });
  return outputs
    .filter(({ name }) => Object.hasOwn(expected, name))
    .flatMap(({ name, element }) => {
      const got = answered[name]!;
      const difference = compare(name, element, unwrapped(expected[name]!, got), got, tolerance);
      return difference === undefined ? [] : [difference];
    });
}

/** A value that an output has in a list of its own, where the answer has it alone. */
function unwrapped(expected: JsonValue, got: JsonValue): JsonValue {
  return isArray(expected) && expected.length === 1 && !isArray(expected[0]!) && !isArray(got) ? expected[0]! : expected;
}

function compare(
  output: string,
  element: ScalarType,
  expected: JsonValue,
  got: JsonValue,
  tolerance: CaseTolerance,
): Difference | undefined {
  if (isArray(expected)) {
    if (!isArray(got) || got.length !== expected.length) return { output, expected: shown(expected), got: shown(got) };
    return firstOf(expected, (value, i) => compare(`${output}[${i}]`, element, value, got[i]!, tolerance));
  }
  if (isObject(expected)) {
    if (!isObject(got) || Object.keys(got).length !== Object.keys(expected).length)
      return { output, expected: shown(expected), got: shown(got) };
    return firstOf(Object.entries(expected), ([key, value]) => {
      const path = `${output}[${JSON.stringify(key)}]`;
      return Object.hasOwn(got, key)
        ? compare(path, element, value, got[key]!, tolerance)
        : { output: path, expected: shown(value), got: 'nothing' };
    });
  }
  if (isFloatingPoint(element)) {
    if (expected !== null && isNear(numberOf(expected), numberOf(got), tolerance)) return undefined;
    if (expected !== null || got !== null) return { output, expected: shown(expected), got: shown(got), tolerance };
  }
  return expected === got ? undefined : { output, expected: shown(expected), got: shown(got) };
}

function firstOf<T>(all: readonly T[], differenceOf: (one: T, i: number) => Difference | undefined): Difference | undefined {
  for (const [i, one] of all.entries()) {
    const difference = differenceOf(one, i);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** The number that a JSON value stands for; undefined if it stands for none. */
function numberOf(value: JsonValue): number | undefined {
  if (typeof value === 'number') return value;
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? Number(value) : undefined;
}

function isNear(expected: number | undefined, got: number | undefined, { rtol, atol }: CaseTolerance): boolean {
  if (expected === undefined || got === undefined) return false;
  // of an infinity any tolerance would be infinite
  return Object.is(expected, got) || (Number.isFinite(expected) && Math.abs(got - expected) <= atol + rtol * Math.abs(expected));
}

function shown(value: JsonValue): string {
  if (isArray(value)) return `a list of ${value.length}`;
  if (isObject(value))
    return `an object of ${Object.keys(value)
      .map((key) => `'${key}'`)
      .join(', ')}`;
  return JSON.stringify(value);
}

/** The difference as reports say it. */
export function differenceText({ output, expected, got, tolerance }: Difference): string {
  const allowed = tolerance === undefined ? 'exactly' : `within ${tolerance.atol} + ${tolerance.rtol}·|expected|`;
  return `output '${output}': expected ${expected} ${allowed}, got: ${got}`;
}
