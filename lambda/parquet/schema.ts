// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#schema-serialization-format
import { describeStored, TableError } from '../stores/table-error';

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
  /** @default - an element may be null */
  readonly containsNull?: false;
}

/** A map. */
export interface MapType {
  readonly type: 'map';
  readonly keyType: DeltaType;
  readonly valueType: DeltaType;
  /** @default - a value may be null */
  readonly valueContainsNull?: false;
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
      throw new TableError(`metaData.schemaString: expected JSON, got: ${describeStored(text)}`, { cause: error });
    throw error;
  }
}

function typeOf(json: unknown, at: string, mode: MappingMode): DeltaType {
  if (typeof json === 'string' && PRIMITIVE.test(json)) return json;
  const { type, fields, elementType, containsNull, keyType, valueType, valueContainsNull } = (json ?? {}) as Record<string, unknown>;
  if (type === 'struct' && Array.isArray(fields))
    return { type, fields: fields.map((field, i) => fieldOf(field, `${at}.fields[${i}]`, mode)) };
  if (type === 'array') {
    const element = typeOf(elementType, `${at}.element`, mode);
    return { type, elementType: element, ...(containsNull === false && { containsNull }) };
  }
  if (type === 'map') {
    const [key, value] = [typeOf(keyType, `${at}.key`, mode), typeOf(valueType, `${at}.value`, mode)];
    return { type, keyType: key, valueType: value, ...(valueContainsNull === false && { valueContainsNull }) };
  }
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

/** A schema as a table's metadata holds it, for data files that tell columns by their names. */
export function schemaString(schema: StructType): string {
  return JSON.stringify(typeJson(schema));
}

function typeJson(type: DeltaType): unknown {
  if (typeof type === 'string') return type;
  switch (type.type) {
    case 'struct':
      return { type: 'struct', fields: type.fields.map(fieldJson) };
    case 'array':
      return { type: 'array', elementType: typeJson(type.elementType), containsNull: type.containsNull ?? true };
    case 'map': {
      const { keyType, valueType, valueContainsNull = true } = type;
      return { type: 'map', keyType: typeJson(keyType), valueType: typeJson(valueType), valueContainsNull };
    }
  }
}

/** A field as a schema in JSON holds it. */
export function fieldJson({ name, type, nullable }: StructField): object {
  return { name, type: typeJson(type), nullable, metadata: {} };
}

/** A type as errors write it: `long`, `array<double>`, `struct<x: long>`. */
export function deltaTypeText(type: DeltaType): string {
  if (typeof type === 'string') return type === 'timestamp_ntz' ? 'timestamp_ntz, which has no time zone' : type;
  if (type.type === 'array') return `array<${deltaTypeText(type.elementType)}>`;
  if (type.type === 'map') return `map<${deltaTypeText(type.keyType)}, ${deltaTypeText(type.valueType)}>`;
  return `struct<${type.fields.map(({ name, type: inner }) => `${name}: ${deltaTypeText(inner)}`).join(', ')}>`;
}

function mismatch(at: string, expected: string, value: unknown): TableError {
  return new TableError(`${at}: expected ${expected}, got: ${describeStored(value)}`);
}
