import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { TABLE_DOCUMENT_VERSION, type MaterializationSpec, type TableDocument } from '../../lib/contract/table-document';
import { materialize } from '../../lambda/materialization/materialize';
import type { MaterializeOptions } from '../../lambda/materialization/next-work';
import type { MaterializationIo } from '../../lambda/materialization/run';
import { STATE_KEY } from '../../lambda/materialization/state';
import type { ObjectStore } from '../../lambda/stores/object-store';
import { attributeDecoder } from '../../lambda/online/attribute';
import { OnlineTable } from '../../lambda/online/online-table';
import type { Item } from '../../lambda/online/reader';
import { isTombstone } from '../../lambda/online/tombstone';
import { FeatureDelta } from './feature-delta';
import { memoryDynamoDb, type MemoryItems } from './memory-dynamodb';
import { memoryObjects } from './memory-objects';

export const DAY = 86_400;

/** The document of a feature table's materialization. */
export function documentOf(table: TableSpec, mode: MaterializationSpec['mode'] = 'continuous'): TableDocument {
  return {
    documentVersion: TABLE_DOCUMENT_VERSION,
    table,
    offlineStore: { prefix: '' },
    materialization: { mode, tombstoneSeconds: 30 * DAY },
  };
}

/** A feature table whose online store is in memory. */
export interface MaterializedTable {
  readonly items: MemoryItems;
  readonly online: OnlineTable;
  readonly log: object[];
  run(options?: MaterializeOptions, io?: Partial<MaterializationIo>): ReturnType<typeof materialize>;
  /** The values of each key's row: the features in their order, the event time before them if there is one. */
  rows(): Record<string, unknown[]>;
}

/** How a feature table is materialized in a test. */
export interface MaterializedTableOptions {
  readonly mode?: MaterializationSpec['mode'];
  readonly now?: number;
  readonly items?: MemoryItems;
}

/** Materializes a table into a memory of its own; the clock stands still. */
export function materializedTable(
  offline: ObjectStore,
  table: TableSpec,
  { mode, now = Date.parse('2024-06-01T12:00:00Z'), items = new Map() }: MaterializedTableOptions = {},
): MaterializedTable {
  const log: object[] = [];
  const online = new OnlineTable({ call: memoryDynamoDb(items), random: () => 0.5, sleep: () => Promise.resolve() }, 't');
  return {
    items,
    online,
    log,
    run: (options, io = {}) =>
      materialize(documentOf(table, mode), { offline, online, now: () => now, log: (line) => log.push(line), ...io }, options),
    rows: () => rowsOfItems(table, items.values()),
  };
}

/** The values of each row among items. */
export function rowsOfItems({ timestampKey, features }: TableSpec, items: Iterable<Item>): Record<string, unknown[]> {
  const decoders = features.map((column) => ({ name: column.name, decode: attributeDecoder(column) }));
  const rows = [...items].filter((item) => !isTombstone(item) && keyOf(item) !== STATE_KEY);
  return Object.fromEntries(
    rows.map((item) => {
      const values = decoders.map(({ name, decode }) => (item[name] === undefined ? null : decode(item[name])));
      return [keyOf(item), timestampKey === undefined ? values : [BigInt((item._ts as { N: string }).N), ...values]];
    }),
  );
}

function keyOf({ _key }: Item): string {
  return (_key as { S: string }).S;
}

/** A point in time, at the beginning of a day of January 2024 (1 is the first), in microseconds. */
export const dayOf = (day: number): bigint => BigInt(Date.UTC(2024, 0, day)) * 1000n;

/** A feature table of one integer by a string and an event time. */
export const SIZES: TableSpec = {
  name: 'sizes',
  primaryKey: [{ name: 'id', type: 'string' }],
  timestampKey: { name: 'at', type: 'timestamp' },
  features: [{ name: 'size', type: 'integer' }],
};

/** A new feature table, its Delta table, and what materializes that. */
export async function newMaterializedTable(table: TableSpec = SIZES, options?: MaterializedTableOptions) {
  const delta = await new FeatureDelta(memoryObjects(), table).create();
  return { delta, store: delta.store, ...materializedTable(delta.store, table, options) };
}
