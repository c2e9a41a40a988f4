import type { TableSpec } from '../../lib/spec/endpoint-spec';
import { TABLE_DOCUMENT_VERSION, type MaterializationSpec, type TableDocument } from '../../lib/spec/table-document';
import { materialize } from '../../lambda/materialization/materialize';
import type { MaterializeOptions } from '../../lambda/materialization/next-work';
import type { MaterializationIo } from '../../lambda/materialization/run';
import { STATE_KEY } from '../../lambda/materialization/state';
import type { ObjectStore } from '../../lambda/offline/object-store';
import { attributeDecoder } from '../../lambda/online/attribute';
import { OnlineTable } from '../../lambda/online/online-table';
import type { Item } from '../../lambda/online/reader';
import { isTombstone } from '../../lambda/online/tombstone';
import { memoryDynamoDb, type MemoryItems } from './memory-dynamodb';

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
  readonly log: object[];
  run(options?: MaterializeOptions, io?: Partial<MaterializationIo>): ReturnType<typeof materialize>;
  /** The values of each key's row: the features in their order, the event time before them if there is one. */
  rows(): Record<string, unknown[]>;
}

/** Materializes a table into a memory of its own; the clock stands still. */
export function materializedTable(
  offline: ObjectStore,
  table: TableSpec,
  { mode, now = Date.parse('2024-06-01T12:00:00Z') }: { mode?: MaterializationSpec['mode']; now?: number } = {},
): MaterializedTable {
  const items: MemoryItems = new Map();
  const log: object[] = [];
  const online = new OnlineTable({ call: memoryDynamoDb(items), random: () => 0.5, sleep: () => Promise.resolve() }, 't');
  return {
    items,
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
