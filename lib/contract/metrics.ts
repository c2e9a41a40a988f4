/** The CloudWatch namespace of all metrics. */
export const METRIC_NAMESPACE = 'CdkMlServing';

/** The dimension of every metric: the name of the Lambda function that reports it. */
export const METRIC_DIMENSION = 'FunctionName';

/**
 * A second dimension of the metrics of serving functions: the number of the version. They are reported with and without it, because alarms of a
 * roll-out watch only the new version.
 */
export const VERSION_DIMENSION = 'FunctionVersion';

/** The names of the metrics that each run of a materialization function reports. */
export const MATERIALIZATION_METRICS = {
  /**
   * The age of the newest commit that is completely online, in seconds. Failed runs report it too. Absent before the first commit is
   * online.
   */
  freshness: 'Freshness',
  /** The number of rows written to or deleted from the online store. */
  rowsMaterialized: 'RowsMaterialized',
  /** The number of rows that the online store cannot hold. */
  rowsRejected: 'RowsRejected',
  /** 1 for a run that stopped at a commit or a row that it cannot materialize, else 0. Lambda counts a crashed run in `Errors`. */
  failures: 'MaterializationFailures',
} as const;
