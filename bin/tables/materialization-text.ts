import type { MaterializationReport } from '../../lambda/materialization/materialize';
import type { Failure } from '../../lambda/materialization/state';
import type { RejectedRow } from '../../lambda/offline/feature-rows';
import { countOf, countText } from '../terminal/quantities';

/** What a materialization came to, as commands print it. */
export function materializationText(report: MaterializationReport): string {
  const { featureTable: table, to, stopped, isPinned, rowsRejected, rejected } = report;
  const counts = countsOf(report);
  const unlisted = rowsRejected - rejected.length;
  return [
    `${table}: ${[to === undefined ? 'no version is online' : `version ${to} is online`, ...counts].join(', ')}`,
    ...(isPinned ? [`  it stays online until \`tables materialize ${table}\` asks for the latest`] : []),
    ...rejected.map(rejectedLine),
    ...(unlisted > 0 ? [`  and ${countOf(unlisted, 'row')} more`] : []),
    ...(stopped === undefined ? [] : stoppedLines(table, stopped)),
  ].join('\n');
}

/** What keeps a version from coming online, and how it is moved past, if it can be. */
export function stoppedLines(
  table: string,
  { version, reason, isSkippable }: Pick<Failure, 'version' | 'reason' | 'isSkippable'>,
): string[] {
  return [
    `  version ${version} cannot be brought online: ${reason}`,
    ...(isSkippable ? [`  \`tables materialize ${table} --skip ${version}\` moves past it`] : []),
  ];
}

function countsOf(report: MaterializationReport): string[] {
  const { rowsWritten, rowsDeleted, rowsOlder, rowsOutdated, rowsRejected } = report;
  return [
    ...(rowsWritten > 0 ? [`${countOf(rowsWritten, 'row')} written`] : []),
    ...(rowsDeleted > 0 ? [`${countText(rowsDeleted)} deleted`] : []),
    ...(rowsOlder > 0 ? [`${countText(rowsOlder)} older than the stored row`] : []),
    ...(rowsOutdated > 0 ? [`${countText(rowsOutdated)} outside the table's age`] : []),
    ...(rowsRejected > 0 ? [`${countText(rowsRejected)} rejected`] : []),
  ];
}

function rejectedLine({ file, row, column, expected, got }: RejectedRow): string {
  return `  ${file} row ${row + 1}${column === undefined ? '' : `, column '${column}'`}: expected ${expected}, got: ${got}`;
}
