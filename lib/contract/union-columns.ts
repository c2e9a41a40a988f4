import { converts } from './conversions';
import { type ColumnSpec, type DataType, typeText } from './data-types';
import { type FeaturesSpec, type RequestColumnSpec, type ServedEntitySpec } from './endpoint-spec';
import { type Finding } from './finding';

/** A served entity, and what a request may send for it, as it takes that. */
export interface EntityColumns {
  readonly spec: ServedEntitySpec;
  readonly requestColumns: readonly RequestColumnSpec[];
}

/** A request column of one entity. */
interface Use {
  readonly entity: string;
  readonly column: RequestColumnSpec;
  /** Whether no other type will do: it is a key, or stands in for a feature of that type. */
  readonly isExact: boolean;
}

/**
 * The type of every request column in all entities of an endpoint: the first of theirs that converts to all the others, so that a value is read
 * in one way whoever answers it.
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
        expected: 'a type in one served entity that converts to those of all others',
        got,
      });
    }
  }
  return { types, findings };
}

/**
 * What a request may send: the union over the entities. A column may be left out where every entity that takes it can do without.
 * @param kept columns that the traffic needs, whichever entity has them
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

/** The features of an entity, with the request columns that it takes otherwise than the union says. */
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
