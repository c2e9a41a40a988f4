/** The layout of the items in an externally managed online store. */
export interface ExistingStoreSpec {
  /**
   * The key attributes of the DynamoDB table, one for each column of the primary key: the partition key, then the sort key if there is one.
   */
  readonly key: readonly KeyAttributeSpec[];
  /** The attribute of the event time; absent where the table has no timestamp key. */
  readonly eventTime?: EventTimeSpec;
  /** The attribute of each feature, in the order of the table's features. */
  readonly features: readonly string[];
}

/** A key attribute of a DynamoDB table. */
export interface KeyAttributeSpec {
  readonly name: string;
  /** The attribute's type, as DynamoDB names it. */
  readonly type: 'S' | 'N';
}

/** The attribute that holds the event time of an item. */
export interface EventTimeSpec {
  readonly attribute: string;
  /** The unit of a number since 1970, or a text in ISO 8601 with offset. */
  readonly format: 'seconds' | 'milliseconds' | 'microseconds' | 'iso8601';
}
