import { rejectedLines } from '../rows/rejected-rows';
import { countOf, countText } from '../terminal/quantities';
import type { LoadReport } from './load-file';
import type { OfflineCounts } from './write-offline';
import type { OnlineCounts } from './write-online';

/** The text of a report, as `tables load` prints it. */
export function reportText(report: LoadReport): string {
  const { table, offline, online, rejected, notOnline, undeclared } = report;
  const counts = [
    ...(offline === undefined ? onlineCounts(online) : offlineCounts(offline)),
    ...(rejected.length > 0 ? [`${countText(rejected.length)} rejected`] : []),
  ];
  return [
    `${table}: ${counts.join(', ')}${offline === undefined ? '' : `; version ${offline.version}`}`,
    ...(offline !== undefined && online !== undefined && isLess(online, offline) ? [`  online: ${onlineCounts(online).join(', ')}`] : []),
    ...undeclared.map((name) => `  column '${name}' is not declared by the table and was skipped`),
    ...rejectedLines(rejected, report),
    ...(notOnline.length > 0 ? ['written offline, but rejected by the online store', ...rejectedLines(notOnline, report)] : []),
    ...(rejected.length + notOnline.length > 0
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

/** Whether some of the rows that were written offline were not written online. */
function isLess(online: OnlineCounts, offline: OfflineCounts): boolean {
  return online.written + online.unchanged < offline.written + offline.unchanged;
}

function rowsWritten(written: number): string {
  return `${countOf(written, 'row')} written`;
}
