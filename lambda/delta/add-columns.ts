import { commitChange } from './commit';
import { checkNames } from './create-table';
import { type FieldType, fieldTypeText, type StructField, VOID } from '../parquet/schema';
import { fieldJson, parseSchema } from './schema';
import { type Snapshot } from './snapshot';
import { TableError } from '../stores/table-error';
import { type CountedChange, NO_ROWS, outcomeOf, type WriteOutcome } from './write-outcome';
import { type TableWriterIo } from './writer-io';

/**
 * Adds columns at the end of a table's schema. They are null in existing rows. Columns that the table already has with the same type are left
 * out, and a void column gets the new type. Nothing is committed if nothing changes.
 * @throws TableError naming a new column that is not nullable, or an existing column with another type
 */
export async function addColumns(io: TableWriterIo, fields: readonly StructField[]): Promise<WriteOutcome> {
  return outcomeOf(await commitChange(io, async (snapshot) => changeOf(snapshot, fields)));
}

function changeOf({ schema, metadata }: Snapshot, fields: readonly StructField[]): CountedChange {
  const missing = fields.filter((field) => !hasField(schema.fields, field));
  const json = JSON.parse(metadata.schemaString) as { fields: { name: string; metadata?: object }[] };
  const present = json.fields.map((field) => {
    const typed = missing.find(({ name }) => name === field.name);
    return typed === undefined ? field : { ...field, ...fieldJson(typed), metadata: field.metadata ?? {} };
  });
  const added = missing.filter(({ name }) => !schema.fields.some((field) => field.name === name)).map(fieldJson);
  const extended = JSON.stringify({ ...json, fields: [...present, ...added] });
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
  if (found === undefined || isVoidIn(found.type, type)) {
    if (!nullable) throw new TableError(`column '${name}': expected a nullable column, because it is null in existing rows`);
    return false;
  }
  const [expected, got] = [fieldTypeText(type), fieldTypeText(found.type)];
  if (expected !== got) throw new TableError(`column '${name}': expected ${expected}, got: ${got} in the table`);
  return true;
}

/** Whether a stored type is void where a wanted type has another type: void itself, or the element of a list that is empty in every row. */
function isVoidIn(stored: FieldType, wanted: FieldType): boolean {
  if (typeof stored === 'string' || typeof wanted === 'string') return stored === VOID && wanted !== VOID;
  return stored.type === 'array' && wanted.type === 'array' && isVoidIn(stored.elementType, wanted.elementType);
}
