import { Mismatch } from '../protocols/mismatch';
import { shownNames } from '../protocols/shown';
import { Refusal } from '../refusal';
import type { ParamPlan } from './plan';

/** A param's value, and the column that has it in all rows, where a function reads it. */
export interface ReadParam {
  readonly column: number | undefined;
  /** In the JavaScript form of its type, or null. */
  readonly value: unknown;
}

/**
 * The value of every param: what the request sets, where it is not null, else its default.
 * @throws Refusal at a name that is no param, or a value that is none of its type
 */
export function readParams(plans: readonly ParamPlan[], given: Readonly<Record<string, unknown>> = {}): ReadParam[] {
  const unknown = Object.keys(given).filter((name) => !plans.some((param) => param.name === name));
  if (unknown.length > 0) {
    const expected =
      plans.length === 0 ? 'no params, because the model has none' : `params of ${shownNames(plans.map(({ name }) => name))}`;
    throw new Refusal('INVALID_PARAMETER_VALUE', { expected, got: shownNames(unknown) });
  }
  return plans.map((param) => ({
    column: param.column,
    value: readParam(param, Object.hasOwn(given, param.name) ? given[param.name] : null),
  }));
}

function readParam({ name, read, fallback }: ParamPlan, given: unknown): unknown {
  if (given === null) return fallback;
  try {
    return read(given) ?? fallback;
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    throw new Refusal('INVALID_PARAMETER_VALUE', `param '${name}': expected ${error.expected}, got: ${error.got}`, { cause: error });
  }
}
