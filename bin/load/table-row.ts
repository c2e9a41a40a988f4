import { columnsOf } from '../../lambda/offline/feature-schema';
import { InvalidKey, keyEncoder } from '../../lambda/online/key';
import type { OnlineRow } from '../../lambda/online/row';
import { Mismatch } from '../../lambda/protocols/mismatch';
import type { TableSpec } from '../../lib/spec/endpoint-spec';
import type { FileRow, RefusedRow, RowsFile } from './rows-file';

/** What a file must have to be loaded into a table, and why. */
export function requiredColumns({ primaryKey, timestampKey, features }: TableSpec): { name: string; why: string }[] {
  return [
    ...primaryKey.map(({ name }) => ({ name, why: 'it is part of the primary key' })),
    ...(timestampKey === undefined ? [] : [{ name: timestampKey.name, why: 'it is the timestamp key' }]),
    ...features
      .filter(({ nullable = false, defaultValue }) => !nullable && defaultValue === undefined)
      .map(({ name }) => ({ name, why: 'it is neither nullable nor has it a default' })),
  ];
}

/** How rows of a file, with the values of {@link columnsOf}, become rows of the table. */
export function rowReader(table: TableSpec, file: RowsFile): (row: FileRow) => OnlineRow | RefusedRow {
  const columns = columnsOf(table).map(({ name, type }) => ({ name, read: file.valueReader(type) }));
  const keyLength = table.primaryKey.length;
  const headLength = keyLength + (table.timestampKey === undefined ? 0 : 1);
  const encodeKey = keyEncoder(table.primaryKey);
  return ({ line, values }) => {
    const read: unknown[] = [];
    for (const [i, { name, read: readValue }] of columns.entries()) {
      try {
        read.push(readCell(values[i], readValue, i < headLength));
      } catch (error) {
        if (!(error instanceof Mismatch)) throw error;
        return { line, column: name, expected: error.expected, got: error.got };
      }
    }
    try {
      const key = encodeKey(read.slice(0, keyLength));
      return { key, eventTime: table.timestampKey && (read[keyLength] as bigint), features: read.slice(headLength) };
    } catch (error) {
      if (!(error instanceof InvalidKey)) throw error;
      return { line, column: error.column, expected: error.expected, got: error.got };
    }
  };
}

function readCell(value: unknown, read: (value: unknown) => unknown, required: boolean): unknown {
  if (value !== undefined && value !== null) return read(value);
  if (required) throw new Mismatch('a value', 'null');
  return null;
}
