import { Mismatch } from '../../lambda/protocols/mismatch';
import { valueReader, type ValueReader } from '../../lambda/protocols/read-value';
import { fieldTypeText } from '../../lambda/parquet/schema';
import type { Plan } from '../../lambda/serving/plan';
import { foundColumnsLine } from '../rows/found-columns';
import { type RejectedRow, rejectedRow, type Rows } from '../rows/rows';
import { UserError } from '../terminal/user-error';

/** The column with the time of each label. */
export interface TimeColumn {
  readonly name: string;
  /** Its index among the columns of the labels. */
  readonly index: number;
  /** Turns a value that is not null into microseconds since 1970. @throws Mismatch */
  readonly read: ValueReader;
}

/**
 * Finds the column with the labels' times: the named column, or else the column with the same name as a looked-up table's timestamp key.
 * @returns undefined if nothing needs the time
 * @throws UserError if there is no such column, more than one, or it is no timestamp
 */
export function timeColumn(plan: Plan, labels: Rows, named: string | undefined): TimeColumn | undefined {
  const name = named ?? impliedTime(plan, labels);
  if (name === undefined) return undefined;
  const index = labels.columns.findIndex((column) => column.name === name);
  const column = labels.columns[index];
  if (column === undefined) {
    const message = `${labels.name}: expected a column '${name}', the time of each label, got: none`;
    throw new UserError(`${message}\n${foundColumnsLine(labels, [name])}`);
  }
  const read = labels.valueReader(column, 'timestamp', valueReader('timestamp'));
  if (read === undefined) throw new UserError(`${labels.name}: column '${name}': expected timestamp, got: ${fieldTypeText(column.type)}`);
  return { name, index, read };
}

function impliedTime({ rounds, functions }: Plan, labels: Rows): string | undefined {
  const { name, columns } = labels;
  const isNeeded = rounds.length > 0 || functions.some(({ inputs }) => inputs.includes(undefined));
  if (!isNeeded) return undefined;
  const keys = new Set(rounds.flatMap(({ tables }) => tables.flatMap(({ spec }) => spec.timestampKey?.name ?? [])));
  const found = columns.filter((column) => keys.has(column.name)).map((column) => column.name);
  if (found.length === 1) return found[0]!;
  const got = found.length === 0 ? 'none' : found.map((column) => `'${column}'`).join(' and ');
  const byName = keys.size === 0 ? '' : `, or a column with the name of a timestamp key (${[...keys].map((key) => `'${key}'`).join(', ')})`;
  const message = `${name}: expected the column with the labels' times in --time${byName}, got: ${got}`;
  throw new UserError(found.length > 0 ? message : `${message}\n${foundColumnsLine(labels, [...keys])}`);
}

/** Reads the time of a label. */
export function timeOf({ name, read }: TimeColumn, value: unknown, line: number): bigint | RejectedRow {
  if (value === null || value === undefined) {
    return rejectedRow(line, { column: name, expected: 'a value, because it is the time of the label', got: 'null' });
  }
  try {
    return read(value) as bigint;
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    return rejectedRow(line, { column: name, expected: error.expected, got: error.got });
  }
}
