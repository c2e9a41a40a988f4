// An online store in memory: rows stored as DynamoDB would hold them, under the key that the runtime asks for.
import { attributeEncoder } from '../../lambda/online/attribute';
import { keyEncoder } from '../../lambda/online/key';
import type { Item, OnlineReader, TableRead } from '../../lambda/online/reader';
import type { TableSpec } from '../../lib/contract/endpoint-spec';

/** A row: values in the JavaScript form of their columns' types, by name. */
export type Row = Readonly<Record<string, unknown>>;

/** Rows of one table, and what more their items carry. */
export interface MemoryTable {
  readonly spec: TableSpec;
  readonly rows: readonly Row[];
}

/** A reader of these tables, by physical name, and what was asked of it. */
export interface MemoryReader extends OnlineReader {
  readonly calls: (readonly TableRead[])[];
}

/** Makes a reader over rows in memory; a row's `_ts`, `_ttl` and `_deleted` are stored as they are given. */
export function memoryReader(tables: Readonly<Record<string, MemoryTable>>): MemoryReader {
  const stored = new Map(Object.entries(tables).map(([tableName, { spec, rows }]) => [tableName, itemsOf(spec, rows)]));
  const calls: (readonly TableRead[])[] = [];
  return {
    calls,
    read(reads) {
      calls.push(reads);
      return Promise.resolve(
        reads.map(({ tableName, keys, attributes }) => keys.map((key) => project(stored.get(tableName)!.get(key), attributes))),
      );
    },
  };
}

function itemsOf({ primaryKey, features }: TableSpec, rows: readonly Row[]): Map<string, Item> {
  const encodeKey = keyEncoder(primaryKey);
  return new Map(
    rows.map((row) => {
      const given = features.filter(({ name }) => row[name] !== undefined);
      const attributes = given.map((column) => [
        column.name,
        row[column.name] === null ? { NULL: true as const } : attributeEncoder(column)(row[column.name]),
      ]);
      const own = ['_ts', '_ttl'].filter((name) => row[name] !== undefined).map((name) => [name, { N: String(row[name]) }]);
      const tombstone = row._deleted === true ? [['_deleted', { BOOL: true }]] : [];
      return [encodeKey(primaryKey.map(({ name }) => row[name])), Object.fromEntries([...attributes, ...own, ...tombstone]) as Item];
    }),
  );
}

function project(item: Item | undefined, attributes: readonly string[]): Item | undefined {
  return item && Object.fromEntries(Object.entries(item).filter(([name]) => attributes.includes(name)));
}
