import { type TableShape } from './data-file-writer';
import { fieldTypeText, type StructField } from '../parquet/schema';
import { TableError } from '../stores/table-error';

/** Types with exact equality, which excludes floating-point numbers and nested types. */
const KEY_TYPE = /^(?:boolean|byte|short|integer|long|string|binary|date|timestamp|timestamp_ntz|decimal\(.*)$/;

/** The key of a table's rows. */
export interface RowKey {
  /** The fields of the key columns, not nullable. */
  readonly fields: readonly StructField[];
  /** The table's shape, with key columns that are not nullable. */
  readonly shape: TableShape;
}

/**
 * Finds the key columns of a table.
 * @throws TableError naming a column that the table does not have, or whose type cannot be part of a key
 */
export function rowKey({ schema, partitionColumns }: TableShape, key: readonly string[]): RowKey {
  if (key.length === 0) throw new TableError('expected key columns, got: none');
  const notNull = schema.fields.map((field) => (key.includes(field.name) ? { ...field, nullable: false } : field));
  const fields = key.map((column) => {
    const field = notNull.find(({ name }) => name === column);
    if (field === undefined) throw new TableError(`key column '${column}': expected a column of the table, got: no column of this name`);
    if (!KEY_TYPE.test(String(field.type)))
      throw new TableError(`key column '${column}': expected a type that can be part of a key, got: ${fieldTypeText(field.type)}`);
    return field;
  });
  return { fields, shape: { schema: { type: 'struct', fields: notNull }, partitionColumns } };
}
