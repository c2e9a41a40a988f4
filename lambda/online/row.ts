import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { type AttributeEncoder, attributeEncoder } from './attribute';
import type { AttributeValue } from './reader';

/** A row of a feature table, as it is written to the online store. */
export interface OnlineRow {
  /** The text of the primary key, as `keyEncoder` makes it. */
  readonly key: string;
  /** Microseconds since 1970; absent if the table has no timestamp key. */
  readonly eventTime?: bigint;
  /** In the order of the table's features, in the JavaScript form of their types; null for no value. */
  readonly features: readonly unknown[];
}

/**
 * Makes the encoder of a table's rows. An item has the key, the row's place in the order of rows, its expiry, and each feature that has a value.
 * @returns a function of a row and its Delta version, 0 for none
 */
export function itemEncoder({
  features,
  timeToLiveSeconds,
}: TableSpec): (row: OnlineRow, version: number) => Record<string, AttributeValue> {
  const encoders = features.map((column): [string, AttributeEncoder] => [column.name, attributeEncoder(column)]);
  return ({ key, eventTime, features: values }, version) => {
    const item: Record<string, AttributeValue> = { _key: { S: key }, _ts: { N: String(eventTime ?? version) }, _v: { N: String(version) } };
    if (timeToLiveSeconds !== undefined && eventTime !== undefined) {
      item._ttl = { N: String(eventTime / 1_000_000n + BigInt(timeToLiveSeconds)) };
    }
    encoders.forEach(([name, encode], i) => {
      const value = values[i];
      if (value !== null) item[name] = encode(value);
    });
    return item;
  };
}
