import type { LoadReport } from './load-file';
import type { RefusedRow } from './rows-file';

/** A report as the command prints it. */
export function reportText({ table, file, unit, written, older, outdated, refused, undeclared }: LoadReport): string {
  const counts = [
    `${count(written)} ${written === 1 ? 'row' : 'rows'} written`,
    ...(older > 0 ? [`${count(older)} older than the stored row`] : []),
    ...(outdated > 0 ? [`${count(outdated)} outside the table's age`] : []),
    ...(refused.length > 0 ? [`${count(refused.length)} refused`] : []),
  ];
  const places = refused.map(({ line }) => (unit === 'line' ? `${file}:${line}` : `${file} row ${line}`));
  const width = Math.max(...places.map(({ length }) => length));
  return [
    `${table}: ${counts.join(', ')}`,
    ...undeclared.map((name) => `  column '${name}' is not declared by the table and was skipped`),
    ...refused.map((row, i) => `  ${places[i]!.padEnd(width)}  ${reasonText(row)}`),
    ...(refused.length > 0 ? ['correct these rows and load the same file again; rows already written stay as they are'] : []),
  ].join('\n');
}

function reasonText({ column, expected, got }: RefusedRow): string {
  return `${column === undefined ? '' : `column '${column}': `}expected ${expected}, got: ${got}`;
}

function count(number: number): string {
  return number.toLocaleString('en-US');
}
