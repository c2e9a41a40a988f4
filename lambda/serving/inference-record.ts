import { createHash } from 'node:crypto';
import type { HttpAnswer } from '../protocols/http';
import type { LoggedText } from '../protocols/protocol';
import type { MissingState } from './batch';
import type { MissingFeature, NotedCall } from './call';
import type { Assignment, InferencePlan } from './endpoint-plan';

/**
 * The most bytes that a JSON string needs: for a character (`\u0000`), and for a byte of a JSON text, where a quote, a backslash and a
 * line feed become two bytes.
 */
const MOST_BYTES_OF_CHARACTER = 6;
const MOST_BYTES_OF_JSON_BYTE = 2;

/** The most characters of the caller's own name for a request: a longer name might make the line too long for the log. */
const LONGEST_CLIENT_ID = 1024;

/**
 * The fields that the inference table adds to a log line. Every request pays for these fields, so the code makes them in the fastest way.
 */
export function inferenceFields(
  { sampledShare, maxPayloadBytes, redaction, models }: InferencePlan,
  { plan, request, protocol, decoded, answered, wholeRequestAssignment, assignments, missing = [] }: NotedCall,
  answer: HttpAnswer,
): object {
  const errors: string[] = [];
  const fitting = ({ text, isJson }: LoggedText, code: string): string => {
    if (fits(text, maxPayloadBytes, isJson)) return text;
    errors.push(code);
    return JSON.stringify({ truncated: true, characters: text.length });
  };
  const clientRequestId = decoded?.clientRequestId;
  const hasClientId = clientRequestId !== undefined && clientRequestId.length <= LONGEST_CLIENT_ID;
  if (clientRequestId !== undefined && !hasClientId) errors.push('MAX_CLIENT_REQUEST_ID_SIZE_EXCEEDED');
  const assigned = assignments.length > 0 ? assignedRecords(assignments) : assignedAlike(wholeRequestAssignment, decoded?.rows);
  const model = assigned?.entities.length === 1 ? models.get(assigned.entities[0]!) : undefined;
  const states = missing.length === 0 ? undefined : { text: JSON.stringify(statesOf(missing)), isJson: true };
  return {
    sampling_fraction: sampledShare,
    client_request_id: hasClientId ? clientRequestId : undefined,
    requester: request.requester,
    request: fitting(protocol.requestText(request.body, decoded, redaction), 'MAX_REQUEST_SIZE_EXCEEDED'),
    response: fitting(protocol.answerText(answer, answered, redaction), 'MAX_RESPONSE_SIZE_EXCEEDED'),
    feature_states: states && fitting(states, 'MAX_FEATURE_STATES_SIZE_EXCEEDED'),
    logging_error_codes: errors.length > 0 ? errors : undefined,
    entities: assigned?.entities,
    reasons: assigned?.reasons,
    assigned: assigned?.assigned,
    record_key_hashes: redaction?.hidesKeys ? undefined : recordKeyHashes(plan.endpointName, assignments),
    model_name: model?.model_name,
    model_version: model?.model_version,
  };
}

/** Hashes a sticky key: users find the lines of a key by its hash. */
export function keyHash(endpointName: string, key: string): string {
  return createHash('sha256').update(`${endpointName}\n${key}`).digest('hex').slice(0, 16);
}

/** The hash of each record's sticky key, null for a record without a key; undefined where the traffic is not sticky. */
function recordKeyHashes(endpointName: string, assignments: readonly Assignment[]): (string | null)[] | undefined {
  if (assignments.every(({ reason }) => reason === 'random')) return undefined;
  const hashes = new Map<string, string>();
  return assignments.map(({ key }) => {
    if (key === undefined) return null;
    const known = hashes.get(key);
    if (known !== undefined) return known;
    const hash = keyHash(endpointName, key);
    hashes.set(key, hash);
    return hash;
  });
}

/** Who answers each record, and why, by index in two lists of distinct names: a thousand repeated names would fill most of a line. */
interface AssignedRecords {
  readonly entities: readonly string[];
  readonly reasons: readonly string[];
  readonly assigned: readonly (readonly number[])[] | { readonly all: readonly number[]; readonly rows: number };
}

function assignedAlike(assignment: Assignment | undefined, rows = 0): AssignedRecords | undefined {
  if (assignment === undefined || rows === 0) return undefined;
  return { entities: [assignment.entityName ?? ''], reasons: [assignment.reason], assigned: { all: [0, 0], rows } };
}

function assignedRecords(assignments: readonly Assignment[]): AssignedRecords {
  const [entities, reasons] = [new DistinctNames(), new DistinctNames()];
  const assigned = assignments.map(({ entityName, reason }) => [entities.indexOf(entityName ?? ''), reasons.indexOf(reason)]);
  return { entities: entities.names, reasons: reasons.names, assigned };
}

class DistinctNames {
  public readonly names: string[] = [];

  public indexOf(name: string): number {
    const index = this.names.indexOf(name);
    return index >= 0 ? index : this.names.push(name) - 1;
  }
}

/** The rows of the request by feature and state. */
function statesOf(missingFeatures: readonly MissingFeature[]): object {
  const states: Record<string, { [state in MissingState]?: number[] }> = Object.create(null) as object as never;
  for (const { feature, rows, missing } of missingFeatures) {
    const byState = (states[feature] ??= {});
    for (const { row, state } of missing) (byState[state] ??= []).push(rows === undefined ? row : rows[row]!);
  }
  return states;
}

/**
 * Whether a text is short enough as a JSON string. For most texts their length in characters or bytes shows this. Writing the JSON string would double the
 * cost of a large batch.
 */
function fits(text: string, maxBytes: number, isJson: boolean): boolean {
  if (text.length * MOST_BYTES_OF_CHARACTER <= maxBytes) return true;
  if (text.length > maxBytes) return false;
  if (isJson && Buffer.byteLength(text) * MOST_BYTES_OF_JSON_BYTE <= maxBytes) return true;
  return Buffer.byteLength(JSON.stringify(text)) <= maxBytes;
}
