import { type ColumnSpec, type DataType } from './data-types';
import { type FeaturesSpec, type FunctionSpec, type LookupSpec, type ModelSpec, type TableSpec } from './endpoint-spec';

/** The declared parts of a served entity, before they are checked. */
export interface EntityPieces {
  readonly features: FeaturesSpec;
  readonly declaredRequestColumns: readonly ColumnSpec[];
  /** The looked-up columns that a request may send instead. */
  readonly overridable: readonly string[];
  /** The tables that the lookups read. */
  readonly tables: readonly TableSpec[];
  /** Absent for a feature spec. */
  readonly model?: ModelSpec;
  /** The types that all entities of the endpoint share, by request column; absent before the entities are compared. */
  readonly requestTypes?: ReadonlyMap<string, DataType>;
}

/** A column that a lookup returns. */
export interface LookedUpColumn {
  readonly kind: 'lookup';
  readonly column: ColumnSpec;
  /** The name of the feature in its table. */
  readonly feature: string;
  readonly lookup: LookupSpec;
  /** The position of the lookup, from 0. */
  readonly index: number;
}

/** A column that a function computes. */
export interface ComputedColumn {
  readonly kind: 'function';
  readonly column: ColumnSpec;
  readonly function: FunctionSpec;
}

/** A column that a lookup returns or a function computes. */
export type DerivedColumn = LookedUpColumn | ComputedColumn;

/** Returns every looked-up and computed column in declared order. A name may occur more than once. */
export function derivedColumns({ features }: EntityPieces): DerivedColumn[] {
  return [
    ...features.lookups.flatMap((lookup, index) =>
      lookup.features.map(({ feature, column }): DerivedColumn => ({ kind: 'lookup', column, feature, lookup, index })),
    ),
    ...features.functions.map((one): DerivedColumn => ({ kind: 'function', column: one.output, function: one })),
  ];
}

/** Returns the columns by name, in their order. The first of two columns with the same name wins. */
export function byName<T extends { readonly column: ColumnSpec }>(columns: readonly T[]): Map<string, T> {
  const named = new Map<string, T>();
  for (const one of columns) if (!named.has(one.column.name)) named.set(one.column.name, one);
  return named;
}

/** Describes the source of a column in a finding. */
export function sourceText(source: DerivedColumn): string {
  return source.kind === 'function'
    ? `the output of function '${source.function.name}'`
    : `a feature of the lookup of '${source.lookup.table}'`;
}
