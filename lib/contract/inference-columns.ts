/** A column of an inference table. */
export interface InferenceColumn {
  readonly name: string;
  readonly type: InferenceColumnType;
}

/** The column types, by Delta Lake's names. Hive has the same names except for `long` (`bigint`) and `integer` (`int`). */
export type InferenceColumnType =
  'string' | 'date' | 'long' | 'integer' | 'double' | 'boolean' | 'array<string>' | 'map<string,string>' | 'map<string,double>';

/** The partition column. */
export const INFERENCE_PARTITION = 'date';

/** The columns that identify a row. The first two narrow the search for an earlier copy of a late row. */
export const INFERENCE_KEY = ['date', 'timestamp_ms', 'databricks_request_id'];

/**
 * The columns of an inference table. The first ten are the columns of Databricks' inference tables
 * (https://docs.databricks.com/aws/en/machine-learning/model-serving/inference-tables), the next two are from its AI Gateway
 * (https://docs.databricks.com/aws/en/ai-gateway/inference-tables), and the others are ours.
 */
export const INFERENCE_COLUMNS: readonly InferenceColumn[] = [
  { name: 'databricks_request_id', type: 'string' },
  { name: 'client_request_id', type: 'string' },
  { name: 'date', type: 'date' },
  { name: 'timestamp_ms', type: 'long' },
  { name: 'status_code', type: 'integer' },
  { name: 'sampling_fraction', type: 'double' },
  { name: 'execution_time_ms', type: 'long' },
  { name: 'request', type: 'string' },
  { name: 'response', type: 'string' },
  { name: 'request_metadata', type: 'map<string,string>' },
  { name: 'requester', type: 'string' },
  { name: 'logging_error_codes', type: 'array<string>' },
  { name: 'row_count', type: 'integer' },
  { name: 'served_entities', type: 'array<string>' },
  { name: 'assignment_reasons', type: 'array<string>' },
  { name: 'key_hashes', type: 'array<string>' },
  { name: 'feature_states', type: 'string' },
  { name: 'durations_ms', type: 'map<string,double>' },
  { name: 'cold_start', type: 'boolean' },
  { name: 'error_code', type: 'string' },
  { name: 'error_row', type: 'integer' },
  { name: 'error_column', type: 'string' },
  { name: 'error_reasons', type: 'array<string>' },
  { name: 'spec_hash', type: 'string' },
  { name: 'lambda_version', type: 'string' },
  { name: 'control_version', type: 'long' },
  { name: 'record_key_hashes', type: 'array<string>' },
  { name: 'lookup_versions', type: 'string' },
];
