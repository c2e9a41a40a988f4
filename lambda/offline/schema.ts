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
  /** What stands for the field in partition values, and in data files unless they tell it by `fieldId`. */
  readonly physicalName: string;
  /** The id by which data files tell the field; undefined where they tell it by name. */
  readonly fieldId: number | undefined;
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

const PHYSICAL_NAME = 'delta.columnMapping.physicalName';
const FIELD_ID = 'delta.columnMapping.id';
const PRIMITIVE =
  /^(?:boolean|byte|short|integer|long|float|double|string|binary|date|timestamp|timestamp_ntz|decimal\(\d{1,2},\s*-?\d{1,2}\))$/;

/** How data files tell a column. */
export type MappingMode = 'none' | 'name' | 'id';

/**
 * The schema that a table's metadata holds as JSON.
 * @throws TableError naming the column whose type is not known
 */
export function parseSchema(schemaString: string, mode: MappingMode): StructType {
  const type = typeOf(parseJson(schemaString), 'schema', mode);
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

function typeOf(json: unknown, at: string, mode: MappingMode): DeltaType {
  if (typeof json === 'string' && PRIMITIVE.test(json)) return json;
  const { type, fields, elementType, keyType, valueType } = (json ?? {}) as Record<string, unknown>;
  if (type === 'struct' && Array.isArray(fields))
    return { type, fields: fields.map((field, i) => fieldOf(field, `${at}.fields[${i}]`, mode)) };
  if (type === 'array') return { type, elementType: typeOf(elementType, `${at}.element`, mode) };
  if (type === 'map') return { type, keyType: typeOf(keyType, `${at}.key`, mode), valueType: typeOf(valueType, `${at}.value`, mode) };
  throw mismatch(at, 'a type of Delta Lake', json);
}

function fieldOf(json: unknown, at: string, mode: MappingMode): StructField {
  const { name, type, nullable, metadata } = (json ?? {}) as Record<string, unknown>;
  if (typeof name !== 'string') throw mismatch(`${at}.name`, 'a string', name);
  const field = { name, type: typeOf(type, `column '${name}'`, mode), nullable: nullable !== false };
  if (mode === 'none') return { ...field, physicalName: name, fieldId: undefined };
  const { [PHYSICAL_NAME]: physicalName, [FIELD_ID]: id } = (metadata ?? {}) as Record<string, unknown>;
  if (typeof physicalName !== 'string') throw mismatch(`column '${name}'.${PHYSICAL_NAME}`, 'a string', physicalName);
  if (mode === 'id' && typeof id !== 'number') throw mismatch(`column '${name}'.${FIELD_ID}`, 'a number', id);
  return { ...field, physicalName, fieldId: mode === 'id' ? (id as number) : undefined };
}

function mismatch(at: string, expected: string, value: unknown): TableError {
  return new TableError(`${at}: expected ${expected}, got: ${shownValue(value)}`);
}
