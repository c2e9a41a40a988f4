// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#schema-serialization-format
import { shownValue, TableError } from './table-error';

/** A record of named fields. */
export interface StructType {
  readonly type: 'struct';
  readonly fields: readonly StructField[];
}

/** A field of a struct; those of the schema's own struct are the table's columns. */
export interface StructField {
  readonly name: string;
  readonly type: DeltaType;
  readonly nullable: boolean;
}

/** A list. */
export interface ListType {
  readonly type: 'array';
  readonly elementType: DeltaType;
}

/** A map. */
export interface MapType {
  readonly type: 'map';
  readonly keyType: DeltaType;
  readonly valueType: DeltaType;
}

/** A type of a Delta schema; one that holds one value is its name, `decimal(10,2)` among them. */
export type DeltaType = string | StructType | ListType | MapType;

const PRIMITIVE =
  /^(?:boolean|byte|short|integer|long|float|double|string|binary|date|timestamp|timestamp_ntz|decimal\(\d{1,2},\s*-?\d{1,2}\))$/;

/**
 * The schema that a table's metadata holds as JSON.
 * @throws TableError naming the column whose type is not known
 */
export function parseSchema(schemaString: string): StructType {
  const type = typeOf(parseJson(schemaString), 'schema');
  if (typeof type === 'string' || type.type !== 'struct') throw mismatch('schema', 'a struct', type);
  return type;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new TableError(`metaData.schemaString: expected JSON, got: ${shownValue(text)}`, { cause: error });
    throw error;
  }
}

function typeOf(json: unknown, at: string): DeltaType {
  if (typeof json === 'string' && PRIMITIVE.test(json)) return json;
  const { type, fields, elementType, keyType, valueType } = (json ?? {}) as Record<string, unknown>;
  if (type === 'struct' && Array.isArray(fields)) return { type, fields: fields.map((field, i) => fieldOf(field, `${at}.fields[${i}]`)) };
  if (type === 'array') return { type, elementType: typeOf(elementType, `${at}.element`) };
  if (type === 'map') return { type, keyType: typeOf(keyType, `${at}.key`), valueType: typeOf(valueType, `${at}.value`) };
  throw mismatch(at, 'a type of Delta Lake', json);
}

function fieldOf(json: unknown, at: string): StructField {
  const { name, type, nullable } = (json ?? {}) as Record<string, unknown>;
  if (typeof name !== 'string') throw mismatch(`${at}.name`, 'a string', name);
  return { name, type: typeOf(type, `column '${name}'`), nullable: nullable !== false };
}

function mismatch(at: string, expected: string, value: unknown): TableError {
  return new TableError(`${at}: expected ${expected}, got: ${shownValue(value)}`);
}
