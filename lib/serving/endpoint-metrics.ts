import { MathExpression, Metric, type MetricOptions, Stats, Unit } from 'aws-cdk-lib/aws-cloudwatch';
import { type IFunction } from 'aws-cdk-lib/aws-lambda';
import { METRIC_DIMENSION, METRIC_NAMESPACE } from '../contract/metrics';

function runtimeMetric(handler: IFunction, metricName: string, statistic: string, unit: Unit, options: MetricOptions = {}): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: { [METRIC_DIMENSION]: handler.functionName },
    statistic,
    unit,
    ...options,
  });
}

/** Requests that the runtime answered, with whatever status. */
export function invocationsMetric(handler: IFunction, options?: MetricOptions): Metric {
  return runtimeMetric(handler, 'Invocations', Stats.SUM, Unit.COUNT, options);
}

/** Requests that the runtime refused, with a 4xx. */
export function refusalsMetric(handler: IFunction, options?: MetricOptions): Metric {
  return runtimeMetric(handler, 'Refusals', Stats.SUM, Unit.COUNT, options);
}

/** Milliseconds that the runtime took to answer. */
export function latencyMetric(handler: IFunction, options?: MetricOptions): Metric {
  return runtimeMetric(handler, 'Latency', Stats.AVERAGE, Unit.MILLISECONDS, options);
}

/** Answers with a 5xx, and requests that got none because the function failed: the two are counted apart, and no request by both. */
export function errorsMetric(handler: IFunction, options: MetricOptions = {}): MathExpression {
  const { label = 'Errors', color, period, account, region, ...each } = options;
  return new MathExpression({
    expression: 'FILL(answered, 0) + FILL(failed, 0)',
    usingMetrics: {
      answered: runtimeMetric(handler, 'Errors', Stats.SUM, Unit.COUNT, { ...each, period, account, region }),
      failed: handler.metricErrors({ ...each, period, account, region }),
    },
    label,
    color,
    period,
  });
}
