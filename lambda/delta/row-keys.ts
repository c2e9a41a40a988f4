import { type TableShape } from './data-file-writer';
import { fieldTypeText, type StructField } from '../parquet/schema';
import { TableError } from '../stores/table-error';

/** Types whose values are equal only if they are the same. */
const KEY_TYPE = /^(?:boolean|byte|short|integer|long|string|binary|date|timestamp|timestamp_ntz|decimal\(.*)$/;

/** The key of a table's rows. */
export interface RowKey {
  /** The fields of the key columns; none of their values may be null. */
  readonly fields: readonly StructField[];
  /** The table's shape in which the key columns are not nullable. */
  readonly shape: TableShape;
}

/**
 * The key of a table's rows, from the names of its columns.
 * @throws TableError naming the column that the table does not have, or whose type makes no key
 */
export function rowKey({ schema, partitionColumns }: TableShape, key: readonly string[]): RowKey {
  if (key.length === 0) throw new TableError('expected key columns, got: none');
  const notNull = schema.fields.map((field) => (key.includes(field.name) ? { ...field, nullable: false } : field));
  const fields = key.map((column) => {
    const field = notNull.find(({ name }) => name === column);
    if (field === undefined) throw new TableError(`key column '${column}': expected a column of the table, got: none of this name`);
    if (!KEY_TYPE.test(String(field.type)))
      throw new TableError(`key column '${column}': expected a type that makes a key, got: ${fieldTypeText(field.type)}`);
    return field;
  });
  return { fields, shape: { schema: { type: 'struct', fields: notNull }, partitionColumns } };
}
