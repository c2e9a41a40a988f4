import { METRIC_DIMENSION, METRIC_NAMESPACE, VERSION_DIMENSION } from '../../lib/contract/metrics';
import { WrongAttribute } from '../online/attribute';
import type { HttpAnswer } from '../protocols/http';
import { REDACTED } from '../protocols/protocol';
import { Refusal } from '../refusal';
import type { NotedCall } from './call';
import type { Assignment } from './endpoint-plan';
import { inferenceFields, keyHash } from './inference-record';

/** CloudWatch's embedded metric format. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
const METRICS = {
  Namespace: METRIC_NAMESPACE,
  Dimensions: [[METRIC_DIMENSION], [METRIC_DIMENSION, VERSION_DIMENSION]],
  Metrics: [
    { Name: 'Invocations', Unit: 'Count' },
    { Name: 'Errors', Unit: 'Count' },
    { Name: 'Refusals', Unit: 'Count' },
    { Name: 'Latency', Unit: 'Milliseconds' },
  ],
};

/** The metrics of a request in which a feature function failed. Only such requests report `FunctionErrors`. */
const FUNCTION_ERROR_METRICS = { ...METRICS, Metrics: [...METRICS.Metrics, { Name: 'FunctionErrors', Unit: 'Count' }] };

/** The most keys of a batch in a line. */
const MOST_KEY_HASHES = 20;

/**
 * The most causes of an error in a line, and the most characters of each cause. User code may write these texts, and a line that is too
 * long is lost.
 */
const MOST_REASONS = 5;
const LONGEST_REASON = 1000;

/**
 * The errors of stores. Their texts name the store and the fault, and show no value of a request. {@link WrongAttribute} is such an
 * error, too.
 */
const ERRORS_WITHOUT_VALUES = ['AwsError', 'SendFailure', 'ModelObjectError'];

/** The outcome of a request. */
export interface Outcome {
  readonly functionName: string;
  readonly functionVersion: string;
  readonly specHash: string;
  /** In milliseconds. */
  readonly latency: number;
  readonly answer: HttpAnswer;
  /** Undefined if the request was answered. */
  readonly error: unknown;
  /** Whether the inference table gets the request. */
  readonly isSampled: boolean;
}

/**
 * The line of the log about a request. It shows no value of a feature, no body and no credential, unless the inference table gets the
 * request.
 */
export function logLine(call: NotedCall, { functionName, functionVersion, specHash, latency, answer, error, isSampled }: Outcome): object {
  const { plan, decoded } = call;
  const { status } = answer;
  const redaction = plan.inference?.redaction;
  // only the requests of callers count in the metrics
  const counted = call.isTrial ? undefined : 1;
  const counts = entityCounts(call);
  const isFunctionFault = error instanceof Refusal && error.isFunctionFault;
  const failure = error === undefined ? undefined : failureOf(error, status, redaction !== undefined);
  // one literal: merging several objects costs as much as the whole request
  return {
    trial: call.isTrial,
    _aws: counted && { Timestamp: call.requestTime, CloudWatchMetrics: [isFunctionFault ? FUNCTION_ERROR_METRICS : METRICS] },
    [METRIC_DIMENSION]: counted && functionName,
    [VERSION_DIMENSION]: counted && functionVersion,
    Invocations: counted,
    Errors: counted && (status >= 500 ? 1 : 0),
    Refusals: counted && (status >= 400 && status < 500 ? 1 : 0),
    FunctionErrors: isFunctionFault ? counted : undefined,
    Latency: latency,
    request_id: call.request.requestId,
    endpoint: plan.endpointName,
    spec_hash: specHash,
    lambda_version: isSampled ? functionVersion : undefined,
    served_entity: servedEntity(call),
    entity_rows: counts?.byEntity,
    assigned: counts?.byReason,
    key_hashes: redaction?.hidesKeys ? undefined : keyHashes(plan.endpointName, call.assignments),
    status,
    rows: decoded?.rows,
    ignored_columns: decoded?.undeclared.size ?? 0,
    lookup_misses: call.missing?.reduce((sum, { missing }) => sum + missing.length, 0),
    cold_start: call.isFirst,
    steps: call.steps,
    error_code: failure?.error_code,
    row: failure?.row,
    column: failure?.column,
    reason: failure?.reason,
    inference: isSampled ? inferenceFields(plan.inference!, call, answer) : undefined,
  };
}

