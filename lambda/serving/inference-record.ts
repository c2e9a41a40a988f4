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
  /** What the request's body says, parsed, which nothing else reads any more; undefined where it was refused before. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
  /** How many records it has; undefined where it was refused before they were counted. */
  readonly rows: number | undefined;
  readonly ofAll: Assignment | undefined;
  readonly assignments: readonly Assignment[];
  readonly missing: readonly MissingOfPart[];
}

/** No character takes more bytes than `\u0000` in a string in JSON, and no byte of a JSON text becomes more than two: a quote, a backslash, a line feed. */
const MOST_BYTES_OF_CHARACTER = 6;
const MOST_BYTES_OF_JSON_BYTE = 2;

/** How many characters of the caller's own name for a request are kept: of a longer one the line might be more than a log takes. */
const LONGEST_CLIENT_ID = 1024;

/** What a log line says of a request beyond its record, for the inference table. It is made at every request, so without a detour. */
export function keptFields({ sampledShare, maxPayloadBytes, redaction, models }: InferencePlan, kept: KeptRequest): object {
  const { request, answer, body, rows, ofAll, assignments, missing } = kept;
  const errors: string[] = [];
  const fitting = (text: string, code: string, redact?: (text: string) => string, isJson = true): string => {
    if (fits(text, maxPayloadBytes, isJson)) {
      const redacted = redact === undefined ? text : redact(text);
      if (redacted === text || fits(redacted, maxPayloadBytes, true)) return redacted;
    }
    errors.push(code);
    return JSON.stringify({ truncated: true, characters: text.length });
  };
  const redactedBody = redaction && ((text: string) => redactRequest(redaction, body ?? parsed(text)));
  const redactedAnswer = redaction && ((text: string) => redactAnswer(redaction, answer.status, text));
  const clientRequestId = body?.client_request_id;
  const isNamed = typeof clientRequestId === 'string';
  if (isNamed && clientRequestId.length > LONGEST_CLIENT_ID) errors.push('MAX_CLIENT_REQUEST_ID_SIZE_EXCEEDED');
  const assigned = assignments.length > 0 ? listsOf(assignments) : listOfAll(ofAll, rows);
  const model = assigned?.entities.length === 1 ? models.get(assigned.entities[0]!) : undefined;
  return {
    sampling_fraction: sampledShare,
    client_request_id: isNamed && clientRequestId.length <= LONGEST_CLIENT_ID ? clientRequestId : undefined,
    requester: request.requester,
    request: fitting(textOf(request.body), 'MAX_REQUEST_SIZE_EXCEEDED', redactedBody, body !== undefined),
    response: fitting(answer.body, 'MAX_RESPONSE_SIZE_EXCEEDED', redactedAnswer),
    feature_states: missing.length === 0 ? undefined : fitting(JSON.stringify(statesOf(missing)), 'MAX_FEATURE_STATES_SIZE_EXCEEDED'),
    logging_error_codes: errors.length > 0 ? errors : undefined,
    entities: assigned?.entities,
    reasons: assigned?.reasons,
    assigned: assigned?.assigned,
    model_name: model?.model_name,
    model_version: model?.model_version,
  };
}

/** Who answers each record, and why, by places in two lists of what occurs: a thousand names would be most of a line. */
interface AssignedRecords {
  readonly entities: readonly string[];
  readonly reasons: readonly string[];
  readonly assigned: readonly (readonly number[])[] | { readonly all: readonly number[]; readonly rows: number };
}

function listOfAll(ofAll: Assignment | undefined, rows = 0): AssignedRecords | undefined {
  if (ofAll === undefined || rows === 0) return undefined;
  return { entities: [ofAll.entityName ?? ''], reasons: [ofAll.reason], assigned: { all: [0, 0], rows } };
}

function listsOf(assignments: readonly Assignment[]): AssignedRecords {
  const [entities, reasons] = [new Places(), new Places()];
  const assigned = assignments.map(({ entityName, reason }) => [entities.of(entityName ?? ''), reasons.of(reason)]);
  return { entities: entities.names, reasons: reasons.names, assigned };
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

/** Whether a text is short enough. To write it as a string, only to see, would double what that costs a large batch. */
function fits(text: string, maxBytes: number, isJson: boolean): boolean {
  if (text.length * MOST_BYTES_OF_CHARACTER <= maxBytes) return true;
  if (text.length > maxBytes) return false;
  if (isJson && Buffer.byteLength(text) * MOST_BYTES_OF_JSON_BYTE <= maxBytes) return true;
  return Buffer.byteLength(JSON.stringify(text)) <= maxBytes;
}

/** What a body says that was refused; undefined where it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function textOf(body: string | Uint8Array): string {
  return typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
}
