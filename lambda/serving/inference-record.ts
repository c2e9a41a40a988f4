import type { Missing, MissingState } from './batch';
import type { HttpAnswer, HttpRequest } from './http';
import type { InferencePlan } from './inference-plan';
import { redactAnswer, redactRequest } from './redact';
import type { Assignment } from './traffic-plan';

/** The rows of a part's records for which there was no value of a feature. */
export interface MissingOfPart {
  readonly feature: string;
  /** The places of the part's records in the request; undefined where it has all. */
  readonly rows: readonly number[] | undefined;
  readonly missing: readonly Missing[];
}

/** A request and its answer, as far as they got. */
export interface KeptRequest {
  readonly request: HttpRequest;
  readonly answer: HttpAnswer;
  readonly clientRequestId: string | undefined;
  /** How many records it has; undefined where it was refused before they were counted. */
  readonly rows: number | undefined;
  readonly ofAll: Assignment | undefined;
  readonly assignments: readonly Assignment[];
  readonly missing: readonly MissingOfPart[];
}

/** Databricks' codes for what is not in its inference tables, and one of ours. */
const TOO_LARGE = {
  request: 'MAX_REQUEST_SIZE_EXCEEDED',
  response: 'MAX_RESPONSE_SIZE_EXCEEDED',
  feature_states: 'MAX_FEATURE_STATES_SIZE_EXCEEDED',
} as const;

/** No character takes more bytes than `\u0000` in a string in JSON. */
const MOST_BYTES_OF_CHARACTER = 6;

/** What a log line says of a request beyond its record, for the inference table. */
export function keptFields({ sampledShare, maxPayloadBytes, redaction, models }: InferencePlan, kept: KeptRequest): object {
  const { request, answer, clientRequestId, rows, ofAll, assignments, missing } = kept;
  const body = textOf(request.body);
  const texts = {
    request: redaction === undefined ? body : redactRequest(redaction, body),
    response: redaction === undefined ? answer.body : redactAnswer(redaction, answer.status, answer.body),
    feature_states: missing.length === 0 ? undefined : JSON.stringify(statesOf(missing)),
  };
  const errors: string[] = [];
  const fitting = Object.entries(texts).map(([name, text]): [string, string | undefined] => {
    if (text === undefined || fits(text, maxPayloadBytes)) return [name, text];
    errors.push(TOO_LARGE[name as keyof typeof TOO_LARGE]);
    return [name, JSON.stringify({ truncated: true, characters: text.length })];
  });
  const who = assignments.length > 0 ? assignments : ofAll === undefined ? [] : new Array<Assignment>(rows ?? 0).fill(ofAll);
  const entities = new Set(who.map(({ entityName }) => entityName));
  return {
    sampling_fraction: sampledShare,
    client_request_id: clientRequestId,
    requester: request.requester,
    ...Object.fromEntries(fitting),
    ...(errors.length > 0 && { logging_error_codes: errors }),
    ...(who.length > 0 && listsOf(who)),
    ...(entities.size === 1 && models.get([...entities][0]!)),
  };
}

/** Who answers each record, and why, by places in two lists of what occurs: a thousand names would be most of a line. */
function listsOf(who: readonly Assignment[]): object {
  const [entities, reasons] = [new Places(), new Places()];
  const assigned = who.map(({ entityName, reason }) => [entities.of(entityName ?? ''), reasons.of(reason)]);
  const [first] = assigned;
  const isOne = entities.names.length === 1 && reasons.names.length === 1;
  return { entities: entities.names, reasons: reasons.names, assigned: isOne ? { all: first, rows: who.length } : assigned };
}

class Places {
  public readonly names: string[] = [];

  public of(name: string): number {
    const place = this.names.indexOf(name);
    return place >= 0 ? place : this.names.push(name) - 1;
  }
}

/** The rows of the request by feature and state. */
function statesOf(missing: readonly MissingOfPart[]): object {
  const states: Record<string, { [state in MissingState]?: number[] }> = Object.create(null) as object as never;
  for (const { feature, rows, missing: of } of missing) {
    const ofFeature = (states[feature] ??= {});
    for (const { row, state } of of) (ofFeature[state] ??= []).push(rows === undefined ? row : rows[row]!);
  }
  return states;
}

function fits(text: string, maxBytes: number): boolean {
  if (text.length * MOST_BYTES_OF_CHARACTER <= maxBytes) return true;
  return text.length <= maxBytes && Buffer.byteLength(JSON.stringify(text)) <= maxBytes;
}

function textOf(body: string | Uint8Array): string {
  return typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
}
