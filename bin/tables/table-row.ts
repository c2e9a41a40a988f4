import { columnsOf } from '../../lib/contract/table-columns';
import { InvalidKey, keyEncoder } from '../../lambda/online/key';
import type { OnlineRow } from '../../lambda/online/row';
import { Mismatch } from '../../lambda/protocols/mismatch';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import type { FileRow, RefusedRow, RowsFile } from '../rows/rows-file';

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

/** A row that fits a feature table. */
export interface FittingRow {
  /** As {@link RefusedRow.line}. */
  readonly line: number;
  readonly row: OnlineRow;
  /** The values of {@link columnsOf}, in the JavaScript form of their types. */
  readonly values: readonly unknown[];
}

/** How rows of a file, with the values of {@link columnsOf} as they stand there, become rows of the table. */
export function rowReader(table: TableSpec, file: RowsFile): (row: FileRow) => FittingRow | RefusedRow {
  const columns = columnsOf(table).map(({ name, type }) => ({ name, read: file.valueReader(type) }));
  const keyLength = table.primaryKey.length;
  const headLength = keyLength + (table.timestampKey === undefined ? 0 : 1);
  const encodeKey = keyEncoder(table.primaryKey);
  return ({ line, values: raw }) => {
    const values: unknown[] = [];
    for (const [i, { name, read: readValue }] of columns.entries()) {
      try {
        values.push(readCell(raw[i], readValue, i < headLength));
      } catch (error) {
        if (!(error instanceof Mismatch)) throw error;
        return { line, column: name, expected: error.expected, got: error.got };
      }
    }
    try {
      const key = encodeKey(values.slice(0, keyLength));
      const eventTime = table.timestampKey && (values[keyLength] as bigint);
      return { line, row: { key, eventTime, features: values.slice(headLength) }, values };
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
