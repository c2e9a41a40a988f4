import { isState } from '../../lambda/materialization/state';
import { attributeDecoder } from '../../lambda/online/attribute';
import { keyDecoder } from '../../lambda/online/key';
import type { OnlineTable } from '../../lambda/online/online-table';
import type { Item } from '../../lambda/online/reader';
import { isTombstone } from '../../lambda/online/tombstone';
import type { ColumnSpec } from '../../lib/contract/data-types';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import type { Row } from './row-format';

/** The version of the offline store that a row came from; 0 without an offline store. */
const VERSION: ColumnSpec = { name: '_v', type: 'long' };

/** The columns of online rows: the columns of the table, and the version. */
export function onlineColumns({ primaryKey, timestampKey, features }: TableSpec): ColumnSpec[] {
  return [...primaryKey, ...(timestampKey === undefined ? [] : [timestampKey]), ...features, VERSION];
}

/** Reads the row of a key; undefined if there is none. */
export async function readOnlineRow(online: OnlineTable, table: TableSpec, key: string): Promise<Row | undefined> {
  const item = (await online.get([key])).get(key);
  return item === undefined || isTombstone(item) ? undefined : rowDecoder(table)(item);
}

/** Reads rows up to a limit, in the order of the store. */
export async function readOnlineRows(online: OnlineTable, table: TableSpec, limit: number): Promise<Row[]> {
  const decode = rowDecoder(table);
  const attributes = ['_ts', '_v', '_deleted', ...table.features.map(({ name }) => name)];
  const rows: Row[] = [];
  let last: string | undefined;
  do {
    const page = await online.scan(attributes, last);
    rows.push(...page.items.filter((item) => !isTombstone(item) && !isState(item)).map(decode));
    ({ last } = page);
  } while (last !== undefined && rows.length < limit);
  return rows.slice(0, limit);
}

function rowDecoder({ primaryKey, timestampKey, features }: TableSpec): (item: Item) => Row {
  const decodeKey = keyDecoder(primaryKey);
  const time = timestampKey && attributeDecoder(timestampKey);
  const decoders = features.map((column) => ({ name: column.name, decode: attributeDecoder(column) }));
  const version = attributeDecoder(VERSION);
  return (item) => [
    ...decodeKey((item._key as { S: string }).S),
    ...(time === undefined ? [] : [time(item._ts!)]),
    ...decoders.map(({ name, decode }) => (item[name] === undefined ? null : decode(item[name]))),
    item._v === undefined ? null : version(item._v),
  ];
}
