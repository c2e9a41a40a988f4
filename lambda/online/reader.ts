import { type KeyAttributeSpec } from '../../lib/contract/existing-store-spec';

/** A value as DynamoDB's JSON protocol writes it. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html */
export type AttributeValue =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: true }
  | { readonly L: readonly AttributeValue[] };

/** An item by attribute name. */
export type Item = { readonly [attribute: string]: AttributeValue };

/** The keys to read in one table, and the attributes to return of each item. */
export interface TableRead {
  /** The physical name. */
  readonly tableName: string;
  /** The attributes of the table's key. @default - the one attribute `_key` of a table that this library writes */
  readonly key?: readonly KeyAttributeSpec[];
  /** As the key's encoder makes them; they may repeat. */
  readonly keys: readonly string[];
  readonly attributes: readonly string[];
}

/** Reads items of several tables at once. */
export interface OnlineReader {
  /**
   * Returns the items of each table's keys, in the order of the keys; undefined for a key without an item.
   * @param deadline when to give up, in milliseconds since 1970
   * @throws Refusal with REQUEST_LIMIT_EXCEEDED when DynamoDB throttled the last try, TEMPORARILY_UNAVAILABLE when keys stay unprocessed or DynamoDB
   * fails, DEADLINE_EXCEEDED when the deadline has passed
   */
  read(reads: readonly TableRead[], deadline: number): Promise<(Item | undefined)[][]>;
}
