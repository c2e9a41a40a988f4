import { MathExpression, Metric, type MetricOptions, Stats, Unit } from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC_DIMENSION, METRIC_NAMESPACE } from '../contract/metrics';
import { type EndpointMetrics, type UsageGraph } from './endpoint-compute';

/** The metrics of an endpoint that a Lambda function serves: metrics from its log lines, and metrics of Lambda. */
export class LambdaMetrics implements EndpointMetrics {
  constructor(private readonly functionName: string) {}

  public invocations(options?: MetricOptions): Metric {
    return this.metric(METRIC_NAMESPACE, 'Invocations', { statistic: Stats.SUM, unit: Unit.COUNT, ...options });
  }

  public refusals(options?: MetricOptions): Metric {
    return this.metric(METRIC_NAMESPACE, 'Refusals', { statistic: Stats.SUM, unit: Unit.COUNT, ...options });
  }

  public latency(options?: MetricOptions): Metric {
    return this.metric(METRIC_NAMESPACE, 'Latency', { statistic: Stats.AVERAGE, unit: Unit.MILLISECONDS, ...options });
  }

  /** A 5xx of the runtime and a failed invocation are counted apart, and no request is counted by both. */
  public errors(options: MetricOptions = {}): MathExpression {
    const { label = 'Errors', color, period, account, region, ...each } = options;
    const common = { statistic: Stats.SUM, ...each, period, account, region };
    return new MathExpression({
      expression: 'FILL(answered, 0) + FILL(failed, 0)',
      usingMetrics: {
        answered: this.metric(METRIC_NAMESPACE, 'Errors', { unit: Unit.COUNT, ...common }),
        failed: this.lambdaMetric('Errors', common),
      },
      label,
      color,
      period,
    });
  }

  /** Requests that Lambda refused because of its concurrency limits. */
  public throttles(options?: MetricOptions): Metric {
    return this.lambdaMetric('Throttles', { statistic: Stats.SUM, ...options });
  }

  /** How many requests run at the same time, and how many Lambda refused. */
  public get usage(): UsageGraph {
    return {
      title: 'Concurrency',
      left: [this.lambdaMetric('ConcurrentExecutions', { statistic: Stats.MAXIMUM, label: 'Concurrent requests' })],
      right: [this.throttles({ label: 'Throttled' })],
    };
  }

  private lambdaMetric(metricName: string, options: MetricOptions): Metric {
    return this.metric('AWS/Lambda', metricName, options);
  }

  private metric(namespace: string, metricName: string, options: MetricOptions): Metric {
    return new Metric({ namespace, metricName, dimensionsMap: { [METRIC_DIMENSION]: this.functionName }, ...options });
  }
}
