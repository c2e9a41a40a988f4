import { createHash } from 'node:crypto';
import { METRIC_DIMENSION, METRIC_NAMESPACE } from '../../lib/contract/metrics';
import { Refusal } from '../refusal';
import type { Batch, RowTimes } from './batch';
import type { HttpAnswer, HttpRequest } from './http';
import { keptFields, type MissingOfPart } from './inference-record';
import type { Io } from './io';
import type { Part } from './part';
import type { EndpointPlan } from './plan';
import { REDACTED } from './redact';
import type { Assignment } from './traffic-plan';

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

/** How many keys of a batch a line names. */
const MOST_KEY_HASHES = 20;

/** What a line has of an error's causes: any of them may be of a user's code, and a line that is too long is lost. */
const MOST_REASONS = 5;
const LONGEST_REASON = 1000;

/** Errors of what lies outside of the function, which say nothing of a request. */
const TELL_NO_VALUES = ['AwsError', 'SendFailure', 'ModelObjectError'];

/** The names of the request path's steps. */
export type Step = 'decode' | 'validate' | 'assign' | 'join' | 'compute' | 'preprocess' | 'score' | 'postprocess' | 'encode';

/** Why a request was refused, or failed. */
interface Failure {
  readonly error_code: string;
  readonly row?: number;
  readonly column?: string;
  readonly reason?: readonly string[];
}

type Counts = { readonly [name: string]: number };

/** What a request leaves in the log. Nothing of it is a feature's value, a body or a credential, unless there is an inference table. */
export class RequestRecord {
  /** When the request came: the one clock of everything that asks for the time. */
  public readonly times: RowTimes;
  public rows: number | undefined;
  public ignoredColumns = 0;
  /** What the request's body says, parsed; undefined until it is known. The log line is the last to read it. */
  public body: Readonly<Record<string, unknown>> | undefined;
  /** Who answers each record, and why; empty until it is known. */
  public assignments: readonly Assignment[] = [];

  /** The same, in milliseconds since 1970. */
  private readonly requestTime: number;
  private readonly start: number;
  private readonly latencies: { [step in Step]?: number } = {};
  /** What was missing of what was looked up; undefined where nothing was. */
  private missing: MissingOfPart[] | undefined;
  private isKept = false;
  private step: { readonly name: Step; readonly start: number } | undefined;

  constructor(
    private readonly plan: EndpointPlan,
    private readonly io: Io,
    private readonly request: HttpRequest,
    /** The one assignment of all records; undefined where each has its own, or nothing was asked for. */
    public readonly ofAll?: Assignment,
  ) {
    this.requestTime = Math.floor(io.now());
    const microseconds = BigInt(this.requestTime) * 1000n;
    this.times = () => microseconds;
    this.start = io.uptime();
  }

  /** Draws whether the inference table gets the request. */
  public sample(): void {
    const { inference } = this.plan;
    this.isKept = inference !== undefined && (inference.sampledShare === 1 || this.io.random() < inference.sampledShare);
  }

  /** Notes what is missing of what a part of the records looks up. */
  public lookedUp({ plan, rows }: Part, { columns }: Batch): void {
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
    // what makes a request count in the metrics; a line of one that no caller sent has none of it
    const counted = this.request.isTrial ? undefined : 1;
    const records = this.records();
    const failure = error === undefined ? undefined : failureOf(error, status, this.plan.inference?.redaction !== undefined);
    // one literal: an object that is put together of others costs as much to write as the whole request
    this.io.log({
      trial: this.request.isTrial,
      _aws: counted && { Timestamp: this.requestTime, CloudWatchMetrics: [METRICS] },
      [METRIC_DIMENSION]: counted && this.io.functionName,
      Invocations: counted,
      Errors: counted && (status >= 500 ? 1 : 0),
      Refusals: counted && (status >= 400 && status < 500 ? 1 : 0),
      Latency: rounded(this.io.uptime() - this.start),
      request_id: this.request.requestId,
      endpoint: this.plan.endpointName,
      spec_hash: this.io.specHash,
      served_entity: this.servedEntity(),
      entity_rows: records?.byEntity,
      assigned: records?.byReason,
      key_hashes: this.plan.inference?.redaction?.hidesKeys ? undefined : keyHashes(this.plan.endpointName, this.assignments),
      status,
      rows: this.rows,
      ignored_columns: this.ignoredColumns,
      lookup_misses: this.missing?.reduce((sum, { missing }) => sum + missing.length, 0),
      cold_start: this.request.isFirst,
      steps: this.latencies,
      error_code: failure?.error_code,
      row: failure?.row,
      column: failure?.column,
      reason: failure?.reason,
      inference: this.isKept ? this.kept(answer) : undefined,
    });
    return answer;
  }

