import type * as Cel from '@marcbachmann/cel-js';
import { type Construct } from 'constructs';
import { refuse } from '../refuse';
import { CEL_ANY, celResultBecomes, celResultsText, celType } from '../contract/cel-types';
import { type TypedName } from '../contract/check-entity';
import { typeText } from '../contract/data-types';
import { type ExpressionFunctionSpec } from '../contract/endpoint-spec';

// eslint-disable-next-line @typescript-eslint/no-require-imports -- bundled: the package is ESM only, which a consumer's jest does not load
const { Environment } = require('../../assets/synth/cel.js') as typeof Cel;

/** A name of a CEL variable. The engine registers more names than it can parse. */
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The macros that bind their first argument to each element of a list: https://github.com/google/cel-spec/blob/master/doc/langdef.md#macros
 */
const LIST_MACROS: readonly string[] = ['all', 'exists', 'exists_one', 'filter', 'map'];

/** A node of the engine's syntax tree. `args` holds the child nodes, as single nodes or in lists. */
interface Node {
  readonly op: string;
  readonly args: unknown;
}

/** Returns the variables of an expression in the order of their first use, without those that a macro binds and CEL's own names. */
export function expressionVariables(scope: Construct, what: string, expression: string, inputs: readonly string[]): string[] {
  const invalid = inputs.find((name) => !IDENTIFIER.test(name));
  if (invalid !== undefined) refuse(scope, `${what}: \`inputs\` of an expression must be valid names of CEL variables, got: '${invalid}'`);
  const environment = new Environment();
  const variables = freeVariables(parse(scope, what, expression), []);
  return [...new Set(variables)].filter((name) => !environment.hasVariable(name));
}

function parse(scope: Construct, what: string, expression: string): unknown {
  try {
    return new Environment().parse(expression).ast;
  } catch (error) {
    if ((error as Error).name !== 'ParseError') throw error;
    return refuse(scope, `${what}: \`expression\` must be CEL, got: ${(error as Error).message}`);
  }
}

function freeVariables(part: unknown, bound: readonly string[]): string[] {
  if (Array.isArray(part)) return part.flatMap((one) => freeVariables(one, bound));
  if (!isNode(part)) return [];
  if (part.op === 'id') return bound.includes(part.args as string) ? [] : [part.args as string];
  if (part.op !== 'rcall') return freeVariables(part.args, bound);
  const [name, receiver, args] = part.args as [string, Node, Node[]];
  const [first, ...rest] = args;
  if (first?.op !== 'id' || rest.length === 0) return freeVariables([receiver, args], bound);
  const inside = [...bound, first.args as string];
  if (LIST_MACROS.includes(name)) return [...freeVariables(receiver, bound), ...freeVariables(rest, inside)];
  const isBind = name === 'bind' && receiver.op === 'id' && receiver.args === 'cel';
  return isBind ? [...freeVariables(rest[0], bound), ...freeVariables(rest.slice(1), inside)] : freeVariables([receiver, args], bound);
}

/** Returns the variables that the patterns of `matches()` are computed from. The expression must be valid. */
export function patternVariables(expression: string): string[] {
  return [...new Set(variablesOfPatterns(new Environment().parse(expression).ast, new Map()))];
}

/** @param bindings the variables that the values of macro variables come from */
function variablesOfPatterns(part: unknown, bindings: ReadonlyMap<string, readonly string[]>): string[] {
  if (Array.isArray(part)) return part.flatMap((one) => variablesOfPatterns(one, bindings));
  if (!isNode(part)) return [];
  const sources = (value: unknown) => freeVariables(value, []).flatMap((name) => bindings.get(name) ?? [name]);
  if (part.op === 'call') {
    const [name, args] = part.args as [string, Node[]];
    return [...(name === 'matches' ? sources(args[1]) : []), ...variablesOfPatterns(args, bindings)];
  }
  if (part.op !== 'rcall') return variablesOfPatterns(part.args, bindings);
  const [name, receiver, args] = part.args as [string, Node, Node[]];
  const [first, second] = args;
  const isBind = name === 'bind' && receiver.op === 'id' && receiver.args === 'cel';
  const bound = LIST_MACROS.includes(name) ? receiver : isBind ? second : undefined;
  const inside = bound === undefined || first?.op !== 'id' ? bindings : new Map(bindings).set(first.args as string, sources(bound));
  return [...(name === 'matches' ? sources(first) : []), ...variablesOfPatterns(receiver, bindings), ...variablesOfPatterns(args, inside)];
}

function isNode(part: unknown): part is Node {
  return typeof part === 'object' && part !== null && 'op' in part;
}

/** Checks an expression against the types of its inputs and its output, with the engine that runs it. */
export function checkExpression(
  { expression, nullsIn, output }: ExpressionFunctionSpec,
  inputs: readonly TypedName[],
): { expected: string; got: string } | undefined {
  const environment = new Environment();
  for (const { name, type } of inputs) environment.registerVariable(name, nullsIn ? CEL_ANY : celType(type));
  const { type: result, error } = environment.check(expression);
  if (error !== undefined || result === undefined) {
    const typed = inputs.map(({ name, type }) => `${name}: ${nullsIn ? CEL_ANY : celType(type)}`).join(', ');
    return { expected: `an expression that is valid for its inputs (${typed})`, got: String(error?.message) };
  }
  if (celResultBecomes(result, output.type)) return undefined;
  return {
    expected: `a result of CEL type ${celResultsText(output.type)}, for column '${output.name}' of type ${typeText(output.type)}`,
    got: result,
  };
}
