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
 * Adds columns at the end of a table's schema; they are null in the rows that are there. A column that the table has already, with the same
 * type, is left as it is, and nothing is committed if all are.
 * @throws TableError naming the column that is not nullable, or that the table has with another type
 */
export async function addColumns(io: TableWriterIo, fields: readonly StructField[]): Promise<WriteOutcome> {
  return outcomeOf(await commitChange(io, async (snapshot) => changeOf(snapshot, fields)));
}

function changeOf({ schema, metadata }: Snapshot, fields: readonly StructField[]): CountedChange {
  const missing = fields.filter((field) => !has(schema.fields, field));
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

function has(present: readonly StructField[], { name, type, nullable }: StructField): boolean {
  const found = present.find((field) => field.name === name);
  if (found === undefined) {
    if (!nullable) throw new TableError(`column '${name}': expected one that may be null, because it is in the rows that are there`);
    return false;
  }
  const [wanted, there] = [fieldTypeText(type), fieldTypeText(found.type)];
  if (wanted !== there) throw new TableError(`column '${name}': expected ${wanted}, got: ${there} in the table`);
  return true;
}
