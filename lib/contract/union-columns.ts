import { converts } from './conversions';
import { type ColumnSpec, type DataType, typeText } from './data-types';
import { type FeaturesSpec, type RequestColumnSpec, type ServedEntitySpec } from './endpoint-spec';
import { type Finding } from './finding';

/** A served entity, and the request columns that it reads. */
export interface EntityColumns {
  readonly spec: ServedEntitySpec;
  readonly requestColumns: readonly RequestColumnSpec[];
}

/** The use of a request column by one entity. */
interface Use {
  readonly entity: string;
  readonly column: RequestColumnSpec;
  /** Whether the type must match exactly, because the column is a key or overrides a feature. */
  readonly isExact: boolean;
}

/**
 * Returns one type for each request column of an endpoint: the first type among the entities that converts to the types of all others. A
 * value is thus read in the same way whichever entity answers.
 */
export function commonTypes(entities: readonly EntityColumns[]): { types: Map<string, DataType>; findings: Finding[] } {
  const types = new Map<string, DataType>();
  const findings: Finding[] = [];
  for (const [name, uses] of usesByName(entities)) {
    const common = uses.map(({ column }) => column.type).find((type) => uses.every((use) => takes(use, type)));
    if (common !== undefined) types.set(name, common);
    else {
      const got = uses.map(({ entity, column }) => `${typeText(column.type)} in '${entity}'`).join(', ');
      findings.push({
        path: `request column '${name}'`,
        expected: 'one type that converts to the types in all served entities',
        got,
      });
    }
  }
  return { types, findings };
}

/**
 * Returns the columns that a request may send: the union over the entities. A column is optional where it is optional in every entity.
 * @param kept the columns that the traffic split reads, from enabled or disabled entities
 */
export function unionColumns(
  enabled: readonly EntityColumns[],
  disabled: readonly EntityColumns[],
  kept: readonly string[],
): RequestColumnSpec[] {
  const columns = [...usesByName(enabled).values()].map((uses) => unionOf(uses.map(({ column }) => column)));
  const names = columns.map(({ name }) => name);
  const others = disabled
    .flatMap(({ requestColumns }) => requestColumns)
    .filter(({ name }) => kept.includes(name) && !names.includes(name));
  return [...columns, ...new Map(others.map(({ name, type }) => [name, { name, type, nullable: true }])).values()];
}

/** Adds the request columns for which the entity differs from the union to its features. */
export function withOwnColumns({ spec, requestColumns }: EntityColumns, union: readonly RequestColumnSpec[]): FeaturesSpec {
  const own = requestColumns.filter(
    (column) =>
      !isSame(
        column,
        union.find(({ name }) => name === column.name)!,
      ),
  );
  return own.length === 0 ? spec.features : { ...spec.features, ownColumns: own };
}

function usesByName(entities: readonly EntityColumns[]): Map<string, Use[]> {
  const byName = new Map<string, Use[]>();
  for (const { spec, requestColumns } of entities) {
    const keys = new Set(spec.features.lookups.flatMap(({ lookupKey }) => lookupKey));
    for (const column of requestColumns) {
      const use = { entity: spec.name, column, isExact: column.overridesLookup === true || keys.has(column.name) };
      byName.set(column.name, [...(byName.get(column.name) ?? []), use]);
    }
  }
  return byName;
}

function takes({ column, isExact }: Use, type: DataType): boolean {
  return isExact ? typeText(type) === typeText(column.type) : converts(type, column.type);
}

function unionOf(columns: readonly RequestColumnSpec[]): RequestColumnSpec {
  const [first, ...others] = columns;
  if (others.every((other) => isSame(first!, other))) return first!;
  const mayBeMissing = columns.every(
    ({ nullable, defaultValue, overridesLookup }) => nullable || overridesLookup || defaultValue !== undefined,
  );
  const { name, type } = first!;
  return { name, type, ...(mayBeMissing && { nullable: true }) };
}

function isSame(one: RequestColumnSpec, other: RequestColumnSpec): boolean {
  const parts = ({ name, type, nullable = false, defaultValue, overridesLookup = false }: ColumnSpec & RequestColumnSpec) =>
    JSON.stringify([name, typeText(type), nullable, defaultValue, overridesLookup]);
  return parts(one) === parts(other);
}
