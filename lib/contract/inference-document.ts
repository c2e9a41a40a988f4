/** The version of this document that this release writes and reads. */
export const INFERENCE_DOCUMENT_VERSION = 1;

/** The name of this document in the asset of the function that fills an inference table. */
export const INFERENCE_DOCUMENT_FILE = 'inference.json';

/** The names under which the function's bindings have its buckets. */
export const INFERENCE_BUCKETS = { raw: 'raw', table: 'table' } as const;

/** The message group of the queue that wakes the function: one message is worked on at a time. */
export const INGEST_GROUP = 'ingest';

/** What the function that fills an inference table needs to know. Nothing in it is a token or a physical name. */
export interface InferenceDocument {
  readonly documentVersion: typeof INFERENCE_DOCUMENT_VERSION;
  readonly endpointName: string;
  /** The folder of the table in its bucket, without a slash at its ends; empty for the bucket's root. */
  readonly prefix: string;
  /** For how many days after its own a day's rows are kept; absent means for ever. */
  readonly retentionDays?: number;
}
