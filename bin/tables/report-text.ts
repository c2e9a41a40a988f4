import { countOf, countText } from '../terminal/quantities';
import type { LoadReport } from './load-file';
import type { RefusedRow } from '../rows/rows-file';
import type { OfflineCounts } from './write-offline';
import type { OnlineCounts } from './write-online';

/** A report as the command prints it. */
export function reportText(report: LoadReport): string {
  const { table, offline, online, refused, notOnline, undeclared } = report;
  const counts = [
    ...(offline === undefined ? onlineCounts(online) : offlineCounts(offline)),
    ...(refused.length > 0 ? [`${countText(refused.length)} refused`] : []),
  ];
  return [
    `${table}: ${counts.join(', ')}${offline === undefined ? '' : `; version ${offline.version}`}`,
    ...(offline !== undefined && online !== undefined && isLess(online, offline) ? [`  online: ${onlineCounts(online).join(', ')}`] : []),
    ...undeclared.map((name) => `  column '${name}' is not declared by the table and was skipped`),
    ...rowLines(report, refused),
    ...(notOnline.length > 0 ? ['written offline and not taken online', ...rowLines(report, notOnline)] : []),
    ...(refused.length + notOnline.length > 0
      ? ['correct these rows and load the same file again; rows already written stay as they are']
      : []),
  ].join('\n');
}

function offlineCounts({ written, unchanged }: OfflineCounts): string[] {
  return [rowsWritten(written), ...(unchanged > 0 ? [`${countText(unchanged)} unchanged`] : [])];
}

function onlineCounts(
  { written, older, outdated, unchanged }: OnlineCounts = { written: 0, older: 0, outdated: 0, unchanged: 0 },
): string[] {
  return [
    rowsWritten(written),
    ...(unchanged > 0 ? [`${countText(unchanged)} unchanged`] : []),
    ...(older > 0 ? [`${countText(older)} older than the stored row`] : []),
    ...(outdated > 0 ? [`${countText(outdated)} outside the table's age`] : []),
  ];
}

/** Whether some of the rows that are offline now did not go online. */
function isLess(online: OnlineCounts, offline: OfflineCounts): boolean {
  return online.written + online.unchanged < offline.written + offline.unchanged;
}

function rowsWritten(written: number): string {
  return `${countOf(written, 'row')} written`;
}

/** Rows of a file and why each was refused, a line each. */
export function rowLines({ file, unit }: Pick<LoadReport, 'file' | 'unit'>, rows: readonly RefusedRow[]): string[] {
  const places = rows.map(({ line }) => (unit === 'line' ? `${file}:${line}` : `${file} row ${line}`));
  const width = Math.max(...places.map(({ length }) => length));
  return rows.map((row, i) => `  ${places[i]!.padEnd(width)}  ${reasonText(row)}`);
}

function reasonText({ column, expected, got }: RefusedRow): string {
  return `${column === undefined ? '' : `column '${column}': `}expected ${expected}, got: ${got}`;
}
