import { type FunctionSpec } from './endpoint-spec';
import { type Finding, namesText } from './finding';

/** Orders the functions so that each one follows those that it reads, close to the declared order. @throws Error if they form a cycle */
export function orderFunctions(functions: readonly FunctionSpec[]): FunctionSpec[] {
  const ordered: FunctionSpec[] = [];
  let rest = [...functions];
  while (rest.length > 0) {
    const waiting = new Set(rest.map(({ output }) => output.name));
    const ready = rest.filter(({ inputs }) => !inputs.some(({ column }) => waiting.has(column)));
    if (ready.length === 0) throw new Error(`expected functions without a cycle, got: ${namesText(rest.map(({ name }) => name))}`);
    // one at a time, so that a function stays before later ones wherever its inputs allow
    ordered.push(ready[0]!);
    rest = rest.filter((one) => one !== ready[0]);
  }
  return ordered;
}

/** Checks that functions form no cycle. */
export function checkFunctionCycles(functions: readonly FunctionSpec[]): Finding[] {
  const maker = new Map(functions.map((one) => [one.output.name, one]));
  for (const start of functions) {
    const back = pathBack(start, start, maker, new Set());
    if (back === undefined) continue;
    const cycle = [start.name, ...back].map((name) => `'${name}'`).join(' ← ');
    return [{ path: '`functions`', expected: 'functions without a cycle', got: cycle }];
  }
  return [];
}

/** Returns the names of the functions on a path from a function's inputs back to the target, which comes last. */
function pathBack(
  from: FunctionSpec,
  target: FunctionSpec,
  maker: ReadonlyMap<string, FunctionSpec>,
  seen: Set<FunctionSpec>,
): string[] | undefined {
  for (const { column } of from.inputs) {
    const next = maker.get(column);
    if (next === target) return [target.name];
    if (next === undefined || seen.has(next)) continue;
    seen.add(next);
    const rest = pathBack(next, target, maker, seen);
    if (rest !== undefined) return [next.name, ...rest];
  }
  return undefined;
}
