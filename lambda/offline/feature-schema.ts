import { type ColumnSpec, type DataType, isArray, type ScalarType, typeText } from '../../lib/contract/data-types';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { columnsOf } from '../../lib/contract/table-columns';
import { type FieldType, fieldTypeText, type StructField, type StructType, VOID } from '../parquet/schema';
import { TableError } from '../stores/table-error';

/** A column of a feature table, and the Delta table's field with its values. */
export interface StoredColumn {
  readonly column: ColumnSpec;
  /** Undefined if the Delta table does not have the feature, whose values are then null. */
  readonly field: StructField | undefined;
}

/** Returns the schema of a new Delta table for a feature table. Every feature is nullable in it. */
export function deltaSchemaOf(table: TableSpec): StructType {
  const fields = columnsOf(table).map((column): StructField => {
    const { name, type } = column;
    return { name, type: deltaTypeOf(type), nullable: table.features.includes(column), physicalName: name, fieldId: undefined };
  });
  return { type: 'struct', fields };
}

/**
 * Finds the columns of a feature table in a Delta table, which any writer may have created. Ignores other columns.
 * @throws TableError naming a column that is missing or has another type
 */
export function storedColumns(table: TableSpec, schema: StructType): StoredColumn[] {
  return columnsOf(table).map((column) => {
    const field = schema.fields.find(({ name }) => name === column.name);
    if (field === undefined && !table.features.includes(column)) {
      throw new TableError(`column '${column.name}': expected ${typeText(column.type)}, got: no column of this name`);
    }
    if (field !== undefined && !holds(column.type, field.type)) {
      throw new TableError(`column '${column.name}': expected ${typeText(column.type)}, got: ${fieldTypeText(field.type)}`);
    }
    return { column, field };
  });
}

/** The Delta types whose values all fit a column type. */
const HELD_BY: Record<ScalarType, readonly string[]> = {
  boolean: ['boolean'],
  integer: ['integer', 'short', 'byte'],
  long: ['long', 'integer', 'short', 'byte'],
  float: ['float'],
  double: ['double', 'float'],
  string: ['string'],
  binary: ['binary'],
  date: ['date'],
  timestamp: ['timestamp'],
};

/** Whether all values of a Delta type fit a column type. The nulls of a void column fit every type. */
export function holds(type: DataType, stored: FieldType): boolean {
  if (stored === VOID) return true;
  if (!isArray(type)) return typeof stored === 'string' && HELD_BY[type].includes(stored);
  let inner = stored;
  for (let axis = 0; axis < type.shape.length; axis++) {
    if (typeof inner === 'string' || inner.type !== 'array') return false;
    inner = inner.elementType;
  }
  return holds(type.element, inner);
}

/** Returns the Delta type that stores a column type. */
export function deltaTypeOf(type: DataType): FieldType {
  if (!isArray(type)) return type;
  return type.shape.reduce<FieldType>((elementType) => ({ type: 'array', elementType }), type.element);
}
