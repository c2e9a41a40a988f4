import { Mismatch } from '../../lambda/protocols/mismatch';
import { valueReader, type ValueReader } from '../../lambda/protocols/read-value';
import { fieldTypeText } from '../../lambda/parquet/schema';
import type { Plan } from '../../lambda/serving/plan';
import type { RowsInput } from '../rows/rows-input';
import { UserError } from '../terminal/user-error';
import type { Rejection } from '../rows/rejection';

/** The column that holds the time of each label. */
export interface TimeColumn {
  readonly name: string;
  /** Its place among the columns of the input. */
  readonly place: number;
  /** Microseconds since 1970, of a cell that is not null. @throws Mismatch */
  readonly read: ValueReader;
}

/**
 * The column of the labels' times: the one that is named, else the one with the name of a looked-up table's timestamp key.
 * @returns undefined where nothing asks for the time
 * @throws UserError when it is not there, is no timestamp, or cannot be told
 */
export function timeColumn(plan: Plan, labels: RowsInput, named: string | undefined): TimeColumn | undefined {
  const name = named ?? impliedTime(plan, labels);
  if (name === undefined) return undefined;
  const place = labels.columns.findIndex((column) => column.name === name);
  const column = labels.columns[place];
  if (column === undefined) throw new UserError(`${labels.name}: expected a column '${name}', the time of each label, got: none`);
  const read = labels.cellReader(column, 'timestamp', valueReader('timestamp'));
  if (read === undefined) throw new UserError(`${labels.name}: column '${name}': expected timestamp, got: ${fieldTypeText(column.type)}`);
  return { name, place, read };
}

function impliedTime({ rounds, functions }: Plan, { name, columns }: RowsInput): string | undefined {
  const isAsked = rounds.length > 0 || functions.some(({ inputs }) => inputs.includes(undefined));
  if (!isAsked) return undefined;
  const keys = new Set(rounds.flatMap(({ tables }) => tables.flatMap(({ spec }) => spec.timestampKey?.name ?? [])));
  const found = columns.filter((column) => keys.has(column.name)).map((column) => column.name);
  if (found.length === 1) return found[0]!;
  const got = found.length === 0 ? 'none' : found.map((column) => `'${column}'`).join(' and ');
  const like = keys.size === 0 ? '' : `, or a column of the name of a timestamp key (${[...keys].map((key) => `'${key}'`).join(', ')})`;
  throw new UserError(`${name}: expected the column of the labels' times by --time${like}, got: ${got}`);
}

/** The time of a label, or why it has none. */
export function timeOf({ name, read }: TimeColumn, cell: unknown, line: number): bigint | Rejection {
  if (cell === null || cell === undefined) {
    return { line, column: name, reason: 'expected a value, because it is the time of the label, got: null' };
  }
  try {
    return read(cell) as bigint;
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    return { line, column: name, reason: `expected ${error.expected}, got: ${error.got}` };
  }
}
