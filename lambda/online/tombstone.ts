import type { Item } from './reader';

/**
 * Makes the tombstone of a deleted row, which keeps an older event from writing the row again.
 * @param eventTime of the deleted row, in microseconds since 1970; without a timestamp key its version
 * @param version the Delta version that deleted it, 0 for none
 * @param expires when the tombstone may be deleted, in seconds since 1970
 */
export function tombstoneOf(key: string, eventTime: bigint, version: number, expires: number): Item {
  return {
    _key: { S: key },
    _ts: { N: String(eventTime) },
    _v: { N: String(version) },
    _deleted: { BOOL: true },
    _ttl: { N: String(Math.floor(expires)) },
  };
}

/** Whether an item is a tombstone, not a row. */
export function isTombstone({ _deleted }: Item): boolean {
  return _deleted !== undefined;
}
