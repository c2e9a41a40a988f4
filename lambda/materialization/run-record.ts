import { MATERIALIZATION_METRICS, METRIC_DIMENSION, METRIC_NAMESPACE } from '../../lib/contract/metrics';
import type { MaterializationReport } from './materialize';

const { freshness, rowsMaterialized, rowsRejected, failures } = MATERIALIZATION_METRICS;

const COUNTS = [
  { Name: rowsMaterialized, Unit: 'Count' },
  { Name: rowsRejected, Unit: 'Count' },
  { Name: failures, Unit: 'Count' },
];

/**
 * The log line of a run, with its metrics in CloudWatch's embedded metric format.
 * @param now in milliseconds since 1970
 */
export function runRecord(functionName: string, now: number, report: MaterializationReport): object {
  const { committed, stopped } = report;
  // without an online version there is no freshness
  const freshnessMetric = committed === undefined ? [] : [{ Name: freshness, Unit: 'Seconds' }];
  const Metrics = [...freshnessMetric, ...COUNTS];
  return {
    _aws: { Timestamp: now, CloudWatchMetrics: [{ Namespace: METRIC_NAMESPACE, Dimensions: [[METRIC_DIMENSION]], Metrics }] },
    [METRIC_DIMENSION]: functionName,
    ...(committed !== undefined && { [freshness]: Math.max(0, (now - committed) / 1000) }),
    [rowsMaterialized]: report.rowsWritten + report.rowsDeleted,
    [rowsRejected]: report.rowsRejected,
    [failures]: stopped === undefined ? 0 : 1,
    feature_table: report.featureTable,
    from_version: report.from,
    to_version: report.to,
    rows_written: report.rowsWritten,
    rows_older: report.rowsOlder,
    rows_unchanged: report.rowsUnchanged,
    rows_outdated: report.rowsOutdated,
    rows_deleted: report.rowsDeleted,
    unfinished: report.isUnfinished,
    pinned: report.isPinned,
    ...(stopped !== undefined && { stopped_at_version: stopped.version, reason: stopped.reason }),
  };
}
