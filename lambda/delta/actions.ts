// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#actions
import { describeStored, TableError } from '../stores/table-error';

/** Marks rows of a data file as deleted: inline, or in a file. */
export interface DeletionVector {
  /** `u`: a file, by its id; `i`: inline; `p`: a file, by its absolute path. */
  readonly storageType: string;
  readonly pathOrInlineDv: string;
  readonly offset: number | undefined;
  readonly sizeInBytes: number;
  readonly cardinality: number;
}

/** Adds a data file to the table. */
export interface AddFile {
  /** A percent-encoded URI, as in the log. */
  readonly path: string;
  readonly partitionValues: Readonly<Record<string, string | null>>;
  /** In bytes. */
  readonly size: number;
  /** In milliseconds since 1970. */
  readonly modificationTime: number;
  /** False if the commit only rearranges rows. */
  readonly dataChange: boolean;
  /** Statistics, as JSON. */
  readonly stats: string | undefined;
  readonly tags: Readonly<Record<string, string | null>> | undefined;
  readonly deletionVector: DeletionVector | undefined;
}

/** Removes a data file from the table. */
export interface RemoveFile {
  readonly path: string;
  /** In milliseconds since 1970. */
  readonly deletionTimestamp: number | undefined;
  readonly dataChange: boolean;
  readonly partitionValues: Readonly<Record<string, string | null>> | undefined;
  /** In bytes. */
  readonly size: number | undefined;
  readonly deletionVector: DeletionVector | undefined;
}

/** The schema and the properties of a table. */
export interface Metadata {
  readonly id: string;
  readonly name: string | undefined;
  readonly description: string | undefined;
  /** In milliseconds since 1970. */
  readonly createdTime: number | undefined;
  /** The schema, as JSON. */
  readonly schemaString: string;
  readonly partitionColumns: readonly string[];
  readonly configuration: Readonly<Record<string, string | null>>;
}

/** The versions and features that a reader or writer of the table must support. */
export interface Protocol {
  readonly minReaderVersion: number;
  readonly minWriterVersion: number;
  readonly readerFeatures: readonly string[];
  readonly writerFeatures: readonly string[];
}

/** The last write of an application, by the application's own version number. */
export interface Transaction {
  readonly appId: string;
  readonly version: bigint;
  /** In milliseconds since 1970. */
  readonly lastUpdated: number | undefined;
}

/** Names a file with more actions of a checkpoint. */
export interface Sidecar {
  readonly path: string;
}

/** Describes a commit. Each writer has its own members. */
export type CommitInfo = Readonly<Record<string, unknown>>;

/** One entry of the log. */
export type Action =
  | { readonly kind: 'add'; readonly add: AddFile }
  | { readonly kind: 'remove'; readonly remove: RemoveFile }
  | { readonly kind: 'metaData'; readonly metaData: Metadata }
  | { readonly kind: 'protocol'; readonly protocol: Protocol }
  | { readonly kind: 'txn'; readonly txn: Transaction }
  | { readonly kind: 'sidecar'; readonly sidecar: Sidecar }
  | { readonly kind: 'commitInfo'; readonly commitInfo: CommitInfo };

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads an action from a line of a commit or a row of a checkpoint. Returns undefined for an action that readers ignore. A map is an object in a
 * line, and pairs in a row; an int64 is a number, a bigint or a string of digits.
 * @throws TableError if a field breaks the protocol; the message starts with the field's path (`add.size`)
 */
export function readAction(entry: Fields): Action | undefined {
  const kind = (Object.keys(READ) as Action['kind'][]).find((name) => isPresent(entry[name]));
  return kind === undefined ? undefined : READ[kind](fieldsOf(entry, kind, kind));
}

