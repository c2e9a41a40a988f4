// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#schema-serialization-format
import { type FieldType, type StructField, type StructType } from '../parquet/schema';
import { describeStored, TableError } from '../stores/table-error';

const PHYSICAL_NAME = 'delta.columnMapping.physicalName';
const FIELD_ID = 'delta.columnMapping.id';

/** How a table maps its columns to the columns of its data files. */
export type MappingMode = 'none' | 'name' | 'id';

/**
 * Reads the schema in a table's metadata. A type that is not known stays in the schema by its name, so that its column can be skipped.
 * @throws TableError if the text is not a schema; the message names the column
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

function typeOf(json: unknown, at: string, mode: MappingMode): FieldType {
  if (typeof json === 'string') return json;
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
  if (typeof type === 'string') return describeStored(json);
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

/** Writes a schema as a table's metadata holds it, for a table without column mapping. */
export function schemaString(schema: StructType): string {
  return JSON.stringify(typeJson(schema));
}

/** The JSON form of a field, as {@link schemaString} contains it. */
export function fieldJson({ name, type, nullable }: StructField): object {
  return { name, type: typeJson(type), nullable, metadata: {} };
}

function typeJson(type: FieldType): unknown {
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

function mismatch(at: string, expected: string, value: unknown): TableError {
  return new TableError(`${at}: expected ${expected}, got: ${describeStored(value)}`);
}
