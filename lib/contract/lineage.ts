import { type DerivedColumn } from './entity-pieces';
import { type ColumnSpec } from './data-types';
import { type ModelSpec, REQUEST_TIME } from './endpoint-spec';

/** The source of a column, and the columns that it is computed from. */
export interface ColumnLineage {
  readonly column: ColumnSpec;
  /** `clock` is the built-in input `request_time`; `param` is a param of the model that a function reads. */
  readonly source: 'request' | 'lookup' | 'function' | 'routine' | 'clock' | 'param';
  /** For a lookup: the table, the name of the feature in it, and whether a request may send the column instead. */
  readonly lookup?: { readonly table: string; readonly feature: string; readonly overridable: boolean };
  /** For a function: its name. */
  readonly functionName?: string;
  /** For a column that the model's routine computes: the name of the routine. */
  readonly routineName?: string;
  /** The columns of the lookup key, in the order of the primary key, or the inputs of the function or routine. */
  readonly from: readonly ColumnLineage[];
}

/** The source of an input column of a model, or of a column that feature serving answers. */
export interface InputLineage extends ColumnLineage {
  /**
   * The name of the tensor that the column feeds; absent for feature serving, and for a column that only the routine's postprocess reads.
   */
  readonly tensor?: string;
}

/** The columns of an entity that has passed its checks. */
export interface KnownColumns {
  readonly derived: ReadonlyMap<string, DerivedColumn>;
  readonly columns: ReadonlyMap<string, ColumnSpec>;
  /** The model's params, by the column names that functions use for them. */
  readonly params: ReadonlyMap<string, ColumnSpec>;
  readonly overridable: readonly string[];
}

/** Traces a column back to the request. The functions must form no cycle. */
export function traceColumn(name: string, known: KnownColumns): ColumnLineage {
  if (name === REQUEST_TIME) return { column: { name, type: 'timestamp' }, source: 'clock', from: [] };
  const param = known.params.get(name);
  if (param !== undefined) return { column: param, source: 'param', from: [] };
  const column = known.columns.get(name)!;
  const derived = known.derived.get(name);
  if (derived === undefined) return { column, source: 'request', from: [] };
  const trace = (from: string) => traceColumn(from, known);
  if (derived.kind === 'function') {
    const { name: functionName, inputs } = derived.function;
    return { column, source: 'function', functionName, from: inputs.map((input) => trace(input.column)) };
  }
  const { table, lookupKey } = derived.lookup;
  return {
    column,
    source: 'lookup',
    lookup: { table, feature: derived.feature, overridable: known.overridable.includes(name) },
    from: lookupKey.map(trace),
  };
}

/**
 * Traces the model's input columns back to the request, in the model's order, then the columns that only the routine's postprocess reads.
 */
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
