import { createHash } from 'node:crypto';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { columnsOf } from '../../lib/contract/table-columns';
import { type StoredColumn, storedColumns } from '../offline/feature-schema';
import type { StructType } from '../parquet/schema';

/** Tells the form in which rows of a feature table are kept online: with another, all of them have to be written anew. */
export function rowForm(table: TableSpec): string {
  const form = [table.primaryKey.length, columnsOf(table).map(({ name, type }) => [name, type]), table.timeToLiveSeconds];
  return createHash('sha256').update(JSON.stringify(form)).digest('base64url').slice(0, 16);
}

/** Whether the columns of a feature table have the same values in data files of a schema when these are read by a later one. */
export function isReadAlike(table: TableSpec, schema: StructType, later: StructType): boolean {
  const before = storedColumns(table, schema);
  return storedColumns(table, later).every(({ field }, i) => isSameField(before[i]!.field, field, schema));
}

function isSameField(before: StoredColumn['field'], field: StoredColumn['field'], { fields }: StructType): boolean {
  if (before === undefined || field === undefined) {
    // a new column has no values in files from before; one that was renamed has
    return before === field || (before === undefined && !fields.some(({ physicalName }) => physicalName === field!.physicalName));
  }
  return before.physicalName === field.physicalName && before.fieldId === field.fieldId;
}
