import { InvalidArgumentError } from 'commander';
import { InvalidKey, keyEncoder } from '../../lambda/online/key';
import { Mismatch } from '../../lambda/protocols/mismatch';
import type { ColumnSpec } from '../../lib/contract/data-types';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { cellReader } from '../rows/csv-file';
import { UserError } from '../terminal/user-error';

/** Gathers the values of an option `--key <column=value>` that may be repeated. */
export function gatherKey(text: string, before: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> {
  const [, column, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (column === undefined || value === undefined) throw new InvalidArgumentError('expected <column>=<value>');
  return new Map([...before, [column, value]]);
}

/**
 * The key that a user names by the values of its columns, each as a cell of a CSV file has it.
 * @returns the key as `keyEncoder` makes it
 * @throws UserError when a column is missing, is none of the key or has no value of its type
 */
export function keyOf({ name, primaryKey }: TableSpec, values: ReadonlyMap<string, string>): string {
  const columns = primaryKey.map((column) => column.name);
  const given = [...values.keys()];
  if (given.length !== columns.length || columns.some((column) => !values.has(column))) {
    throw new UserError(`--key: expected ${columns.map((column) => `'${column}'`).join(' and ')} of ${name}, got: ${given.join(', ')}`);
  }
  try {
    return keyEncoder(primaryKey)(primaryKey.map((column) => partOf(column, values.get(column.name)!)));
  } catch (error) {
    if (!(error instanceof InvalidKey)) throw error;
    throw new UserError(`--key: ${error.message}`, { cause: error });
  }
}

function partOf({ name, type }: ColumnSpec, cell: string): unknown {
  try {
    return cellReader(type)(cell);
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    throw new InvalidKey(name, error.expected, error.got);
  }
}
