import { byName, type DerivedColumn, derivedColumns, type EntityPieces, sourceText } from './entity-pieces';
import { typeText } from './data-types';
import { type FunctionSpec, REQUEST_TIME } from './endpoint-spec';
import { type Finding, namesText } from './finding';
import { paramColumns } from './params';
import { versionColumns } from './version-columns';

/** Checks that every column is declared once and has one source. */
export function checkDuplicateColumns(pieces: EntityPieces): Finding[] {
  const sources = new Map<string, string[]>();
  const add = (name: string, source: string) => sources.set(name, [...(sources.get(name) ?? []), source]);
  for (const { name } of pieces.declaredRequestColumns) add(name, '`requestColumns`');
  const declared = new Set(sources.keys());
  for (const derived of derivedColumns(pieces)) {
    const { name } = derived.column;
    if (!(derived.kind === 'lookup' && declared.has(name) && pieces.overridable.includes(name))) add(name, sourceText(derived));
  }
  return [...sources]
    .filter(([, found]) => found.length > 1)
    .map(([name, found]) => ({
      path: `column '${name}'`,
      expected: 'one source (rename a looked-up feature, or list it in `overridable`)',
      got: found.join(' and '),
    }));
}

/** Checks that functions have distinct names, and distinct files on a file system that ignores letter case. */
export function checkFunctionNames({ features: { functions } }: EntityPieces): Finding[] {
  return functions.flatMap((one, i) => {
    const other = functions.slice(0, i).find((earlier) => earlier.name === one.name || isSameFile(earlier, one));
    if (other === undefined) return [];
    const got =
      other.name === one.name ? `'${one.name}' twice` : `'${other.name}' and '${one.name}', whose files differ only in letter case`;
    return [{ path: '`functions`', expected: 'a distinct name for each function', got }];
  });
}

function isSameFile(one: FunctionSpec, other: FunctionSpec): boolean {
  return one.kind === 'module' && other.kind === 'module' && one.file.toLowerCase() === other.file.toLowerCase();
}

/** Checks that no column has the name of the built-in input or of a param. */
export function checkReservedNames(pieces: EntityPieces): Finding[] {
  const named: [string, string][] = [
    ...pieces.declaredRequestColumns.map(({ name }): [string, string] => [name, '`requestColumns`']),
    ...pieces.features.lookups.flatMap(({ table, lookupKey }) =>
      lookupKey.map((name): [string, string] => [name, `\`lookupKey\` of '${table}'`]),
    ),
    ...derivedColumns(pieces).map((derived): [string, string] => [derived.column.name, sourceText(derived)]),
    ...(pieces.model === undefined ? [] : versionColumns(pieces.model)).map(({ column: { name }, step }): [string, string] => [
      name,
      step ?? "the model's inputs",
    ]),
  ];
  const params = paramColumns(pieces.model).map((param) => param.name);
  return named
    .filter(([name]) => name === REQUEST_TIME || params.includes(name))
    .map(([name, where]) => ({
      path: where,
      expected: `a name other than '${name}', which is ${name === REQUEST_TIME ? 'a built-in input of functions' : 'a param of the model'}`,
      got: `'${name}'`,
    }));
}

/** Checks that looked-up key columns come from an earlier lookup and have the types of the table's primary key. */
export function checkLookupKeys(pieces: EntityPieces): Finding[] {
  const derived = byName(derivedColumns(pieces));
  return pieces.features.lookups.flatMap(({ table, lookupKey }, index) => {
    const { primaryKey } = pieces.tables.find(({ name }) => name === table)!;
    return lookupKey.flatMap((name, part) => {
      const path = `\`lookupKey\` of the lookup of '${table}', column '${name}'`;
      const source = derived.get(name);
      if (source === undefined || isSent(source, pieces)) return [];
      if (!isEarlierLookup(source, index))
        return [
          { path, expected: 'a request column or a feature of an earlier lookup', got: sourceText(source) + orderText(source, index) },
        ];
      const type = primaryKey[part]!.type;
      return source.column.type === type
        ? []
        : [
            {
              path,
              expected: `type ${typeText(type)}, the type in the primary key`,
              got: `${sourceText(source)} of type ${typeText(source.column.type)}`,
            },
          ];
    });
  });
}

/** Whether the request sends the column. checkDuplicateColumns reports a column that has another source too. */
function isSent({ column }: DerivedColumn, { declaredRequestColumns, overridable }: EntityPieces): boolean {
  return declaredRequestColumns.some(({ name }) => name === column.name) && !overridable.includes(column.name);
}

function isEarlierLookup(source: DerivedColumn, index: number): boolean {
  return source.kind === 'lookup' && source.index < index;
}

function orderText(source: DerivedColumn, index: number): string {
  return source.kind === 'lookup' ? (source.index === index ? ' itself' : ', which comes later') : '';
}

/** Checks that overridable columns are looked up, and that a declared one has the feature's type and no default. */
export function checkOverridable(pieces: EntityPieces): Finding[] {
  const lookedUp = derivedColumns(pieces).filter(({ kind }) => kind === 'lookup');
  const names = lookedUp.map(({ column }) => column.name);
  return pieces.overridable.flatMap((name) => {
    if (!names.includes(name)) return [{ path: '`overridable`', expected: `looked-up columns (${namesText(names)})`, got: `'${name}'` }];
    const declared = pieces.declaredRequestColumns.find((column) => column.name === name);
    const { type } = lookedUp.find(({ column }) => column.name === name)!.column;
    if (declared === undefined) return [];
    if (typeText(declared.type) !== typeText(type)) {
      return [
        {
          path: `\`requestColumns\`, column '${name}'`,
          expected: `type ${typeText(type)}, the type of the feature that it overrides`,
          got: typeText(declared.type),
        },
      ];
    }
    if (declared.defaultValue === undefined) return [];
    const expected = 'no default, because the feature is looked up where a request does not send it';
    return [{ path: `\`requestColumns\`, column '${name}'`, expected, got: JSON.stringify(declared.defaultValue) }];
  });
}

/** Checks that excluded columns exist. */
export function checkExclude({ features: { exclude } }: EntityPieces, known: readonly string[]): Finding[] {
  return exclude
    .filter((name) => !known.includes(name))
    .map((name) => ({ path: '`exclude`', expected: `columns of this feature spec (${namesText(known)})`, got: `'${name}'` }));
}

/** Checks that a feature spec answers at least one column. */
export function checkAnswer({ model, features: { exclude } }: EntityPieces, known: readonly string[]): Finding[] {
  if (model !== undefined || known.some((name) => !exclude.includes(name))) return [];
  return [
    {
      path: '`exclude`',
      expected: 'at least one column that is not excluded',
      got: known.length === 0 ? 'a feature spec without columns' : `all of ${namesText(known)}`,
    },
  ];
}

/** Checks that the inputs of functions are known columns or params. */
export function checkFunctionInputs({ features: { functions }, model }: EntityPieces, columns: readonly string[]): Finding[] {
  const known = [...columns, ...paramColumns(model).map(({ name }) => name)];
  return functions.flatMap(({ name, inputs }) =>
    inputs
      .filter(({ column }) => column !== REQUEST_TIME && !known.includes(column))
      .map((input) => ({
        path: `function '${name}', input '${input.name}'`,
        expected: `a column of this feature spec (${namesText(known)})`,
        got: `'${input.column}'`,
      })),
  );
}
