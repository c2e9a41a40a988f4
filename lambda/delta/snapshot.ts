import { type Metadata, type Protocol } from './actions';
import { readCheckpoint } from './checkpoint';
import { readJsonActions } from './commit-file';
import { storePath } from './data-file';
import { type LogSegment, readLogSegment } from './log-segment';
import { type ObjectStore } from '../stores/object-store';
import { checkReadable, mappingMode } from './protocol';
import { Replay } from './replay';
import { type DataFile } from './data-file';
import { type StructType } from '../parquet/schema';
import { parseSchema } from './schema';
import { TableError } from '../stores/table-error';

/** One version of a table, as its log has it. */
export interface Snapshot {
  readonly version: number;
  readonly protocol: Protocol;
  readonly metadata: Metadata;
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  /** The data files; every path lies inside the table's folder. */
  readonly files: readonly DataFile[];
  /** The version that each application wrote last. */
  readonly transactions: ReadonlyMap<string, bigint>;
}

/**
 * Reads a version of the table in a store. Reads its log and none of its data files.
 * @param version the latest if undefined
 * @throws TableError if there is no such version, if the log is damaged, or if the table needs a reader feature that we do not support
 */
export async function readSnapshot(store: ObjectStore, version?: number): Promise<Snapshot> {
  const segment = await readLogSegment(store, version);
  return snapshotOf(await replaySegment(store, segment, false), segment.version);
}

/** Reads all that a checkpoint of a version holds: what is removed too. */
export async function readWholeLog(store: ObjectStore, version: number): Promise<Replay> {
  return replaySegment(store, await readLogSegment(store, version), true);
}

/**
 * Replays what makes a version.
 * @param isWhole whether what is removed is kept too
 * @throws TableError if the log is damaged
 */
export async function replaySegment(
  store: ObjectStore,
  { checkpoint, ascendingCommitFiles }: LogSegment,
  isWhole: boolean,
): Promise<Replay> {
  const replay = new Replay();
  if (checkpoint !== undefined) {
    for await (const action of readCheckpoint(store, checkpoint, isWhole)) replay.apply(action, checkpoint.version);
  }
  for (const { path, version } of ascendingCommitFiles) {
    for (const action of await readJsonActions(store, path)) replay.apply(action, version);
  }
  return replay;
}

/** @throws TableError if the log says too little, or the table needs a reader feature that we do not support */
export function snapshotOf({ protocol, metadata, files, transactions }: Replay, version: number): Snapshot {
  if (protocol === undefined) throw new TableError(`expected a protocol action in the log up to version ${version}, got: none`);
  if (metadata === undefined) throw new TableError(`expected a metaData action in the log up to version ${version}, got: none`);
  checkReadable(protocol);
  files.forEach(({ path }) => storePath(path));
  const schema = parseSchema(metadata.schemaString, mappingMode(metadata));
  const { partitionColumns } = metadata;
  const versions = new Map(transactions.map((transaction) => [transaction.appId, transaction.version]));
  return { version, protocol, metadata, schema, partitionColumns, files, transactions: versions };
}
