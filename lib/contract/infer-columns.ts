import { byName, type LookedUpColumn, madeColumns } from './column-sources';
import { type EntityPieces } from './check-entity';
import { converts, feedsTensor } from './conversions';
import { type ColumnSpec, typeText } from './data-types';
import { type ModelInputSpec, type RequestColumnSpec } from './endpoint-spec';
import { type Finding } from './finding';
import { defaultValueProblem } from './json-values';
import { type VersionColumn, versionColumns } from './version-columns';

/** The tensors whose missing values are NaN. */
const FLOAT_TENSORS: readonly string[] = ['float16', 'float32', 'float64'];

/** Every column that the model version takes. */
function modelColumns({ model }: EntityPieces): VersionColumn[] {
  return model === undefined ? [] : versionColumns(model);
}

/**
 * What the caller sends: the declared columns, then the keys of lookups, the overridable features, and the model's columns that nothing else
 * gives. The type of each is the first of these that has one.
 */
export function inferRequestColumns(pieces: EntityPieces): RequestColumnSpec[] {
  const made = byName(madeColumns(pieces));
  const overridable = pieces.overridable.map((name) => made.get(name)).filter((one): one is LookedUpColumn => one?.kind === 'lookup');
  const sent = [
    ...pieces.declaredRequestColumns,
    ...lookupKeys(pieces).map(({ key }) => key),
    ...modelColumns(pieces).map(({ column: { name, type } }): ColumnSpec => ({ name, type })),
  ];
  const overriding = new Set(overridable.map(({ column }) => column.name));
  const declared = new Set(pieces.declaredRequestColumns.map(({ name }) => name));
  const plain = sent.filter(({ name }) => !overriding.has(name) && (declared.has(name) || !made.has(name)));
  return [
    ...[...byName(plain.map((column) => ({ column }))).values()].map(({ column }) => ({
      ...column,
      type: pieces.requestTypes?.get(column.name) ?? column.type,
    })),
    ...overridable.map(({ column: { name, type } }) => ({ name, type, overridesLookup: true })),
  ];
}

/** Every use of a column as a part of a key: the column that the table's primary key makes of it. */
function lookupKeys({ features, tables }: EntityPieces): { key: ColumnSpec; table: string }[] {
  return features.lookups.flatMap(({ table, lookupKey }) => {
    const { primaryKey } = tables.find(({ name }) => name === table)!;
    return lookupKey.map((name, part) => ({ key: { name, type: primaryKey[part]!.type }, table }));
  });
}

/** Request columns whose type is not that of a key that they are a part of. */
export function checkRequestKeys(pieces: EntityPieces, requestColumns: readonly RequestColumnSpec[]): Finding[] {
  const types = new Map(requestColumns.filter(({ overridesLookup }) => !overridesLookup).map(({ name, type }) => [name, typeText(type)]));
  return lookupKeys(pieces)
    .filter(({ key }) => types.has(key.name) && types.get(key.name) !== typeText(key.type))
    .map(({ key: { name, type }, table }) => ({
      path: `\`lookupKey\` of the lookup of '${table}', column '${name}'`,
      expected: `type ${typeText(type)}, as the primary key has it`,
      got: `a request column of type ${types.get(name)}`,
    }));
}

/** Columns whose type does not become that of the model's column which they feed, or goes into no tensor of its type. */
export function checkModelTypes(pieces: EntityPieces, columns: ReadonlyMap<string, ColumnSpec>): Finding[] {
  return modelColumns(pieces).flatMap((use) => {
    const { name, type } = use.column;
    const source = columns.get(name)!;
    const path = pathOf(use);
    if (!converts(source.type, type)) return [{ path, expected: `a type that converts to ${typeText(type)}`, got: typeText(source.type) }];
    if (use.input !== undefined && !feedsTensor(source.type, use.input.type))
      return [{ path, expected: `a type that goes into a tensor of ${use.input.type}`, got: typeText(source.type) }];
    return [];
  });
}

/** Columns that may be null where nothing takes a null: a tensor that has no place for it, or a routine that does not ask for it. */
export function checkNullable(pieces: EntityPieces, columns: ReadonlyMap<string, ColumnSpec>): Finding[] {
  return modelColumns(pieces)
    .filter(({ column, input }) => {
      const source = columns.get(column.name)!;
      const takesNull = input === undefined ? column.nullable === true : holdsMissing(input);
      return source.nullable === true && source.defaultValue === undefined && !takesNull;
    })
    .map((use) => ({
      path: pathOf(use),
      expected: `a column with a default, or not nullable, because ${
        use.input === undefined
          ? `${use.step} takes no null there unless it says \`nullable\``
          : `${hasOpenLengths(use.input) ? 'an array of any length' : `a tensor of ${use.input.type}`} cannot hold a missing value`
      }`,
      got: 'a nullable column without a default',
    }));
}

/** Defaults of the model's columns that their source, which has none, cannot take over. */
export function checkModelDefaults(pieces: EntityPieces, columns: ReadonlyMap<string, ColumnSpec>): Finding[] {
  return modelColumns(pieces).flatMap((use) => {
    const { name, type, defaultValue } = use.column;
    const source = columns.get(name)!;
    if (defaultValue === undefined || source.defaultValue !== undefined || !converts(source.type, type)) return [];
    const expected = defaultValueProblem(source.type, defaultValue);
    return expected === undefined
      ? []
      : [
          {
            path: `${pathOf(use)}, \`defaultValue\``,
            expected: `${expected}, as its source is of type ${typeText(source.type)}`,
            got: JSON.stringify(defaultValue),
          },
        ];
  });
}

/** A missing value is NaN, in every place of an array: it must be known how many there are. */
function holdsMissing(input: ModelInputSpec): boolean {
  return FLOAT_TENSORS.includes(input.type) && !hasOpenLengths(input);
}

function hasOpenLengths({ layout, shape }: ModelInputSpec): boolean {
  return layout === 'column' && shape.slice(1).includes(null);
}

function pathOf({ column: { name }, input, step }: VersionColumn): string {
  if (input === undefined) return `${step}, input '${name}'`;
  return input.name === name ? `model input '${name}'` : `model input '${input.name}', column '${name}'`;
}

/**
 * The column with what the model says of missing values, where the column itself says nothing: so that the rule for missing values needs
 * nothing but the place where a value comes from. A default that is no value of the column's type is left to the check of it.
 */
export function withModelFallback<T extends ColumnSpec>(column: T, pieces: EntityPieces): T {
  const uses = modelColumns(pieces).filter((use) => use.column.name === column.name);
  const inherited = uses
    .map((use) => use.column.defaultValue)
    .find((value) => value !== undefined && defaultValueProblem(column.type, value) === undefined);
  const defaultValue = column.defaultValue ?? inherited;
  const nullable = (column.nullable ?? false) || (uses.length > 0 && uses.every((use) => use.column.nullable));
  return { ...column, ...(nullable ? { nullable } : {}), ...(defaultValue === undefined ? {} : { defaultValue }) };
}
