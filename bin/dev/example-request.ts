import { attributeDecoder } from '../../lambda/online/attribute';
import type { Item } from '../../lambda/online/reader';
import { valueWriter } from '../../lambda/protocols/write-value';
import { type DataType, isArray, type JsonValue, type ScalarType } from '../../lib/contract/data-types';
import type { EndpointSpec, RequestColumnSpec, TableSpec } from '../../lib/contract/endpoint-spec';
import { defaultValueProblem } from '../../lib/contract/json-values';

/** A row of a feature table: JSON values by column. */
export type ExampleRow = { readonly [column: string]: JsonValue };

/** A request that an endpoint accepts. */
export interface ExampleRequest {
  readonly body: { readonly dataframe_records: readonly [{ readonly [column: string]: JsonValue }] };
  /** The columns whose values are made up. */
  readonly madeUp: readonly string[];
  /** Whether every table that it looks up has the row. */
  readonly isAnswerable: boolean;
}

const KEY_ATTRIBUTE = '_key';

const EXAMPLES: { readonly [type in ScalarType]: JsonValue } = {
  boolean: true,
  integer: 1,
  long: 1,
  float: 1.5,
  double: 1.5,
  string: 'text',
  binary: 'AAAA',
  date: '2026-01-31',
  timestamp: '2026-01-31T12:00:00Z',
};

/**
 * Makes a request with one record. The value of a column is, in this order: the key of a row in a table that it looks up, the value under
 * the column's name in a recorded row, in a model's example or in a row of a table, the default, a made-up value of the type.
 * @param rows a row of each looked-up table that has rows, by the table's logical name
 * @param recorded rows of recorded requests and cases
 * @param others rows of other tables
 */
export function exampleRequest(
  spec: EndpointSpec,
  rows: ReadonlyMap<string, ExampleRow>,
  recorded: readonly ExampleRow[] = [],
  others: Iterable<ExampleRow> = [],
): ExampleRequest {
  const lookups = spec.servedEntities.flatMap(({ features }) => features.lookups);
  const keys = new Map<string, JsonValue>();
  for (const { table, lookupKey } of lookups) {
    const { primaryKey } = spec.tables.find(({ name }) => name === table)!;
    for (const [i, column] of lookupKey.entries()) {
      const value = rows.get(table)?.[primaryKey[i]!.name];
      if (value !== undefined && !keys.has(column)) keys.set(column, value);
    }
  }
  const known = [...recorded, ...modelExamples(spec), ...rows.values(), ...others];
  const madeUp: string[] = [];
  const valueOf = ({ name, type, defaultValue }: RequestColumnSpec): JsonValue => {
    const value = keys.get(name) ?? knownValue(known, name, type) ?? defaultValue;
    if (value === undefined) madeUp.push(name);
    return value ?? exampleValue(type);
  };
  const columns = spec.requestColumns.filter(({ overridesLookup }) => overridesLookup !== true);
  const record = Object.fromEntries(columns.map((column) => [column.name, valueOf(column)]));
  return { body: { dataframe_records: [record] }, madeUp, isAnswerable: lookups.every(({ table }) => rows.has(table)) };
}

/** The input examples that came with the models. */
function modelExamples({ servedEntities }: EndpointSpec): ExampleRow[] {
  return servedEntities.flatMap((entity) => (entity.kind === 'model' && entity.model.example !== undefined ? [entity.model.example] : []));
}

/** Finds a value of a column's type, under the column's name. */
function knownValue(rows: readonly ExampleRow[], column: string, type: DataType): JsonValue | undefined {
  return rows.map((row) => row[column]).find((value) => value !== undefined && defaultValueProblem(type, value) === undefined);
}

/** Writes the request as a shell command. */
export function curlOf(url: string, { body }: ExampleRequest): string {
  return `curl -s ${url} -H 'content-type: application/json' -d '${JSON.stringify(body).replaceAll("'", `'\\''`)}'`;
}

/** Makes up a value of a type. */
export function exampleValue(type: DataType): JsonValue {
  if (!isArray(type)) return EXAMPLES[type];
  return type.shape.reduceRight<JsonValue>((inner, length) => Array.from({ length: length ?? 1 }, () => inner), EXAMPLES[type.element]);
}

/** Reads a row from an item of the online store. */
export function exampleRow({ primaryKey, features }: TableSpec, item: Item): ExampleRow {
  const key = (item[KEY_ATTRIBUTE] as { S: string }).S.split('|').map((part) => part.replaceAll('%7C', '|').replaceAll('%25', '%'));
  const values = features.flatMap((column): [string, JsonValue][] => {
    const attribute = item[column.name];
    const value = attribute === undefined ? null : attributeDecoder(column)(attribute);
    return value === null ? [] : [[column.name, valueWriter(column.type)(value) as JsonValue]];
  });
  return Object.fromEntries([...primaryKey.map(({ name, type }, i) => [name, keyValueOf(type, key[i]!)] as const), ...values]);
}

function keyValueOf(type: DataType, text: string): JsonValue {
  if (type === 'integer') return Number(text);
  return type === 'boolean' ? text === 'true' : text;
}
