import { byName, derivedColumns, type EntityPieces, type LookedUpColumn } from './entity-pieces';
import { converts, feedsTensor } from './conversions';
import { type ColumnSpec, typeText } from './data-types';
import { type ModelInputSpec, type RequestColumnSpec } from './endpoint-spec';
import { type Finding } from './finding';
import { defaultValueProblem } from './json-values';
import { type VersionColumn, versionColumns } from './version-columns';

/** The tensor types that hold a missing value as NaN. */
const FLOAT_TENSORS: readonly string[] = ['float16', 'float32', 'float64'];

/** Returns the columns that the model version reads. */
function modelColumns({ model }: EntityPieces): VersionColumn[] {
  return model === undefined ? [] : versionColumns(model);
}

/**
 * Returns the columns that a request may send: the declared columns, the key columns of lookups, the model's columns that have no other
 * source, and last the overridable features. A column takes its type from the first of these that names it.
 */
export function inferRequestColumns(pieces: EntityPieces): RequestColumnSpec[] {
  const derived = byName(derivedColumns(pieces));
  const overridable = pieces.overridable.map((name) => derived.get(name)).filter((one): one is LookedUpColumn => one?.kind === 'lookup');
  const sent = [
    ...pieces.declaredRequestColumns,
    ...lookupKeys(pieces).map(({ key }) => key),
    ...modelColumns(pieces).map(({ column: { name, type } }): ColumnSpec => ({ name, type })),
  ];
  const overriding = new Set(overridable.map(({ column }) => column.name));
  const declared = new Set(pieces.declaredRequestColumns.map(({ name }) => name));
  const plain = sent.filter(({ name }) => !overriding.has(name) && (declared.has(name) || !derived.has(name)));
  return [
    ...[...byName(plain.map((column) => ({ column }))).values()].map(({ column }) => ({
      ...column,
      type: pieces.requestTypes?.get(column.name) ?? column.type,
    })),
    ...overridable.map(({ column: { name, type } }) => ({ name, type, overridesLookup: true })),
  ];
}

/** Returns each use of a column in a lookup key, with the type in the table's primary key. */
function lookupKeys({ features, tables }: EntityPieces): { key: ColumnSpec; table: string }[] {
  return features.lookups.flatMap(({ table, lookupKey }) => {
    const { primaryKey } = tables.find(({ name }) => name === table)!;
    return lookupKey.map((name, part) => ({ key: { name, type: primaryKey[part]!.type }, table }));
  });
}

/** Checks that request columns in a lookup key have the type in the primary key. */
export function checkRequestKeys(pieces: EntityPieces, requestColumns: readonly RequestColumnSpec[]): Finding[] {
  const types = new Map(requestColumns.filter(({ overridesLookup }) => !overridesLookup).map(({ name, type }) => [name, typeText(type)]));
  return lookupKeys(pieces)
    .filter(({ key }) => types.has(key.name) && types.get(key.name) !== typeText(key.type))
    .map(({ key: { name, type }, table }) => ({
      path: `\`lookupKey\` of the lookup of '${table}', column '${name}'`,
      expected: `type ${typeText(type)}, the type in the primary key`,
      got: `a request column of type ${types.get(name)}`,
    }));
}

/** Checks that every column converts to the model's column of its name, and may feed its tensor. */
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

/** Checks that a nullable column without a default feeds only tensors that hold missing values and routines that accept null. */
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
          ? `${use.step} accepts null only in a \`nullable\` input`
          : `${hasOpenLengths(use.input) ? 'an array of any length' : `a tensor of ${use.input.type}`} cannot hold a missing value`
      }`,
      got: 'a nullable column without a default',
    }));
}

/** Checks that the default of a model's column is valid for its source, where the source has no default. */
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
            expected: `${expected}, because its source has type ${typeText(source.type)}`,
            got: JSON.stringify(defaultValue),
          },
        ];
  });
}

/** Whether a tensor holds missing values. A missing array becomes NaN in every element, so its length must be known. */
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
 * Copies the model's `nullable` and default to a source column that declares none, so that the rule for missing values needs the source
 * alone.
 * Leaves out a default that is not valid for the column's type, which `checkModelDefaults` reports.
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