/** Rounds to whole microseconds. */
export function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

/** The known names of the entities that answer. */
function servedEntity({ wholeRequestAssignment, assignments, plan }: NotedCall): string | undefined {
  if (assignments.length === 0) return (wholeRequestAssignment ?? plan.traffic.all)?.entityName;
  return [...new Set(assignments.map(({ entityName }) => entityName))].join(', ');
}

type Counts = { readonly [name: string]: number };

/** The number of records by entity, and by entity and reason where a request may have several reasons. */
interface EntityCounts {
  readonly byEntity: Counts;
  readonly byReason: Readonly<Record<string, Counts>> | undefined;
}

/** Undefined before the records are assigned, and where the endpoint has one entity. */
function entityCounts({ wholeRequestAssignment, assignments, decoded, plan }: NotedCall): EntityCounts | undefined {
  if (wholeRequestAssignment !== undefined) {
    const { entityName, reason } = wholeRequestAssignment;
    if (decoded === undefined || entityName === undefined || (reason === 'all' && plan.entities.length === 1)) return undefined;
    const { rows } = decoded;
    return { byEntity: { [entityName]: rows }, byReason: reason === 'all' ? undefined : { [entityName]: { [reason]: rows } } };
  }
  if (assignments.length === 0) return undefined;
  // without a prototype: an entity may be called `constructor`
  const byEntity = Object.create(null) as Record<string, number>;
  const byReason = Object.create(null) as Record<string, Record<string, number>>;
  for (const { entityName = '', reason } of assignments) {
    byEntity[entityName] = (byEntity[entityName] ?? 0) + 1;
    const reasons = (byReason[entityName] ??= {});
    reasons[reason] = (reasons[reason] ?? 0) + 1;
  }
  return { byEntity, byReason };
}

/** Hashes of sticky keys: users find the lines of a key by its hash. Undefined if no record has a key. */
function keyHashes(endpointName: string, assignments: readonly Assignment[]): string[] | undefined {
  if (assignments.length === 0) return undefined;
  const keys = new Set(assignments.flatMap(({ key }) => (key === undefined ? [] : [key])));
  if (keys.size === 0) return undefined;
  return Array.from(keys)
    .slice(0, MOST_KEY_HASHES)
    .map((key) => keyHash(endpointName, key));
}

/** Why a request was refused, or failed. */
interface Failure {
  readonly error_code: string;
  readonly row?: number;
  readonly column?: string;
  readonly reason?: readonly string[];
}

/**
 * A refusal's message may show sent values, so the line has only the row and the column. Only the line says why a store or a model
 * failed.
 */
function failureOf(error: unknown, status: number, isRedacted: boolean): Failure {
  if (!(error instanceof Refusal)) return { error_code: 'INTERNAL_ERROR', reason: reasons(error, isRedacted) };
  const { code, row, column, cause, isFunctionFault } = error;
  const isLogged = isFunctionFault || status >= 500 || status === 429;
  return { error_code: code, row, column, reason: isLogged ? reasons(cause, isRedacted) : undefined };
}

/**
 * The messages of an error and its causes. @param isRedacted whether the messages of models and of user code, which may show values, are
 * left out
 */
function reasons(error: unknown, isRedacted: boolean): string[] {
  const found: string[] = [];
  for (let one = error; one !== undefined && found.length < MOST_REASONS; one = one instanceof Error ? one.cause : undefined) {
    const isHidden = isRedacted && !(one instanceof WrongAttribute || (one instanceof Error && ERRORS_WITHOUT_VALUES.includes(one.name)));
    const text = isHidden ? REDACTED : one instanceof Error ? one.message : String(one);
    found.push((one instanceof Error ? `${one.name}: ${text}` : text).slice(0, LONGEST_REASON));
  }
  return found;
}
