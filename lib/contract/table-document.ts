import type { TableSpec } from './endpoint-spec';

/** The version of this document that this release writes and reads. */
export const TABLE_DOCUMENT_VERSION = 1;

/** The name of this document in the asset of a materialization function. */
export const TABLE_DOCUMENT_FILE = 'table.json';

/** The environment variable with the address of the queue whose messages wake a materialization function; it may send to it too, to go on later. */
export const QUEUE_URL_VARIABLE = 'ML_SERVING_QUEUE_URL';

/** The message group of that queue, which is the table's own: one message is worked on at a time. */
export const WAKE_UP_GROUP = 'materialization';

/**
 * Everything that the materialization of a feature table needs to know. As in the endpoint spec, nothing in it is a token or a physical name:
 * the function's bindings have the DynamoDB table and the bucket under the feature table's name.
 */
export interface TableDocument {
  readonly documentVersion: typeof TABLE_DOCUMENT_VERSION;
  readonly table: TableSpec;
  readonly offlineStore: OfflineStoreSpec;
  readonly materialization: MaterializationSpec;
}

/** Where the Delta Lake table of a feature table lies. */
export interface OfflineStoreSpec {
  /** The folder of the table in its bucket, without a slash at its ends; empty for the bucket's root. */
  readonly prefix: string;
}

/** How offline rows come online. */
export interface MaterializationSpec {
  /** `snapshot`: all rows of the latest version each time; `triggered` and `continuous`: what changed since the last time. */
  readonly mode: 'snapshot' | 'triggered' | 'continuous';
  /** How long the mark of a deleted row is kept, so that an older event does not bring it back. */
  readonly tombstoneSeconds: number;
}
