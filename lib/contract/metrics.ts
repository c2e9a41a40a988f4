/** Where the runtime's log lines put their metrics in CloudWatch. */
export const METRIC_NAMESPACE = 'CdkMlServing';

/** The one dimension of every metric: the name of the Lambda function that wrote it. */
export const METRIC_DIMENSION = 'FunctionName';

/** The names of what each run of a materialization function reports. */
export const MATERIALIZATION_METRICS = {
  /** Seconds since the commit of the newest offline version that is online as a whole; of a run that fails too. Nothing where no version is. */
  freshness: 'Freshness',
  /** Rows written or deleted online. */
  rowsMaterialized: 'RowsMaterialized',
  /** Rows that no online store may hold. */
  rowsRejected: 'RowsRejected',
  /** 1 of a run that ended at something it cannot bring online, else 0. A run that dies is counted by Lambda alone, in `Errors`. */
  failures: 'MaterializationFailures',
} as const;
