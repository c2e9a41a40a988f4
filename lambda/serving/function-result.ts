import { type DataType, isArray, type ScalarType, typeText } from '../../lib/contract/data-types';
import { daysOf, isTimestamp } from '../../lib/contract/calendar';
import { Mismatch } from '../protocols/mismatch';
import { shapeOf } from '../protocols/read-value';
import { describeValue } from '../protocols/describe-value';

/** Turns a function's result into a value of its output column, or null. @throws Mismatch if the column cannot hold it */
export type ResultReader = (result: unknown) => unknown;

/** Makes the reader of results for an output's type. Undefined and NaN are missing values. */
export function resultReader(type: DataType): ResultReader {
  const read = isArray(type) ? arrayResult(type.element, type.shape, typeText(type)) : SCALAR_RESULTS[type];
  return (result) => {
    if (result === null || result === undefined) return null;
    const value = read(result);
    return Number.isNaN(value) ? null : value;
  };
}

/** CEL returns every whole number as a bigint and every instant as a Date; JavaScript functions often return a small long as a number. */
const SCALAR_RESULTS: Record<ScalarType, ResultReader> = {
  boolean: (result) => of('boolean', typeof result === 'boolean', result, result),
  integer(result) {
    const number = typeof result === 'bigint' ? Number(result) : result;
    return of('integer', ((number as number) | 0) === number, result, (number as number) | 0);
  },
  long(result) {
    const whole = Number.isSafeInteger(result) ? BigInt(result as number) : result;
    return of('long', typeof whole === 'bigint' && BigInt.asIntN(64, whole) === whole, result, whole);
  },
  float(result) {
    const number = isNumber(result) ? Math.fround(Number(result)) : undefined;
    return of('float', number !== undefined && Number.isFinite(number) === Number.isFinite(Number(result)), result, number);
  },
  double(result) {
    const number = isNumber(result) ? Number(result) : undefined;
    // a bigint may be beyond the range
    return of('double', number !== undefined && (typeof result === 'number' || Number.isFinite(number)), result, number);
  },
  string: (result) => of('string', typeof result === 'string', result, result),
  // a copy: user code may change the bytes when it is called again
  binary: (result) => of('binary', result instanceof Uint8Array, result, result instanceof Uint8Array && new Uint8Array(result)),
  date: (result) => of('date', typeof result === 'string' && daysOf(result) !== undefined, result, result),
  timestamp(result) {
    const microseconds = isInstant(result) ? BigInt(result.getTime()) * 1000n : result;
    return of('timestamp', typeof microseconds === 'bigint' && isTimestamp(microseconds), result, microseconds);
  },
};

function of(type: ScalarType, isRight: boolean, result: unknown, value: unknown): unknown {
  if (!isRight) throw new Mismatch(type, describeValue(result));
  return value;
}

function isNumber(result: unknown): result is number | bigint {
  return typeof result === 'number' || typeof result === 'bigint';
}

function isInstant(result: unknown): result is Date {
  return result instanceof Date && !Number.isNaN(result.getTime());
}

function arrayResult(element: ScalarType, declared: readonly (number | null)[], expected: string): ResultReader {
  return (result) => {
    const shape = shapeOf(result, declared);
    if (shape.length !== declared.length || declared.some((length, axis) => length !== null && length !== shape[axis])) {
      throw new Mismatch(expected, Array.isArray(result) ? `lists of shape [${shape.join(',')}]` : describeValue(result));
    }
    return nested(result, shape, expected, SCALAR_RESULTS[element]);
  };
}

function nested(result: unknown, [length, ...inner]: readonly number[], expected: string, read: ResultReader): unknown {
  if (length === undefined) return read(result);
  if (!Array.isArray(result) || result.length !== length) throw new Mismatch(expected, `${describeValue(result)} inside a list`);
  return result.map((item) => nested(item, inner, expected, read));
}
