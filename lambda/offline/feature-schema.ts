import { type ColumnSpec, type DataType, isArray, type ScalarType, typeText } from '../../lib/contract/data-types';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { columnsOf } from '../../lib/contract/table-columns';
import { type FieldType, fieldTypeText, type StructField, type StructType } from '../parquet/schema';
import { TableError } from '../stores/table-error';

/** A column of a feature table, and the field of the Delta table that holds it. */
export interface StoredColumn {
  readonly column: ColumnSpec;
  /** Undefined for a feature that the table does not have, or not yet: all of its values are null. */
  readonly field: StructField | undefined;
}

/** The schema of the Delta table that is made for a feature table. Every feature may be null there, whatever its column says. */
export function deltaSchemaOf(table: TableSpec): StructType {
  const fields = columnsOf(table).map((column): StructField => {
    const { name, type } = column;
    return { name, type: deltaTypeOf(type), nullable: table.features.includes(column), physicalName: name, fieldId: undefined };
  });
  return { type: 'struct', fields };
}

/**
 * Finds the columns of a feature table in a Delta table that any writer may have made; further columns are not looked at.
 * @throws TableError naming the column that is missing or of another type
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

/** The Delta types that hold values of a column type, and nothing else. */
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

/** Whether all values of a Delta type are values of a column type. */
export function holds(type: DataType, stored: FieldType): boolean {
  if (!isArray(type)) return typeof stored === 'string' && HELD_BY[type].includes(stored);
  let inner = stored;
  for (let axis = 0; axis < type.shape.length; axis++) {
    if (typeof inner === 'string' || inner.type !== 'array') return false;
    inner = inner.elementType;
  }
  return holds(type.element, inner);
}

/** The Delta type that a column type is stored as. */
export function deltaTypeOf(type: DataType): FieldType {
  if (!isArray(type)) return type;
  return type.shape.reduce<FieldType>((elementType) => ({ type: 'array', elementType }), type.element);
}
