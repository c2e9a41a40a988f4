import { commitChange } from './commit';
import { checkNames } from './create-table';
import { fieldTypeText, type StructField } from '../parquet/schema';
import { fieldJson } from './schema';
import { parseSchema } from './schema';
import { type Snapshot } from './snapshot';
import { TableError } from '../stores/table-error';
import { type CountedChange, NO_ROWS, outcomeOf, type WriteOutcome } from './write-outcome';
import { type TableWriterIo } from './writer-io';

/**
 * Adds columns at the end of a table's schema. They are null in existing rows. Columns that the table already has with the same type are left
 * out; nothing is committed if no column is new.
 * @throws TableError naming a new column that is not nullable, or an existing column with another type
 */
export async function addColumns(io: TableWriterIo, fields: readonly StructField[]): Promise<WriteOutcome> {
  return outcomeOf(await commitChange(io, async (snapshot) => changeOf(snapshot, fields)));
}

function changeOf({ schema, metadata }: Snapshot, fields: readonly StructField[]): CountedChange {
  const missing = fields.filter((field) => !hasField(schema.fields, field));
  const json = JSON.parse(metadata.schemaString) as { fields: object[] };
  const extended = JSON.stringify({ ...json, fields: [...json.fields, ...missing.map(fieldJson)] });
  checkNames(parseSchema(extended, 'none'), '');
  return {
    actions: missing.length === 0 ? [] : [{ kind: 'metaData', metaData: { ...metadata, schemaString: extended } }],
    operation: 'ADD COLUMNS',
    parameters: { columns: JSON.stringify(missing.map((field) => ({ column: fieldJson(field) }))) },
    metrics: {},
    read: undefined,
    counts: NO_ROWS,
  };
}

function hasField(present: readonly StructField[], { name, type, nullable }: StructField): boolean {
  const found = present.find((field) => field.name === name);
  if (found === undefined) {
    if (!nullable) throw new TableError(`column '${name}': expected a nullable column, because it is null in existing rows`);
    return false;
  }
  const [expected, got] = [fieldTypeText(type), fieldTypeText(found.type)];
  if (expected !== got) throw new TableError(`column '${name}': expected ${expected}, got: ${got} in the table`);
  return true;
}
