import type { Answer } from '../protocols/answer';
import type { HttpAnswer, HttpRequest } from '../protocols/http';
import type { DecodedRequest, Protocol } from '../protocols/protocol';
import type { Batch, RowTimes } from './batch';
import type { Call, MissingFeature, NotedCall, Step } from './call';
import type { Deadline } from './deadline';
import type { Assignment, EndpointPlan } from './endpoint-plan';
import type { Io } from './io';
import { logLine, rounded } from './log-line';
import type { Part } from './part';

/** Notes what happens to a request, checks its deadline between the steps, and writes its line of the log. */
export class RequestRecord implements NotedCall {
  public readonly request: HttpRequest;
  public readonly protocol: Protocol;
  public readonly isFirst: boolean;
  public readonly isTrial: boolean | undefined;
  public readonly requestTime: number;
  /** The time of the request, for every row. All steps use this time. */
  public readonly times: RowTimes;
  public readonly steps: { [step in Step]?: number } = {};

  public decoded: DecodedRequest | undefined;
  public answered: Answer | undefined;
  public assignments: readonly Assignment[] = [];
  public missing: MissingFeature[] | undefined;

  private readonly start: number;
  private isSampled = false;
  private step: { readonly name: Step; readonly start: number } | undefined;

  constructor(
    public readonly plan: EndpointPlan,
    private readonly io: Io,
    { request, protocol, isFirst, isTrial }: Call,
    private readonly deadline: Deadline,
    public readonly wholeRequestAssignment: Assignment | undefined,
  ) {
    this.request = request;
    this.protocol = protocol;
    this.isFirst = isFirst;
    this.isTrial = isTrial;
    this.requestTime = Math.floor(io.now());
    const microseconds = BigInt(this.requestTime) * 1000n;
    this.times = () => microseconds;
    this.start = io.uptime();
  }

  /** Draws whether the inference table gets the request. */
  public sample(): void {
    const { inference } = this.plan;
    this.isSampled = inference !== undefined && (inference.sampledShare === 1 || this.io.random() < inference.sampledShare);
  }

  /** Records the missing values of the features that a part looks up. */
  public noteLookups({ plan, rows }: Part, { columns }: Batch): void {
    for (const { lookups } of plan.rounds) {
      for (const { features } of lookups) {
        this.missing ??= [];
        for (const { column } of features) {
          const { missing } = columns[column]!;
          if (missing.length > 0) this.missing.push({ feature: plan.columns[column]!.name, rows, missing });
        }
      }
    }
  }

  /** Finishes the previous step, and starts a new step. @throws Refusal if the deadline has passed */
  public startStep(name: Step): void {
    this.finishStep();
    this.deadline.check();
    this.step = { name, start: this.io.uptime() };
  }

  /** Writes the log line, and returns the answer. */
  public finish(answer: HttpAnswer, error?: unknown): HttpAnswer {
    this.finishStep();
    const { functionName, functionVersion, specHash } = this.io;
    const latency = rounded(this.io.uptime() - this.start);
    this.io.log(logLine(this, { functionName, functionVersion, specHash, latency, answer, error, isSampled: this.isSampled }));
    return answer;
  }

  private finishStep(): void {
    if (this.step !== undefined) {
      const { name, start } = this.step;
      this.steps[name] = rounded((this.steps[name] ?? 0) + this.io.uptime() - start);
    }
    this.step = undefined;
  }
}
