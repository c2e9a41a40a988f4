import type * as Cel from '@marcbachmann/cel-js';
import { CEL_ANY, celType } from '../../lib/contract/cel-types';
import { type DataType, isArray, type ScalarType } from '../../lib/contract/data-types';
import type { ExpressionFunctionSpec } from '../../lib/contract/endpoint-spec';

/** Compiles a CEL expression to a function of its inputs' values, in order. @throws Error if the expression does not parse */
export function compileExpression(
  { name, expression, inputs, nullsIn }: ExpressionFunctionSpec,
  types: readonly DataType[],
): (values: readonly unknown[]) => unknown {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load the engine at every cold start, even if no expression needs it
  const { Environment } = require('@marcbachmann/cel-js') as typeof Cel;
  const environment = new Environment();
  inputs.forEach((input, i) => environment.registerVariable(input.name, nullsIn ? CEL_ANY : celType(types[i]!)));
  const evaluate = parse(environment, name, expression);
  const converters = types.map(toCel);
  const names = inputs.map((input) => input.name);
  return (values) => {
    const context: Record<string, unknown> = {};
    for (let i = 0; i < names.length; i++) context[names[i]!] = values[i] === null ? null : converters[i]!(values[i]);
    return evaluate(context);
  };
}

function parse(environment: Cel.Environment, name: string, expression: string): (context: Record<string, unknown>) => unknown {
  try {
    return environment.parse(expression);
  } catch (error) {
    throw new Error(`function '${name}': expected an expression in CEL, got: ${expression}`, { cause: error });
  }
}

type Converter = (value: unknown) => unknown;

const asItIs: Converter = (value) => value;

const CEL_VALUES: Record<ScalarType, Converter> = {
  boolean: asItIs,
  integer: (value) => BigInt(value as number),
  long: asItIs,
  float: asItIs,
  double: asItIs,
  string: asItIs,
  binary: asItIs,
  date: asItIs,
  // the engine keeps instants as JavaScript dates, which have no microseconds
  timestamp: (value) => new Date(Number((value as bigint) / 1000n)),
};

/** Converts values from the JavaScript form of a type to CEL's. */
function toCel(type: DataType): Converter {
  if (!isArray(type)) return CEL_VALUES[type];
  const nested = (depth: number): Converter => {
    const inner = depth === 1 ? CEL_VALUES[type.element] : nested(depth - 1);
    return (value) => (value as readonly unknown[]).map(inner);
  };
  return nested(type.shape.length);
}
