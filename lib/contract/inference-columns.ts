/** A column of an inference table. */
export interface InferenceColumn {
  readonly name: string;
  readonly type: InferenceColumnType;
}

/** Types as Delta Lake and Hive both call them, but for `long`, which is Hive's `bigint`, and `integer`, its `int`. */
export type InferenceColumnType =
  'string' | 'date' | 'long' | 'integer' | 'double' | 'boolean' | 'array<string>' | 'map<string,string>' | 'map<string,double>';

/** The column by whose values the data files are apart. */
export const INFERENCE_PARTITION = 'date';

/** What tells the rows apart; the first two are there so that a late row is looked for where it can be. */
export const INFERENCE_KEY = ['date', 'timestamp_ms', 'databricks_request_id'];

/**
 * The columns of an inference table. The first ten are those of Databricks' own
 * (https://docs.databricks.com/aws/en/machine-learning/model-serving/inference-tables), the next two of its AI Gateway's
 * (https://docs.databricks.com/aws/en/ai-gateway/inference-tables); the others are ours.
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
];
