import { rmSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fieldTypeText } from '../../lambda/parquet/schema';
import { describeError } from '../../lambda/protocols/describe-value';
import { type Refusal } from '../../lambda/refusal';
import { countText } from '../terminal/quantities';
import type { RejectedRow, Rows } from './rows';

/** How many rejected rows are printed. The file beside the output has all of them. */
const PRINTED = 20;

/** Rejects a row for which a request would be refused. */
export function rejectedByRefusal(line: number, { column, detail, code, cause }: Refusal): RejectedRow {
  // an error of the user's own code is printed as the endpoint logs it
  const reason = code === 'INTERNAL_ERROR' && cause !== undefined ? `${detail}: ${describeError(cause)}` : detail;
  return { line, ...(column !== undefined && { column }), reason };
}

/** Lists the input columns that are left out of the output or changed in it. */
export function changedColumnLines({ name, unreadable, nanosecondColumns }: Rows): string[] {
  const nanoseconds = nanosecondColumns.map((column) => `'${column}'`).join(', ');
  const leftOut = unreadable.map(
    (column) => `  column '${column.name}' of ${name} was left out: ${fieldTypeText(column.type)} cannot be read`,
  );
  return [...(nanoseconds === '' ? [] : [`  columns of ${name} in nanoseconds were written in microseconds: ${nanoseconds}`]), ...leftOut];
}

/**
 * Writes rejected rows to a file beside the output, or removes the file of an earlier run.
 * @returns the lines to print
 */
export function reportRejected(rejected: readonly RejectedRow[], rows: Rows, output: string): string[] {
  const file = `${output}.rejected.jsonl`;
  if (rejected.length === 0) {
    rmSync(file, { force: true });
    return [];
  }
  const sorted = inOrder(rejected);
  writeFileSync(file, sorted.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const more = sorted.length > PRINTED ? [`  and ${countText(sorted.length - PRINTED)} more`] : [];
  return [
    `${countText(sorted.length)} rejected, listed in ${relative(process.cwd(), file)}`,
    ...rejectedLines(sorted.slice(0, PRINTED), rows),
    ...more,
  ];
}

/** Sorts rejected rows by their numbers. */
export function inOrder(rows: readonly RejectedRow[]): RejectedRow[] {
  return [...rows].sort((a, b) => a.line - b.line);
}

/** Prints rejected rows, a line each. */
export function rejectedLines(rejected: readonly RejectedRow[], { name, unit }: Pick<Rows, 'name' | 'unit'>): string[] {
  const places = rejected.map(({ line, key }) => {
    if (key !== undefined) return `${name} ${JSON.stringify(key)}`;
    return unit === 'line' ? `${name}:${line}` : `${name} row ${line}`;
  });
  const width = Math.max(...places.map(({ length }) => length));
  return rejected.map(({ column, reason }, i) => {
    const where = column === undefined ? '' : `column '${column}': `;
    return `  ${places[i]!.padEnd(width)}  ${where}${reason}`;
  });
}
