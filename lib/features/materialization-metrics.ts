import { MathExpression, Metric, type MetricOptions, Stats, Unit } from 'aws-cdk-lib/aws-cloudwatch';
import { type IFunction } from 'aws-cdk-lib/aws-lambda';
import { MATERIALIZATION_METRICS, METRIC_DIMENSION, METRIC_NAMESPACE } from '../contract/metrics';

function runMetric(handler: IFunction, metricName: string, statistic: string, unit: Unit, options: MetricOptions = {}): Metric {
  const dimensionsMap = { [METRIC_DIMENSION]: handler.functionName };
  return new Metric({ namespace: METRIC_NAMESPACE, metricName, dimensionsMap, statistic, unit, ...options });
}

/** Seconds since the commit of the newest version that is online. */
export function freshnessMetric(handler: IFunction, options?: MetricOptions): Metric {
  return runMetric(handler, MATERIALIZATION_METRICS.freshness, Stats.MAXIMUM, Unit.SECONDS, options);
}

/** Rows that were written or deleted online. */
export function rowsMaterializedMetric(handler: IFunction, options?: MetricOptions): Metric {
  return runMetric(handler, MATERIALIZATION_METRICS.rowsMaterialized, Stats.SUM, Unit.COUNT, options);
}

/** Rows that could not be brought online. */
export function rowsRejectedMetric(handler: IFunction, options?: MetricOptions): Metric {
  return runMetric(handler, MATERIALIZATION_METRICS.rowsRejected, Stats.SUM, Unit.COUNT, options);
}

/** Runs that ended at a commit that cannot be brought online, and runs that died: the two are counted apart, and no run by both. */
export function failuresMetric(handler: IFunction, options: MetricOptions = {}): MathExpression {
  const { label = 'Failures', color, period, account, region, ...each } = options;
  return new MathExpression({
    expression: 'FILL(reported, 0) + FILL(died, 0)',
    usingMetrics: {
      reported: runMetric(handler, MATERIALIZATION_METRICS.failures, Stats.SUM, Unit.COUNT, { ...each, period, account, region }),
      died: handler.metricErrors({ ...each, period, account, region }),
    },
    label,
    color,
    period,
  });
}
