import { type SchemaElement, type SchemaTree } from 'hyparquet';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { storePath } from '../../../lambda/delta/data-file';
import { FolderStore } from '../../../lambda/stores/folder-store';
import { readParquetFields } from '../../../lambda/parquet/file';
import { fieldsOf } from '../../../lambda/parquet/file-schema';
import { type FieldType } from '../../../lambda/parquet/schema';
import { readSnapshot } from '../../../lambda/delta/snapshot';
import { DELTA_TABLES } from '../../helpers/delta';

const mapped = ['spark_colmap', 'spark_colmap_id', 'spark_type_widening'];
const tables = readdirSync(DELTA_TABLES).filter((name) => name !== 'bad' && !mapped.includes(name));

/** Removes the parts of a type that only the log records. */
function stored(type: FieldType): unknown {
  if (typeof type === 'string') return type;
  if (type.type === 'struct') return type.fields.map((field) => [field.name, stored(field.type)]);
  return type.type === 'array' ? [stored(type.elementType)] : [stored(type.keyType), stored(type.valueType)];
}

test.each(tables)("the data files of %s have the table's columns", async (name) => {
  const store = new FolderStore(join(DELTA_TABLES, name));
  const { files, schema, partitionColumns } = await readSnapshot(store);
  const declared = new Map(schema.fields.map(({ name: column, type }) => [column, stored(type)]));
  const seen = new Set<string>();
  for (const file of files) {
    for (const { name: column, type } of await readParquetFields(store, storePath(file.path), file.size)) {
      if (!declared.has(column)) continue; // a column that the writer keeps for itself
      seen.add(column);
      expect([column, stored(type)]).toEqual([column, declared.get(column)]);
    }
  }
  const expected = [...declared.keys()].filter((column) => !partitionColumns.includes(column));
  expect([...seen].sort()).toEqual(files.length === 0 ? [] : expected.sort());
});

/** The type of a column with this schema element. */
function typeOf(element: Partial<SchemaElement>): FieldType {
  const tree = (of: Partial<SchemaElement>, children: SchemaTree[]): SchemaTree => ({
    children,
    count: 1,
    path: [],
    element: { name: 'x', repetition_type: 'OPTIONAL', ...of },
  });
  return fieldsOf(tree({}, [tree(element, [])]))[0]!.type;
}

test.each<[string, Partial<SchemaElement>, FieldType]>([
  ['an unsigned byte', { type: 'INT32', logical_type: { type: 'INTEGER', bitWidth: 8, isSigned: false } }, 'short'],
  ['an unsigned short', { type: 'INT32', converted_type: 'UINT_16' }, 'integer'],
  ['a signed long', { type: 'INT64', logical_type: { type: 'INTEGER', bitWidth: 64, isSigned: true } }, 'long'],
  ['nanoseconds', { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'NANOS' } }, 'timestamp in nanoseconds'],
  ['a local time', { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' } }, 'timestamp_ntz'],
  ['milliseconds of an older writer', { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' }, 'timestamp'],
  ['INT96', { type: 'INT96' }, 'timestamp'],
  ['a column without values', { type: 'INT32', logical_type: { type: 'NULL' } }, 'void'],
  ['JSON', { type: 'BYTE_ARRAY', logical_type: { type: 'JSON' } }, 'string'],
  ['bytes of one length', { type: 'FIXED_LEN_BYTE_ARRAY' }, 'binary'],
  ['a decimal of an older writer', { type: 'FIXED_LEN_BYTE_ARRAY', converted_type: 'DECIMAL', precision: 20, scale: 3 }, 'decimal(20,3)'],
])('knows the type of %s', (_, element, expected) => {
  expect(typeOf(element)).toBe(expected);
});

test.each<[string, Partial<SchemaElement>, string]>([
  ['an unsigned integer', { type: 'INT32', converted_type: 'UINT_32' }, 'Parquet INT32 (UINT_32)'],
  ['an unsigned long', { type: 'INT64', logical_type: { type: 'INTEGER', bitWidth: 64, isSigned: false } }, 'Parquet INT64 (INTEGER)'],
  ['a time', { type: 'INT64', logical_type: { type: 'TIME', isAdjustedToUTC: true, unit: 'MICROS' } }, 'Parquet INT64 (TIME)'],
  ['a UUID', { type: 'FIXED_LEN_BYTE_ARRAY', logical_type: { type: 'UUID' } }, 'Parquet FIXED_LEN_BYTE_ARRAY (UUID)'],
  ['a half float', { type: 'FIXED_LEN_BYTE_ARRAY', logical_type: { type: 'FLOAT16' } }, 'Parquet FIXED_LEN_BYTE_ARRAY (FLOAT16)'],
  ['a repeated field', { type: 'INT32', repetition_type: 'REPEATED' }, 'repeated Parquet INT32'],
])('describes %s, which has no type', (_, element, expected) => {
  expect(typeOf(element)).toBe(expected);
});
