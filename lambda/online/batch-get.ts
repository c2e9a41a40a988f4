import { type KeyAttributeSpec } from '../../lib/contract/existing-store-spec';
import { KEY_ATTRIBUTES, keyItem, keyText } from './key-attributes';
import type { Item, TableRead } from './reader';

/** The maximum number of keys in a call. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
export const MAX_KEYS = 100;

/** The `RequestItems` and `UnprocessedKeys` of BatchGetItem, as this library writes them. */
export interface RequestItems {
  [tableName: string]: KeysAndAttributes;
}

interface KeysAndAttributes {
  readonly Keys: Item[];
  readonly ProjectionExpression: string;
  readonly ExpressionAttributeNames: { readonly [placeholder: string]: string };
}

/** The answer of BatchGetItem. */
export interface BatchGetResult {
  readonly Responses: { readonly [tableName: string]: readonly Item[] };
  readonly UnprocessedKeys?: RequestItems;
}

/** Plans the calls that read all keys of all tables: each key once, in as few calls of about equal size as possible. */
export function planCalls(reads: readonly TableRead[]): RequestItems[] {
  const tables = mergeTables(reads);
  const keys = tables.flatMap(({ tableName, key, keys, projection }) =>
    Array.from(keys, (text) => ({ tableName, item: keyItem(key, text), projection })),
  );
  const size = Math.ceil(keys.length / Math.ceil(keys.length / MAX_KEYS));
  const calls: RequestItems[] = [];
  for (let i = 0; i < keys.length; i += size) {
    const call: RequestItems = {};
    for (const { tableName, item, projection } of keys.slice(i, i + size)) {
      (call[tableName] ??= { Keys: [], ...projection }).Keys.push(item);
    }
    calls.push(call);
  }
  return calls;
}

/** Merges reads of the same table, which a call may name only once. */
function mergeTables(reads: readonly TableRead[]) {
  const tables = new Map<string, { key: readonly KeyAttributeSpec[]; keys: Set<string>; attributes: Set<string> }>();
  for (const { tableName, key = KEY_ATTRIBUTES, keys, attributes } of reads) {
    const table = tables.get(tableName);
    if (table === undefined) {
      tables.set(tableName, { key, keys: new Set(keys), attributes: new Set([...key.map(({ name }) => name), ...attributes]) });
    } else {
      keys.forEach((key) => table.keys.add(key));
      attributes.forEach((attribute) => table.attributes.add(attribute));
    }
  }
  return Array.from(tables, ([tableName, { key, keys, attributes }]) => ({
    tableName,
    key,
    keys,
    projection: projectionOf([...attributes]),
  }));
}

/** The projection of a read. Every attribute has a placeholder, because many names are reserved words of DynamoDB. */
export function projectionOf(attributes: readonly string[]) {
  return {
    ProjectionExpression: attributes.map((_, i) => `#${i}`).join(','),
    ExpressionAttributeNames: Object.fromEntries(attributes.map((attribute, i) => [`#${i}`, attribute])),
  };
}

/** Collects the items of calls, by table and key. */
export class FoundItems {
  private readonly tables = new Map<string, Map<string, Item>>();
  private readonly keys: ReadonlyMap<string, readonly KeyAttributeSpec[]>;

  constructor(private readonly reads: readonly TableRead[]) {
    this.keys = new Map(reads.map(({ tableName, key = KEY_ATTRIBUTES }) => [tableName, key]));
  }

  /** Keeps the items of an answer. @returns the keys that it left unprocessed, if any */
  public add({ Responses, UnprocessedKeys = {} }: BatchGetResult): RequestItems | undefined {
    for (const [tableName, items] of Object.entries(Responses)) {
      let table = this.tables.get(tableName);
      if (table === undefined) this.tables.set(tableName, (table = new Map()));
      const key = this.keys.get(tableName)!;
      for (const item of items) table.set(keyText(key, item), item);
    }
    return Object.keys(UnprocessedKeys).length === 0 ? undefined : UnprocessedKeys;
  }

  /** Returns the items of each read's keys, in the order of the keys. */
  public inOrder(): (Item | undefined)[][] {
    return this.reads.map(({ tableName, keys }) => {
      const table = this.tables.get(tableName);
      return keys.map((key) => table?.get(key));
    });
  }
}