const READ: Record<Action['kind'], (fields: Fields) => Action> = {
  add: (add) => ({
    kind: 'add',
    add: {
      path: text(add, 'path', 'add'),
      partitionValues: textMap(add, 'partitionValues', 'add'),
      size: count(add, 'size', 'add'),
      modificationTime: count(add, 'modificationTime', 'add'),
      dataChange: add['dataChange'] !== false,
      stats: optional(text, add, 'stats', 'add'),
      tags: optional(textMap, add, 'tags', 'add'),
      deletionVector: deletionVector(add, 'add'),
    },
  }),
  remove: (remove) => ({
    kind: 'remove',
    remove: {
      path: text(remove, 'path', 'remove'),
      deletionTimestamp: optional(count, remove, 'deletionTimestamp', 'remove'),
      dataChange: remove['dataChange'] !== false,
      partitionValues: optional(textMap, remove, 'partitionValues', 'remove'),
      size: optional(count, remove, 'size', 'remove'),
      deletionVector: deletionVector(remove, 'remove'),
    },
  }),
  metaData: (metaData) => ({
    kind: 'metaData',
    metaData: {
      id: text(metaData, 'id', 'metaData'),
      name: optional(text, metaData, 'name', 'metaData'),
      description: optional(text, metaData, 'description', 'metaData'),
      createdTime: optional(count, metaData, 'createdTime', 'metaData'),
      schemaString: text(metaData, 'schemaString', 'metaData'),
      partitionColumns: texts(metaData, 'partitionColumns', 'metaData'),
      configuration: textMap(metaData, 'configuration', 'metaData'),
    },
  }),
  protocol: (protocol) => ({
    kind: 'protocol',
    protocol: {
      minReaderVersion: count(protocol, 'minReaderVersion', 'protocol'),
      minWriterVersion: count(protocol, 'minWriterVersion', 'protocol'),
      readerFeatures: texts(protocol, 'readerFeatures', 'protocol'),
      writerFeatures: texts(protocol, 'writerFeatures', 'protocol'),
    },
  }),
  txn: (txn) => ({
    kind: 'txn',
    txn: {
      appId: text(txn, 'appId', 'txn'),
      version: int64(txn, 'version', 'txn'),
      lastUpdated: optional(count, txn, 'lastUpdated', 'txn'),
    },
  }),
  sidecar: (sidecar) => ({ kind: 'sidecar', sidecar: { path: text(sidecar, 'path', 'sidecar') } }),
  commitInfo: (commitInfo) => ({ kind: 'commitInfo', commitInfo }),
};

function deletionVector(file: Fields, at: string): DeletionVector | undefined {
  if (!isPresent(file['deletionVector'])) return undefined;
  const vector = fieldsOf(file, 'deletionVector', `${at}.deletionVector`);
  return {
    storageType: text(vector, 'storageType', `${at}.deletionVector`),
    pathOrInlineDv: text(vector, 'pathOrInlineDv', `${at}.deletionVector`),
    offset: optional(count, vector, 'offset', `${at}.deletionVector`),
    sizeInBytes: count(vector, 'sizeInBytes', `${at}.deletionVector`),
    cardinality: count(vector, 'cardinality', `${at}.deletionVector`),
  };
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function optional<T>(read: (fields: Fields, name: string, at: string) => T, fields: Fields, name: string, at: string): T | undefined {
  return isPresent(fields[name]) ? read(fields, name, at) : undefined;
}

function fieldsOf(fields: Fields, name: string, at: string): Fields {
  const value = fields[name];
  if (typeof value !== 'object' || Array.isArray(value)) throw mismatch(at, 'an object', value);
  return value as Fields;
}

function text(fields: Fields, name: string, at: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw mismatch(`${at}.${name}`, 'a string', value);
  return value;
}

function texts(fields: Fields, name: string, at: string): string[] {
  const value = fields[name] ?? [];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw mismatch(`${at}.${name}`, 'a list of strings', value);
  return value;
}

function textMap(fields: Fields, name: string, at: string): Record<string, string | null> {
  const value = fields[name] ?? {};
  const pairs = Array.isArray(value) ? (value as unknown[][]) : typeof value === 'object' ? Object.entries(value) : undefined;
  if (pairs === undefined || !pairs.every(([, item]) => item === null || typeof item === 'string')) {
    throw mismatch(`${at}.${name}`, 'a map of strings', value);
  }
  return Object.fromEntries(pairs) as Record<string, string | null>;
}

function int64(fields: Fields, name: string, at: string): bigint {
  const value = fields[name];
  const isWhole = typeof value === 'bigint' || Number.isSafeInteger(value) || (typeof value === 'string' && /^-?\d+$/.test(value));
  if (!isWhole) throw mismatch(`${at}.${name}`, 'a whole number', value);
  return BigInt(value as bigint | number | string);
}

function count(fields: Fields, name: string, at: string): number {
  const value = Number(int64(fields, name, at));
  if (!(Number.isSafeInteger(value) && value >= 0)) throw mismatch(`${at}.${name}`, 'a whole number from 0 to 2^53-1', fields[name]);
  return value;
}

function mismatch(at: string, expected: string, value: unknown): TableError {
  return new TableError(`${at}: expected ${expected}, got: ${describeStored(value)}`);
}
