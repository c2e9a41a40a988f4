import { type ColumnSpec } from './data-types';
import { type EntityPieces } from './check-entity';
import { type FunctionSpec, type LookupSpec } from './endpoint-spec';

/** A column that a lookup gives. */
export interface LookedUpColumn {
  readonly kind: 'lookup';
  readonly column: ColumnSpec;
  /** The name of the feature in its table. */
  readonly feature: string;
  readonly lookup: LookupSpec;
  /** The place of the lookup among the lookups. */
  readonly index: number;
}

/** A column that a function gives. */
export interface ComputedColumn {
  readonly kind: 'function';
  readonly column: ColumnSpec;
  readonly function: FunctionSpec;
}

/** A column that is not sent by the caller. */
export type MadeColumn = LookedUpColumn | ComputedColumn;

/** Every column that lookups and functions give, in declared order; a name may come up twice. */
export function madeColumns({ features }: EntityPieces): MadeColumn[] {
  return [
    ...features.lookups.flatMap((lookup, index) =>
      lookup.features.map(({ feature, column }): MadeColumn => ({ kind: 'lookup', column, feature, lookup, index })),
    ),
    ...features.functions.map((made): MadeColumn => ({ kind: 'function', column: made.output, function: made })),
  ];
}

/** The columns by name, in their order; of two with one name the first. */
export function byName<T extends { readonly column: ColumnSpec }>(made: readonly T[]): Map<string, T> {
  const named = new Map<string, T>();
  for (const one of made) if (!named.has(one.column.name)) named.set(one.column.name, one);
  return named;
}

/** The source of a column as a finding says it. */
export function sourceText(made: MadeColumn): string {
  return made.kind === 'function' ? `the output of function '${made.function.name}'` : `a feature of the lookup of '${made.lookup.table}'`;
}

/** The names as a finding lists them. */
export function namesText(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map((name) => `'${name}'`).join(', ');
}