  private kept(answer: HttpAnswer): object {
    const { request, body, rows, ofAll, assignments, missing = [] } = this;
    return keptFields(this.plan.inference!, { request, answer, body, rows, ofAll, assignments, missing });
  }

  /** Who answers, as far as that is known. */
  private servedEntity(): string | undefined {
    const { ofAll, assignments, plan } = this;
    if (assignments.length === 0) return (ofAll ?? plan.traffic.all)?.entityName;
    return [...new Set(assignments.map(({ entityName }) => entityName))].join(', ');
  }

  /**
   * How many records each entity has, and for which reasons where a request may have any of them; undefined before they are assigned, and where
   * there is only one.
   */
  private records(): { readonly byEntity: Counts; readonly byReason: Readonly<Record<string, Counts>> | undefined } | undefined {
    const { ofAll, assignments, rows, plan } = this;
    if (ofAll !== undefined) {
      const { entityName, reason } = ofAll;
      if (rows === undefined || entityName === undefined || (reason === 'all' && plan.entities.length === 1)) return undefined;
      return { byEntity: { [entityName]: rows }, byReason: reason === 'all' ? undefined : { [entityName]: { [reason]: rows } } };
    }
    if (assignments.length === 0) return undefined;
    // without a prototype: an entity may be called `constructor`
    const byEntity = Object.create(null) as Record<string, number>;
    const byReason = Object.create(null) as Record<string, Record<string, number>>;
    for (const { entityName = '', reason } of assignments) {
      byEntity[entityName] = (byEntity[entityName] ?? 0) + 1;
      const ofEntity = (byReason[entityName] ??= {});
      ofEntity[reason] = (ofEntity[reason] ?? 0) + 1;
    }
    return { byEntity, byReason };
  }

  private endStep(): void {
    if (this.step !== undefined) {
      const { name, start } = this.step;
      this.latencies[name] = rounded((this.latencies[name] ?? 0) + this.io.uptime() - start);
    }
    this.step = undefined;
  }
}

/** Names of sticky keys, by which lines of one key are found without it; undefined where there are none. */
function keyHashes(endpointName: string, assignments: readonly Assignment[]): string[] | undefined {
  if (assignments.length === 0) return undefined;
  const keys = new Set(assignments.flatMap(({ key }) => (key === undefined ? [] : [key])));
  if (keys.size === 0) return undefined;
  return Array.from(keys)
    .slice(0, MOST_KEY_HASHES)
    .map((key) => createHash('sha256').update(`${endpointName}\n${key}`).digest('hex').slice(0, 16));
}

/** To whole microseconds. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

/** A refusal's message shows what the caller sent; where it was is enough. Why the store or the model failed only the log tells. */
function failureOf(error: unknown, status: number, isRedacted: boolean): Failure {
  if (!(error instanceof Refusal)) return { error_code: 'INTERNAL_ERROR', reason: reasons(error, isRedacted) };
  const { code, row, column, cause } = error;
  return { error_code: code, row, column, reason: status >= 500 || status === 429 ? reasons(cause, isRedacted) : undefined };
}

/** The messages of an error and of what caused it. @param isRedacted whether they may not show a value, as those of a model or of a user's code may */
function reasons(error: unknown, isRedacted: boolean): string[] {
  const found: string[] = [];
  for (let one = error; one !== undefined && found.length < MOST_REASONS; one = one instanceof Error ? one.cause : undefined) {
    const isHidden = isRedacted && !(one instanceof Error && TELL_NO_VALUES.includes(one.name));
    const text = isHidden ? REDACTED : one instanceof Error ? one.message : String(one);
    found.push((one instanceof Error ? `${one.name}: ${text}` : text).slice(0, LONGEST_REASON));
  }
  return found;
}
