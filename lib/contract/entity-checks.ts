import { byName, type MadeColumn, madeColumns, namesText, sourceText } from './column-sources';
import { type EntityPieces } from './check-entity';
import { typeText } from './data-types';
import { type FunctionSpec, REQUEST_TIME } from './endpoint-spec';
import { type Finding } from './finding';
import { paramColumns } from './params';
import { versionColumns } from './version-columns';

/** Columns of one name: a column has one source, and is declared once. */
export function checkDuplicateColumns(pieces: EntityPieces): Finding[] {
  const sources = new Map<string, string[]>();
  const add = (name: string, source: string) => sources.set(name, [...(sources.get(name) ?? []), source]);
  for (const { name } of pieces.declaredRequestColumns) add(name, '`requestColumns`');
  const declared = new Set(sources.keys());
  for (const made of madeColumns(pieces)) {
    const { name } = made.column;
    if (!(made.kind === 'lookup' && declared.has(name) && pieces.overridable.includes(name))) add(name, sourceText(made));
  }
  return [...sources]
    .filter(([, of]) => of.length > 1)
    .map(([name, of]) => ({
      path: `column '${name}'`,
      expected: 'one source (rename a looked-up feature, or list it in `overridable`)',
      got: of.join(' and '),
    }));
}

/** Two functions of one name, or of one file where letter case makes no difference. */
export function checkFunctionNames({ features: { functions } }: EntityPieces): Finding[] {
  return functions.flatMap((one, i) => {
    const other = functions.slice(0, i).find((earlier) => earlier.name === one.name || isSameFile(earlier, one));
    if (other === undefined) return [];
    const got =
      other.name === one.name ? `'${one.name}' twice` : `'${other.name}' and '${one.name}', whose files differ in letter case alone`;
    return [{ path: '`functions`', expected: 'a name of its own for each', got }];
  });
}

function isSameFile(one: FunctionSpec, other: FunctionSpec): boolean {
  return one.kind === 'module' && other.kind === 'module' && one.file.toLowerCase() === other.file.toLowerCase();
}

/** Columns that carry the name of the built-in input, or of a param as functions take it. */
export function checkReservedNames(pieces: EntityPieces): Finding[] {
  const named: [string, string][] = [
    ...pieces.declaredRequestColumns.map(({ name }): [string, string] => [name, '`requestColumns`']),
    ...pieces.features.lookups.flatMap(({ table, lookupKey }) =>
      lookupKey.map((name): [string, string] => [name, `\`lookupKey\` of '${table}'`]),
    ),
    ...madeColumns(pieces).map((made): [string, string] => [made.column.name, sourceText(made)]),
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
      expected: `another name than '${name}', which is ${name === REQUEST_TIME ? 'a built-in input of functions' : 'a param of the model'}`,
      got: `'${name}'`,
    }));
}

/** Lookup keys: where they come from, and that their types are those of the table's primary key. */
export function checkLookupKeys(pieces: EntityPieces): Finding[] {
  const made = byName(madeColumns(pieces));
  return pieces.features.lookups.flatMap(({ table, lookupKey }, index) => {
    const { primaryKey } = pieces.tables.find(({ name }) => name === table)!;
    return lookupKey.flatMap((name, part) => {
      const path = `\`lookupKey\` of the lookup of '${table}', column '${name}'`;
      const source = made.get(name);
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
              expected: `type ${typeText(type)}, as the primary key has it`,
              got: `${sourceText(source)} of type ${typeText(source.column.type)}`,
            },
          ];
    });
  });
}

/** Whether a column that clashes with a request column is checked as one, so that one mistake makes one finding. */
function isSent({ column }: MadeColumn, { declaredRequestColumns, overridable }: EntityPieces): boolean {
  return declaredRequestColumns.some(({ name }) => name === column.name) && !overridable.includes(column.name);
}

function isEarlierLookup(made: MadeColumn, index: number): boolean {
  return made.kind === 'lookup' && made.index < index;
}

function orderText(made: MadeColumn, index: number): string {
  return made.kind === 'lookup' ? (made.index === index ? ' itself' : ', which comes later') : '';
}

/** Columns that a request may send although nothing looks them up. */
export function checkOverridable(pieces: EntityPieces): Finding[] {
  const lookedUp = madeColumns(pieces).filter(({ kind }) => kind === 'lookup');
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
          expected: `type ${typeText(type)}, as the feature that it overrides`,
          got: typeText(declared.type),
        },
      ];
    }
    if (declared.defaultValue === undefined) return [];
    const expected = 'no default, because the feature is looked up where a request does not send it';
    return [{ path: `\`requestColumns\`, column '${name}'`, expected, got: JSON.stringify(declared.defaultValue) }];
  });
}

/** Columns left out of the answer that are not in it. */
export function checkExclude({ features: { exclude } }: EntityPieces, known: readonly string[]): Finding[] {
  return exclude
    .filter((name) => !known.includes(name))
    .map((name) => ({ path: '`exclude`', expected: `columns of this feature spec (${namesText(known)})`, got: `'${name}'` }));
}

/** Feature serving that would answer nothing. */
export function checkAnswer({ model, features: { exclude } }: EntityPieces, known: readonly string[]): Finding[] {
  if (model !== undefined || known.some((name) => !exclude.includes(name))) return [];
  return [
    {
      path: '`exclude`',
      expected: 'at least one column left to answer',
      got: known.length === 0 ? 'a feature spec without columns' : `all of ${namesText(known)}`,
    },
  ];
}

/** Inputs of functions that are no column. */
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
