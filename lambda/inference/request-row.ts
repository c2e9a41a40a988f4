import { INFERENCE_COLUMNS } from '../../lib/contract/inference-columns';

/** A row of an inference table: the values of its columns, as a Delta table takes them. */
export type RequestRow = readonly unknown[];

/** The members of a log line that make a row. */
interface LoggedRequest {
  readonly _aws: { readonly Timestamp: number };
  readonly Latency: number;
  readonly request_id: string;
  readonly endpoint: string;
  readonly spec_hash: string;
  readonly status: number;
  readonly rows?: number;
  readonly key_hashes?: readonly string[];
  readonly lambda_version?: string;
  readonly cold_start: boolean;
  readonly steps: { readonly [step: string]: number };
  readonly error_code?: string;
  readonly row?: number;
  readonly column?: string;
  readonly reason?: readonly string[];
  readonly inference: KeptFields;
}

interface KeptFields {
  readonly sampling_fraction: number;
  readonly client_request_id?: string;
  readonly requester?: string;
  readonly request: string;
  readonly response: string;
  readonly feature_states?: string;
  readonly logging_error_codes?: readonly string[];
  readonly entities?: readonly string[];
  readonly reasons?: readonly string[];
  readonly assigned?: readonly Assigned[] | { readonly all: Assigned; readonly rows: number };
  readonly model_name?: string;
  readonly model_version?: string;
  /** An element a record, null for a record without a key. */
  readonly record_key_hashes?: readonly (string | null)[];
  /** JSON, as the column has it. */
  readonly lookup_versions?: string;
  readonly control_version?: number;
}

/** Indexes in the lists of entities and reasons. */
type Assigned = readonly [entity: number, reason: number];

/** Makes the row of a log line; undefined for a line that is not of a request, or of a request that is not kept. */
export function requestRow(line: string): RequestRow | undefined {
  if (!line.startsWith('{') || !line.includes('"inference":{')) return undefined;
  const logged = parsed(line);
  if (!isRequest(logged)) return undefined;
  const values = valuesOf(logged);
  return INFERENCE_COLUMNS.map(({ name }) => values[name] ?? null);
}

/** A user's code writes to the same log: a line of its making must not stop the others. */
function isRequest(logged: Partial<LoggedRequest> | undefined): logged is LoggedRequest {
  return (
    Number.isSafeInteger(logged?._aws?.Timestamp) &&
    typeof logged?.Latency === 'number' &&
    typeof logged.request_id === 'string' &&
    typeof logged.spec_hash === 'string' &&
    typeof logged.steps === 'object' &&
    typeof logged.inference?.sampling_fraction === 'number' &&
    typeof logged.inference.request === 'string'
  );
}

function parsed(line: string): Partial<LoggedRequest> | undefined {
  try {
    return JSON.parse(line) as Partial<LoggedRequest>;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function valuesOf(logged: LoggedRequest): Readonly<Record<string, unknown>> {
  const { inference: kept, _aws } = logged;
  const assigned = assignedOf(kept);
  const metadata = {
    endpoint_name: logged.endpoint,
    model_name: kept.model_name,
    model_version: kept.model_version,
  };
  return {
    databricks_request_id: logged.request_id,
    client_request_id: kept.client_request_id,
    date: new Date(_aws.Timestamp).toISOString().slice(0, 10),
    timestamp_ms: BigInt(_aws.Timestamp),
    status_code: logged.status,
    sampling_fraction: kept.sampling_fraction,
    execution_time_ms: BigInt(Math.round(logged.Latency)),
    request: kept.request,
    response: kept.response,
    request_metadata: Object.entries(metadata).filter(([, value]) => value !== undefined),
    requester: kept.requester,
    logging_error_codes: kept.logging_error_codes ?? [],
    row_count: logged.rows,
    served_entities: assigned.map(([entity]) => kept.entities![entity]),
    assignment_reasons: assigned.map(([, reason]) => kept.reasons![reason]),
    key_hashes: logged.key_hashes ?? [],
    feature_states: kept.feature_states,
    durations_ms: Object.entries(logged.steps),
    cold_start: logged.cold_start,
    error_code: logged.error_code,
    error_row: logged.row,
    error_column: logged.column,
    error_reasons: logged.reason ?? [],
    spec_hash: logged.spec_hash,
    lambda_version: logged.lambda_version,
    control_version: kept.control_version === undefined ? undefined : BigInt(kept.control_version),
    record_key_hashes: kept.record_key_hashes,
    lookup_versions: kept.lookup_versions,
  };
}

function assignedOf({ assigned = [] }: KeptFields): readonly Assigned[] {
  return 'all' in assigned ? new Array<Assigned>(assigned.rows).fill(assigned.all) : assigned;
}
