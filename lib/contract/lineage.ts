import { type MadeColumn } from './column-sources';
import { type ColumnSpec } from './data-types';
import { type ModelSpec, REQUEST_TIME } from './endpoint-spec';

/** Where a column comes from, and the columns that it is made of. */
export interface ColumnLineage {
  readonly column: ColumnSpec;
  /** `clock` is the built-in input of functions, the time of the request; `param` is a param of the model, which a function reads. */
  readonly source: 'request' | 'lookup' | 'function' | 'routine' | 'clock' | 'param';
  /** Of a lookup: the table, the feature's name in it, and whether the request may send the column instead. */
  readonly lookup?: { readonly table: string; readonly feature: string; readonly overridable: boolean };
  /** Of a function: its name. */
  readonly functionName?: string;
  /** Of what a model's routine computes before the model: its name. */
  readonly routineName?: string;
  /** The columns of the lookup key in the order of the primary key, or the columns that the function or routine reads. */
  readonly from: readonly ColumnLineage[];
}

/** Where a column of a model's input, or of the answer of feature serving, comes from. */
export interface InputLineage extends ColumnLineage {
  /** The tensor that the column feeds, by the graph's name; absent for feature serving, and for what a routine reads after the model. */
  readonly tensor?: string;
}

/** What is known of every column once the checks have passed. */
export interface KnownColumns {
  readonly made: ReadonlyMap<string, MadeColumn>;
  readonly columns: ReadonlyMap<string, ColumnSpec>;
  /** The model's params by the names under which functions take them. */
  readonly params: ReadonlyMap<string, ColumnSpec>;
  readonly overridable: readonly string[];
}

/** Follows a column to the request. The columns must be free of cycles. */
export function traceColumn(name: string, known: KnownColumns): ColumnLineage {
  if (name === REQUEST_TIME) return { column: { name, type: 'timestamp' }, source: 'clock', from: [] };
  const param = known.params.get(name);
  if (param !== undefined) return { column: param, source: 'param', from: [] };
  const column = known.columns.get(name)!;
  const made = known.made.get(name);
  if (made === undefined) return { column, source: 'request', from: [] };
  const trace = (from: string) => traceColumn(from, known);
  if (made.kind === 'function') {
    return { column, source: 'function', functionName: made.function.name, from: made.function.inputs.map((input) => trace(input.column)) };
  }
  const { table, lookupKey } = made.lookup;
  return {
    column,
    source: 'lookup',
    lookup: { table, feature: made.feature, overridable: known.overridable.includes(name) },
    from: lookupKey.map(trace),
  };
}

/** Follows every column of a model's inputs to the request, in the model's order; then what is read after the model alone. */
export function traceModel({ inputs, routine }: ModelSpec, known: KnownColumns): InputLineage[] {
  const before = routine?.preprocess;
  const fed = inputs.flatMap((input) => input.columns.map(({ name }) => ({ name, tensor: input.name })));
  const read = new Set([...fed, ...(before?.inputs ?? [])].map(({ name }) => name));
  const after = routine?.postprocess?.inputs.filter(({ name }) => !read.has(name)) ?? [];
  return [
    ...fed.map(({ name, tensor }): InputLineage => {
      const column = before?.outputs.find((output) => output.name === name);
      if (column === undefined) return { ...traceColumn(name, known), tensor };
      const from = before!.inputs.map((input) => traceColumn(input.name, known));
      return { column, source: 'routine', routineName: routine!.name, from, tensor };
    }),
    ...after.map(({ name }) => traceColumn(name, known)),
  ];
}
