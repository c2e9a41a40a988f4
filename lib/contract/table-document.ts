import type { TableSpec } from './endpoint-spec';

/** The version of the document that this release writes and reads. */
export const TABLE_DOCUMENT_VERSION = 1;

/** The file name of the document in the asset of a materialization function. */
export const TABLE_DOCUMENT_FILE = 'table.json';

/**
 * The environment variable that holds the URL of the queue that starts a materialization function. The function also sends to it, to
 * continue later.
 */
export const QUEUE_URL_VARIABLE = 'ML_SERVING_QUEUE_URL';

/** The message group of that queue. Each table has a queue, so one group means one message at a time. */
export const WAKE_UP_GROUP = 'materialization';

/**
 * Everything that the materialization of a feature table knows. It holds no token and no physical name: the function's bindings map the
 * feature table's name to the DynamoDB table and the bucket.
 */
export interface TableDocument {
  readonly documentVersion: typeof TABLE_DOCUMENT_VERSION;
  readonly table: TableSpec;
  readonly offlineStore: OfflineStoreSpec;
  readonly materialization: MaterializationSpec;
}

/** The location of a feature table's Delta Lake table. */
export interface OfflineStoreSpec {
  /** The folder of the table in its bucket, without leading or trailing slash; empty for the root of the bucket. */
  readonly prefix: string;
}

/** How offline rows are materialized. */
export interface MaterializationSpec {
  /** `snapshot` writes all rows of the latest version each time. `triggered` and `continuous` write the changes since the last run. */
  readonly mode: 'snapshot' | 'triggered' | 'continuous';
  /**
   * How long the online store keeps the tombstone of a deleted row, in seconds. A tombstone stops an older event from restoring the row.
   */
  readonly tombstoneSeconds: number;
}
