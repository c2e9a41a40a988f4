import { MathExpression, Metric, type MetricOptions, Stats, Unit } from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC_DIMENSION, METRIC_NAMESPACE, VERSION_DIMENSION } from '../contract/metrics';

/** The metrics of one version of a function behind an alias. */
export class VersionMetrics {
  constructor(
    private readonly functionName: string,
    private readonly aliasName: string,
    private readonly version: string,
  ) {}

  /**
   * The share of requests that the runtime answered with a 5xx, in percent.
   * @param minRequests the number of requests in a period below which the share is 0
   */
  public errorRate(minRequests: number, options: MetricOptions): MathExpression {
    return this.rate('errors', this.runtimeMetric('Errors', Unit.COUNT, { ...options, statistic: Stats.SUM }), minRequests, options);
  }

  /**
   * The share of requests without an answer because the invocation failed, in percent. It is apart from the error rate, because the expression of a
   * version that answers nothing at all would have no data for the runtime's metric.
   */
  public failureRate(minRequests: number, options: MetricOptions): MathExpression {
    return this.rate('failures', this.lambdaMetric('Errors', { ...options, statistic: Stats.SUM }), minRequests, options);
  }

  /** Milliseconds that the runtime took to answer. */
  public latency(options: MetricOptions): Metric {
    return this.runtimeMetric('Latency', Unit.MILLISECONDS, options);
  }

  /** Requests that Lambda refused because of its concurrency limits. */
  public throttles(options: MetricOptions): Metric {
    return this.lambdaMetric('Throttles', { ...options, statistic: Stats.SUM });
  }

  private rate(id: string, part: Metric, minRequests: number, options: MetricOptions): MathExpression {
    const requests = this.lambdaMetric('Invocations', { ...options, statistic: Stats.SUM });
    return new MathExpression({
      expression: `IF(requests >= ${minRequests}, 100 * ${id} / requests, 0)`,
      usingMetrics: { requests, [id]: part },
      ...options,
    });
  }

  private runtimeMetric(metricName: string, unit: Unit, options: MetricOptions): Metric {
    const dimensionsMap = { [METRIC_DIMENSION]: this.functionName, [VERSION_DIMENSION]: this.version };
    return new Metric({ namespace: METRIC_NAMESPACE, metricName, dimensionsMap, unit, ...options });
  }

  /** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html */
  private lambdaMetric(metricName: string, options: MetricOptions): Metric {
    const dimensionsMap = {
      FunctionName: this.functionName,
      Resource: `${this.functionName}:${this.aliasName}`,
      ExecutedVersion: this.version,
    };
    return new Metric({ namespace: 'AWS/Lambda', metricName, dimensionsMap, ...options });
  }
}
