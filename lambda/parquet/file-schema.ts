// https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
import { type SchemaElement, type SchemaTree } from 'hyparquet';
import { isNull, storedText } from './converter';
import { type FieldType, type StructField, VOID } from './schema';

/** The type of a timestamp in nanoseconds. It is not a {@link FieldType}; reading the column as a long returns the nanoseconds. */
export const TIMESTAMP_NANOS = 'timestamp in nanoseconds';

/** The type of a timestamp in nanoseconds without a time zone. */
export const TIMESTAMP_NTZ_NANOS = 'timestamp_ntz in nanoseconds, which has no time zone';

/**
 * Describes the columns of a Parquet file as fields. A Parquet type without a matching {@link FieldType} becomes a description such as
 * `Parquet INT64 (TIME)`, with which the column cannot be read.
 */
export function fieldsOf({ children }: SchemaTree): StructField[] {
  return children.map((child) => fieldOf(child));
}

function fieldOf(tree: SchemaTree): StructField {
  const { name, repetition_type: repetition } = tree.element;
  return { name, type: typeOf(tree), nullable: repetition !== 'REQUIRED', physicalName: name, fieldId: undefined };
}

function typeOf({ element, children }: SchemaTree): FieldType {
  if (element.repetition_type === 'REPEATED') return `repeated ${storedText(element)}`;
  if (children.length === 0) return leafType(element);
  const annotation = element.logical_type?.type ?? element.converted_type;
  const [repeated] = children as [SchemaTree];
  if (annotation === 'LIST') return { type: 'array', elementType: elementType(repeated, element.name) };
  if (annotation === 'MAP' || annotation === 'MAP_KEY_VALUE') {
    const [key, value] = repeated.children;
    if (key !== undefined && value !== undefined) return { type: 'map', keyType: typeOf(key), valueType: typeOf(value) };
  }
  return { type: 'struct', fields: children.map(fieldOf) };
}

/** The type of a list's element: the child of the repeated field or, by older writers, the repeated field itself. */
function elementType({ element, children }: SchemaTree, listName: string): FieldType {
  const isElement = children.length !== 1 || element.name === 'array' || element.name === `${listName}_tuple`;
  return isElement ? typeOf({ element: { ...element, repetition_type: 'REQUIRED' }, children } as SchemaTree) : typeOf(children[0]!);
}

/** The annotations of BYTE_ARRAY that are read as strings. */
const TEXT = ['STRING', 'UTF8', 'ENUM', 'JSON'];

function leafType(element: SchemaElement): string {
  const { type, logical_type: logical, converted_type: converted } = element;
  const annotation = logical?.type ?? converted;
  if (isNull(element)) return VOID;
  switch (type) {
    case 'BOOLEAN':
      return 'boolean';
    case 'FLOAT':
      return 'float';
    case 'DOUBLE':
      return 'double';
    case 'INT96':
      return 'timestamp';
    case 'BYTE_ARRAY':
      if (annotation === undefined) return 'binary';
      return TEXT.includes(annotation) ? 'string' : (decimalType(element) ?? storedText(element));
    case 'FIXED_LEN_BYTE_ARRAY':
      return annotation === undefined ? 'binary' : (decimalType(element) ?? storedText(element));
    case 'INT32':
      return annotation === 'DATE' ? 'date' : (integerType(element) ?? decimalType(element) ?? storedText(element));
    case 'INT64':
      return timestampType(element) ?? integerType(element) ?? decimalType(element) ?? storedText(element);
    default:
      return storedText(element);
  }
}

function integerType({ type, logical_type: logical, converted_type: converted }: SchemaElement): string | undefined {
  if (logical?.type === 'INTEGER') {
    // an unsigned integer fits the next wider type; one of 32 bits would not, because it is stored in the bits of a signed INT32
    const bits = logical.isSigned ? logical.bitWidth : logical.bitWidth * 2;
    return { 8: 'byte', 16: 'short', 32: 'integer', 64: logical.isSigned ? 'long' : undefined }[bits];
  }
  if (logical !== undefined) return undefined;
  if (converted === undefined) return type === 'INT32' ? 'integer' : 'long';
  const types: { readonly [name: string]: string } = {
    INT_8: 'byte',
    INT_16: 'short',
    INT_32: 'integer',
    INT_64: 'long',
    UINT_8: 'short',
    UINT_16: 'integer',
  };
  return types[converted];
}

function timestampType({ logical_type: logical, converted_type: converted }: SchemaElement): string | undefined {
  if (logical?.type === 'TIMESTAMP') {
    const isInNanos = logical.unit === 'NANOS';
    if (!logical.isAdjustedToUTC) return isInNanos ? TIMESTAMP_NTZ_NANOS : 'timestamp_ntz';
    return isInNanos ? TIMESTAMP_NANOS : 'timestamp';
  }
  return logical === undefined && (converted === 'TIMESTAMP_MILLIS' || converted === 'TIMESTAMP_MICROS') ? 'timestamp' : undefined;
}

function decimalType({ logical_type: logical, converted_type: converted, precision, scale = 0 }: SchemaElement): string | undefined {
  if (logical?.type === 'DECIMAL') return `decimal(${logical.precision},${logical.scale})`;
  return logical === undefined && converted === 'DECIMAL' ? `decimal(${precision},${scale})` : undefined;
}
