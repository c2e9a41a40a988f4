import { METRIC_DIMENSION, METRIC_NAMESPACE } from '../../lib/spec/metrics';
import { Refusal } from '../refusal';
import type { RowTimes } from './batch';
import type { HttpAnswer, HttpRequest } from './http';
import type { Io } from './io';
import type { Plan } from './plan';

/** CloudWatch's embedded metric format. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
const METRICS = {
  Namespace: METRIC_NAMESPACE,
  Dimensions: [[METRIC_DIMENSION]],
  Metrics: [
    { Name: 'Invocations', Unit: 'Count' },
    { Name: 'Errors', Unit: 'Count' },
    { Name: 'Refusals', Unit: 'Count' },
    { Name: 'Latency', Unit: 'Milliseconds' },
  ],
};

/** The names of the request path's steps. */
export type Step = 'decode' | 'validate' | 'join' | 'compute' | 'preprocess' | 'score' | 'postprocess' | 'encode';

/** What a request leaves in the log. Nothing of it is a feature's value, a body or a credential. */
export class RequestRecord {
  /** When the request came: the one clock of everything that asks for the time. */
  public readonly times: RowTimes;
  public rows: number | undefined;
  public ignoredColumns = 0;

  /** The same, in milliseconds since 1970. */
  private readonly requestTime: number;
  private readonly start: number;
  private readonly latencies: { [step in Step]?: number } = {};
  private step: { readonly name: Step; readonly start: number } | undefined;

  constructor(
    private readonly plan: Plan,
    private readonly io: Io,
    private readonly request: HttpRequest,
  ) {
    this.requestTime = Math.floor(io.now());
    const microseconds = BigInt(this.requestTime) * 1000n;
    this.times = () => microseconds;
    this.start = io.uptime();
  }

  /** Notes that a step begins, and so the one before it ended. @throws Refusal if the deadline has passed */
  public begins(name: Step): void {
    this.endStep();
    this.checkDeadline();
    this.step = { name, start: this.io.uptime() };
  }

  /** @throws Refusal if the deadline has passed */
  public readonly checkDeadline = (): void => {
    if (this.io.now() > this.request.deadline) throw new Refusal('DEADLINE_EXCEEDED', 'the deadline of the request has passed');
  };

  /** Writes the log line, and gives the answer back. */
  public ends(answer: HttpAnswer, error?: unknown): HttpAnswer {
    this.endStep();
    const { status } = answer;
    this.io.log({
      _aws: { Timestamp: this.requestTime, CloudWatchMetrics: [METRICS] },
      [METRIC_DIMENSION]: this.io.functionName,
      Invocations: 1,
      Errors: status >= 500 ? 1 : 0,
      Refusals: status >= 400 && status < 500 ? 1 : 0,
      Latency: rounded(this.io.uptime() - this.start),
      request_id: this.request.requestId,
      endpoint: this.plan.endpointName,
      served_entity: this.plan.entityName,
      status,
      rows: this.rows,
      ignored_columns: this.ignoredColumns,
      cold_start: this.request.isFirst,
      steps: this.latencies,
      ...(error === undefined ? {} : errorFields(error, status)),
    });
    return answer;
  }

  private endStep(): void {
    if (this.step !== undefined) this.latencies[this.step.name] = rounded(this.io.uptime() - this.step.start);
    this.step = undefined;
  }
}

/** To whole microseconds. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

/** A refusal's message shows what the caller sent; where it was is enough. Why the store or the model failed only the log tells. */
function errorFields(error: unknown, status: number): object {
  if (!(error instanceof Refusal)) return { error_code: 'INTERNAL_ERROR', reason: reasons(error) };
  const { code, row, column, cause } = error;
  return { error_code: code, row, column, ...(status >= 500 || status === 429 ? { reason: reasons(cause) } : {}) };
}

/** The messages of an error and of what caused it. */
function reasons(error: unknown): string[] {
  if (error === undefined) return [];
  if (!(error instanceof Error)) return [String(error)];
  return [`${error.name}: ${error.message}`, ...reasons(error.cause)];
}
