import type { JsonValue, ScalarType } from './data-types';
import { isJsonList, isJsonObject, type JsonObject, jsonText } from './json-values';
import { type AnsweredOutput, type CaseTolerance, isFloatingPoint } from './model-cases';

/** A difference between an answer and the answer that a case expects. */
export interface Difference {
  /** The output and the position in it: `probabilities[3]`. */
  readonly output: string;
  readonly expected: string;
  readonly got: string;
  /** The tolerance of the comparison; absent where the values must be equal. */
  readonly tolerance?: CaseTolerance;
}

/** Compares an answer with the expected one. Returns the first difference of each output. */
export function compareAnswer(
  outputs: readonly AnsweredOutput[],
  expected: JsonObject,
  prediction: JsonValue,
  tolerance: CaseTolerance,
): Difference[] {
  const answered = outputs.length === 1 ? { [outputs[0]!.name]: prediction } : (prediction as JsonObject);
  return outputs
    .filter(({ name }) => Object.hasOwn(expected, name))
    .flatMap(({ name, element, rank, classes }) => {
      const got = answered[name]!;
      const value = classes === undefined ? expected[name]! : byClass(expected[name]!, classes);
      const difference = compare(name, element, rank === 0 || rank === undefined ? unwrapped(value, got) : value, got, tolerance);
      return difference === undefined ? [] : [difference];
    });
}

/** Converts an expected list with a value for each class to an object by class. */
function byClass(expected: JsonValue, classes: readonly string[]): JsonValue {
  return isJsonList(expected) ? Object.fromEntries(classes.map((name, i) => [name, expected[i]!])) : expected;
}

/** Unwraps an expected list of one where the answer has a single value. Only an output that is declared as a list must be answered as one. */
function unwrapped(expected: JsonValue, got: JsonValue): JsonValue {
  return isJsonList(expected) && expected.length === 1 && !isJsonList(expected[0]!) && !isJsonList(got) ? expected[0]! : expected;
}

function compare(
  output: string,
  element: ScalarType,
  expected: JsonValue,
  got: JsonValue,
  tolerance: CaseTolerance,
): Difference | undefined {
  if (isJsonList(expected)) {
    if (!isJsonList(got) || got.length !== expected.length) return { output, expected: jsonText(expected), got: jsonText(got) };
    return firstOf(expected, (value, i) => compare(`${output}[${i}]`, element, value, got[i]!, tolerance));
  }
  if (isJsonObject(expected)) {
    if (!isJsonObject(got) || Object.keys(got).length !== Object.keys(expected).length)
      return { output, expected: jsonText(expected), got: jsonText(got) };
    return firstOf(Object.entries(expected), ([key, value]) => {
      const path = `${output}[${JSON.stringify(key)}]`;
      return Object.hasOwn(got, key)
        ? compare(path, element, value, got[key]!, tolerance)
        : { output: path, expected: jsonText(value), got: 'nothing' };
    });
  }
  if (isFloatingPoint(element)) {
    if (expected !== null && isNear(numberOf(expected), numberOf(got), tolerance)) return undefined;
    if (expected !== null || got !== null) return { output, expected: jsonText(expected), got: jsonText(got), tolerance };
  }
  return expected === got ? undefined : { output, expected: jsonText(expected), got: jsonText(got) };
}

function firstOf<T>(all: readonly T[], differenceOf: (one: T, i: number) => Difference | undefined): Difference | undefined {
  for (const [i, one] of all.entries()) {
    const difference = differenceOf(one, i);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** Returns the number that a JSON value represents, or undefined if it represents none. */
function numberOf(value: JsonValue): number | undefined {
  if (typeof value === 'number') return value;
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? Number(value) : undefined;
}

function isNear(expected: number | undefined, got: number | undefined, { rtol, atol }: CaseTolerance): boolean {
  if (expected === undefined || got === undefined) return false;
  // a relative tolerance of an infinity would be infinite
  return Object.is(expected, got) || (Number.isFinite(expected) && Math.abs(got - expected) <= atol + rtol * Math.abs(expected));
}

/** Formats the difference for a report. */
export function differenceText({ output, expected, got, tolerance }: Difference): string {
  const allowed = tolerance === undefined ? 'exactly' : `within ${tolerance.atol} + ${tolerance.rtol}·|expected|`;
  return `output '${output}': expected ${expected} ${allowed}, got: ${got}`;
}
