import type * as Cel from '@marcbachmann/cel-js';
import { type Construct } from 'constructs';
import { refuse } from '../refuse';
import { CEL_ANY, celResultBecomes, celResultsText, celType } from '../spec/cel-types';
import { type TypedName } from '../spec/check-entity';
import { typeText } from '../spec/data-types';
import { type ExpressionFunctionSpec } from '../spec/endpoint-spec';

// eslint-disable-next-line @typescript-eslint/no-require-imports -- bundled: the package is ESM only, which a consumer's jest does not load
const { Environment } = require('../../assets/synth/cel.js') as typeof Cel;

/** What a CEL variable may be called; the engine itself would take more than it can parse. */
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** How the engine says that it does not know a variable. */
const UNKNOWN_VARIABLE = /^Unknown variable: (.+)$/;

/**
 * The variables of an expression in the order of their first use. The engine is asked for one after the other, because it alone knows
 * which names its macros bind.
 */
export function expressionVariables(scope: Construct, what: string, expression: string, inputs: readonly string[]): string[] {
  const odd = inputs.find((name) => !IDENTIFIER.test(name));
  if (odd !== undefined) refuse(scope, `${what}: \`inputs\` of an expression must be named as CEL names variables, got: '${odd}'`);
  const environment = new Environment();
  const variables: string[] = [];
  for (;;) {
    const { error } = environment.check(expression);
    if (error === undefined) return variables;
    const name = UNKNOWN_VARIABLE.exec(error.summary)?.[1];
    if (name === undefined) refuse(scope, `${what}: \`expression\` must be CEL, got: ${error.message}`);
    environment.registerVariable(name, CEL_ANY);
    variables.push(name);
  }
}

/** Checks an expression with the types of its inputs, by the engine that runs it. */
export function checkExpression(
  { expression, nullsIn, output }: ExpressionFunctionSpec,
  inputs: readonly TypedName[],
): { expected: string; got: string } | undefined {
  const environment = new Environment();
  for (const { name, type } of inputs) environment.registerVariable(name, nullsIn ? CEL_ANY : celType(type));
  const { type: result, error } = environment.check(expression);
  if (error !== undefined || result === undefined) {
    const typed = inputs.map(({ name, type }) => `${name}: ${nullsIn ? CEL_ANY : celType(type)}`).join(', ');
    return { expected: `an expression that is right for its inputs (${typed})`, got: String(error?.message) };
  }
  if (celResultBecomes(result, output.type)) return undefined;
  return {
    expected: `a result of CEL type ${celResultsText(output.type)}, for column '${output.name}' of type ${typeText(output.type)}`,
    got: result,
  };
}
