import type { MaterializationReport } from '../../lambda/materialization/materialize';
import type { Failure } from '../../lambda/materialization/state';
import type { RejectedRow } from '../../lambda/offline/feature-rows';
import { countOf, countText } from '../terminal/quantities';

/** The text of a materialization's report, as commands print it. */
export function materializationText(report: MaterializationReport): string {
  const { featureTable: table, to, stopped, isPinned, rowsRejected, rejected } = report;
  const counts = countsOf(report);
  const unlisted = rowsRejected - rejected.length;
  return [
    `${table}: ${[to === undefined ? 'no version is online' : `version ${to} is online`, ...counts].join(', ')}`,
    ...(isPinned ? [`  it is pinned: later versions wait until \`tables materialize ${table}\` is run`] : []),
    ...rejected.map(rejectedLine),
    ...(unlisted > 0 ? [`  and ${countOf(unlisted, 'row')} more`] : []),
    ...(stopped === undefined ? [] : stoppedLines(table, stopped)),
  ].join('\n');
}

/** Says why a version cannot be materialized, and how to skip it if that is possible. */
export function stoppedLines(
  table: string,
  { version, reason, isSkippable }: Pick<Failure, 'version' | 'reason' | 'isSkippable'>,
): string[] {
  return [
    `  version ${version} cannot be materialized: ${reason}`,
    ...(isSkippable ? [`  \`tables materialize ${table} --skip ${version}\` skips it`] : []),
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
