import { isDeepStrictEqual } from 'node:util';
import type { ColumnSpec } from '../../lib/contract/data-types';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { attributeDecoder, WrongAttribute } from '../online/attribute';
import type { Condition } from '../online/online-table';
import type { AttributeValue, Item } from '../online/reader';
import { itemEncoder, type OnlineRow } from '../online/row';
import { isTombstone } from '../online/tombstone';

/** The place of a row in the order of the rows of its key. */
export interface RowOrder {
  /** The event time in microseconds since 1970; without a timestamp key the version. */
  readonly time: bigint;
  /** The Delta version that it comes from, 0 for none. */
  readonly version: number;
}

/** The place of a stored item. An item without a time, of another writer, is the latest: no row replaces it. */
export function orderOf({ _ts, _v }: Item): RowOrder {
  return { time: wholeNumber(_ts) ?? 2n ** 63n - 1n, version: Number(wholeNumber(_v) ?? 0) };
}

/** Whether one row is later than the other. */
export function isLater(a: RowOrder, b: RowOrder): boolean {
  return a.time === b.time ? a.version > b.version : a.time > b.time;
}

/** The condition that nobody has written under a key since its item was read; undefined for no item. */
export function unchangedSince(stored: Item | undefined): Condition {
  if (stored === undefined) return { expression: 'attribute_not_exists(#key)', names: { '#key': '_key' } };
  const { _ts, _v } = stored;
  return {
    expression: `${_ts === undefined ? 'attribute_not_exists(#ts)' : '#ts = :ts'} AND ${_v === undefined ? 'attribute_not_exists(#v)' : '#v = :v'}`,
    names: { '#ts': '_ts', '#v': '_v' },
    values: { ...(_ts && { ':ts': _ts }), ...(_v && { ':v': _v }) },
  };
}

/** How a row of a version compares to the stored item of its key. */
export type RowComparison = 'unchanged' | 'older' | 'newer';

/** The attributes that {@link rowComparer} compares. */
export function comparedAttributes({ features }: TableSpec): string[] {
  return ['_ts', '_v', '_ttl', '_deleted', ...features.map(({ name }) => name)];
}

/** Makes a function that compares rows of a table to stored items. A row with the same time and features is unchanged, whichever its version. */
export function rowComparer(table: TableSpec): (row: OnlineRow, version: number, stored: Item) => RowComparison {
  const encode = itemEncoder(table);
  const areSame = table.features.map((column) => ({ name: column.name, isSame: comparison(column) }));
  return (row, version, stored) => {
    const item = encode(row, version);
    const order = orderOf(item);
    const storedOrder = orderOf(stored);
    const isSame =
      !isTombstone(stored) &&
      (row.eventTime === undefined || order.time === storedOrder.time) &&
      wholeNumber(item._ttl) === wholeNumber(stored._ttl) &&
      areSame.every(({ name, isSame }) => isSame(item[name], stored[name]));
    if (isSame) return 'unchanged';
    return isLater(storedOrder, order) ? 'older' : 'newer';
  };
}

/** Whether two attributes hold the same value of a column: DynamoDB writes numbers its own way. */
function comparison(column: ColumnSpec): (a: AttributeValue | undefined, b: AttributeValue | undefined) => boolean {
  const decode = attributeDecoder(column);
  return (a, b) => {
    if (a === undefined || b === undefined) return a === b;
    if (isDeepStrictEqual(a, b)) return true;
    try {
      return isDeepStrictEqual(decode(a), decode(b));
    } catch (error) {
      if (error instanceof WrongAttribute) return false;
      throw error;
    }
  };
}

const decodeLong = attributeDecoder({ name: 'a number', type: 'long' });

function wholeNumber(attribute: AttributeValue | undefined): bigint | undefined {
  return attribute && (decodeLong(attribute) as bigint);
}
