import { Mismatch } from '../protocols/mismatch';
import { describeNames } from '../protocols/describe-value';
import { Refusal } from '../refusal';
import type { ParamPlan } from './plan';

/**
 * The value of every param in the JavaScript form of its type, undefined where the request does not set it or sets it to null.
 * @throws Refusal at a name that is no param, or a value that is none of its type
 */
export function readParams(plans: readonly ParamPlan[], given: Readonly<Record<string, unknown>> = {}): unknown[] {
  const unknown = Object.keys(given).filter((name) => !plans.some((param) => param.name === name));
  if (unknown.length > 0) {
    const expected =
      plans.length === 0 ? 'no params, because the model has none' : `params of ${describeNames(plans.map(({ name }) => name))}`;
    throw new Refusal('INVALID_PARAMETER_VALUE', { expected, got: describeNames(unknown) });
  }
  return plans.map((param) => readParam(param, Object.hasOwn(given, param.name) ? given[param.name] : null));
}

function readParam({ name, read }: ParamPlan, given: unknown): unknown {
  if (given === null) return undefined;
  try {
    return read(given) ?? undefined;
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    throw new Refusal('INVALID_PARAMETER_VALUE', `param '${name}': expected ${error.expected}, got: ${error.got}`, { cause: error });
  }
}
