/** The version of the document that this release writes and reads. */
export const INFERENCE_DOCUMENT_VERSION = 1;

/** The file name of the document in the asset of the function that fills an inference table. */
export const INFERENCE_DOCUMENT_FILE = 'inference.json';

/** The logical names of the function's buckets in its bindings. */
export const INFERENCE_BUCKETS = { raw: 'raw', table: 'table' } as const;

/** The message group of the queue that starts the function. One group means one message at a time. */
export const INGEST_GROUP = 'ingest';

/** Everything that the function that fills an inference table knows. It holds no token and no physical name. */
export interface InferenceDocument {
  readonly documentVersion: typeof INFERENCE_DOCUMENT_VERSION;
  readonly endpointName: string;
  /** The folder of the table in its bucket, without leading or trailing slash; empty for the root of the bucket. */
  readonly prefix: string;
  /** How many days after its date a row is kept; absent where rows are kept forever. */
  readonly retentionDays?: number;
}
