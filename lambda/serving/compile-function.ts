import type { DataType } from '../../lib/contract/data-types';
import type { FunctionSpec } from '../../lib/contract/endpoint-spec';
import { compileExpression } from './compile-expression';
import { valueCopier } from './copy-value';
import { resultReader } from './function-result';
import type { FunctionPlan } from './plan';

/** Loads a JavaScript file of the asset. */
export type LoadModule = (file: string) => unknown;

/**
 * Compiles a feature function.
 * @param types the types of the function's inputs, in order
 */
export function compileFunction(fn: FunctionSpec, types: readonly DataType[], loadModule: LoadModule): FunctionPlan['call'] {
  const names = fn.inputs.map(({ name }) => name);
  const read = resultReader(fn.output.type);
  if (fn.kind === 'expression') {
    const evaluate = compileExpression(fn, types);
    return (inputs) => read(evaluate(inputs));
  }
  const call = exportedFunction(loadModule(fn.file), fn.exportName, fn.file);
  const copies = types.map(valueCopier);
  return (inputs) => read(call(Object.fromEntries(names.map((name, i) => [name, copies[i]!(inputs[i])]))));
}

/** Returns a function of a user's file. @throws Error if the file does not export the function */
export function exportedFunction(module: unknown, name: string, file: string): (...args: readonly unknown[]) => unknown {
  const value = (module as Record<string, unknown>)[name];
  if (typeof value !== 'function') throw new Error(`${file}: expected a function exported as '${name}', got: ${typeof value}`);
  return value as (...args: readonly unknown[]) => unknown;
}
