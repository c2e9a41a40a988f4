import { type Metadata, type Protocol } from './actions';
import { commitInfo, putCommit } from './commit';
import { commitBytes } from './commit-file';
import { type FieldType, isReadable, type StructType } from '../parquet/schema';
import { schemaString } from './schema';
import { describeStored, TableError } from '../stores/table-error';
import { type TableWriterIo } from './writer-io';

/** A table to create. */
export interface NewTable {
  readonly schema: StructType;
  /** The names of the columns that partition the table. @default - none */
  readonly partitionColumns?: readonly string[];
  /** @default - no name */
  readonly name?: string;
  /** Table properties, for example `delta.appendOnly`. @default - none */
  readonly configuration?: Readonly<Record<string, string>>;
}

/** Characters that Spark does not accept in column names. */
const NOT_IN_NAMES = /[ ,;{}()\n\t=]/;

/**
 * Creates a table without rows, unless the table exists.
 * @returns whether the table was created
 * @throws TableError naming a column with a name or type that is not allowed
 */
export async function createTable(io: TableWriterIo, table: NewTable): Promise<boolean> {
  const { schema, partitionColumns = [], name, configuration = {} } = table;
  checkSchema(schema, partitionColumns);
  const metaData: Metadata = {
    id: io.uuid(),
    name,
    description: undefined,
    createdTime: io.now(),
    schemaString: schemaString(schema),
    partitionColumns,
    configuration,
  };
  const parameters = { isManaged: 'false', partitionBy: JSON.stringify(partitionColumns), properties: JSON.stringify(configuration) };
  const info = commitInfo(io, { operation: 'CREATE TABLE', parameters, metrics: {}, read: undefined });
  const bytes = commitBytes([
    { kind: 'commitInfo', commitInfo: info },
    { kind: 'protocol', protocol: protocolOf(schema) },
    { kind: 'metaData', metaData },
  ]);
  return putCommit(io, 0, bytes, info);
}

function protocolOf(schema: StructType): Protocol {
  if (!hasType(schema, 'timestamp_ntz')) return { minReaderVersion: 1, minWriterVersion: 2, readerFeatures: [], writerFeatures: [] };
  const readerFeatures = ['timestampNtz'];
  return { minReaderVersion: 3, minWriterVersion: 7, readerFeatures, writerFeatures: [...readerFeatures, 'appendOnly', 'invariants'] };
}

function hasType(type: FieldType, wanted: string): boolean {
  if (typeof type === 'string') return type === wanted;
  if (type.type === 'struct') return type.fields.some((field) => hasType(field.type, wanted));
  return type.type === 'array' ? hasType(type.elementType, wanted) : hasType(type.keyType, wanted) || hasType(type.valueType, wanted);
}

function checkSchema(schema: StructType, partitionColumns: readonly string[]): void {
  const unknown = schema.fields.find(({ type }) => !isReadable(type));
  if (unknown !== undefined)
    throw new TableError(`column '${unknown.name}': expected a type of Delta Lake, got: ${describeStored(unknown.type)}`);
  checkNames(schema, '');
  for (const column of partitionColumns) {
    const field = schema.fields.find(({ name }) => name === column);
    if (typeof field?.type !== 'string') {
      throw new TableError(
        `partition column '${column}': expected a column that holds one value, got: ${field === undefined ? 'no column of this name' : field.type.type}`,
      );
    }
  }
  if (partitionColumns.length >= schema.fields.length) {
    throw new TableError(`expected a column beside the partition columns, got: ${schema.fields.length} columns`);
  }
}

/** Checks that every reader accepts the column names. @throws TableError naming the column */
export function checkNames(type: FieldType, at: string): void {
  if (typeof type === 'string') return;
  if (type.type === 'array') return checkNames(type.elementType, `${at}.element`);
  if (type.type === 'map') return [type.keyType, type.valueType].forEach((inner) => checkNames(inner, at));
  const seen = new Set<string>();
  for (const field of type.fields) {
    const path = at === '' ? field.name : `${at}.${field.name}`;
    if (field.name === '' || NOT_IN_NAMES.test(field.name)) {
      throw new TableError(`column '${path}': expected a name without spaces and without ,;{}()=, got: ${JSON.stringify(field.name)}`);
    }
    if (seen.has(field.name.toLowerCase())) {
      throw new TableError(`column '${path}': expected names that differ by more than case, got: ${JSON.stringify(field.name)} twice`);
    }
    seen.add(field.name.toLowerCase());
    checkNames(field.type, path);
  }
}
