import { MathExpression, Metric, type MetricOptions, Stats, Unit } from 'aws-cdk-lib/aws-cloudwatch';
import { type IFunction } from 'aws-cdk-lib/aws-lambda';
import { MATERIALIZATION_METRICS, METRIC_DIMENSION, METRIC_NAMESPACE } from '../contract/metrics';

function runMetric(handler: IFunction, metricName: string, statistic: string, unit: Unit, options: MetricOptions = {}): Metric {
  const dimensionsMap = { [METRIC_DIMENSION]: handler.functionName };
  return new Metric({ namespace: METRIC_NAMESPACE, metricName, dimensionsMap, statistic, unit, ...options });
}

/** The age of the newest commit that is completely online, in seconds. */
export function freshnessMetric(handler: IFunction, options?: MetricOptions): Metric {
  return runMetric(handler, MATERIALIZATION_METRICS.freshness, Stats.MAXIMUM, Unit.SECONDS, options);
}

/** The number of rows written to or deleted from the online store. */
export function rowsMaterializedMetric(handler: IFunction, options?: MetricOptions): Metric {
  return runMetric(handler, MATERIALIZATION_METRICS.rowsMaterialized, Stats.SUM, Unit.COUNT, options);
}

/** The number of rows that the online store cannot hold. */
export function rowsRejectedMetric(handler: IFunction, options?: MetricOptions): Metric {
  return runMetric(handler, MATERIALIZATION_METRICS.rowsRejected, Stats.SUM, Unit.COUNT, options);
}

/** The number of failed runs, which report themselves, and of crashed runs, which Lambda reports. No run counts twice. */
export function failuresMetric(handler: IFunction, options: MetricOptions = {}): MathExpression {
  const { label = 'Failures', color, period, account, region, ...each } = options;
  return new MathExpression({
    expression: 'FILL(reported, 0) + FILL(crashed, 0)',
    usingMetrics: {
      reported: runMetric(handler, MATERIALIZATION_METRICS.failures, Stats.SUM, Unit.COUNT, { ...each, period, account, region }),
      crashed: handler.metricErrors({ ...each, period, account, region }),
    },
    label,
    color,
    period,
  });
}
