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

/** One version of a table, replayed from its log. */
export interface Snapshot {
  readonly version: number;
  readonly protocol: Protocol;
  readonly metadata: Metadata;
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  /** The data files. Every path is inside the table's folder. */
  readonly files: readonly DataFile[];
  /** The last transaction version of each application. */
  readonly transactions: ReadonlyMap<string, bigint>;
}

/**
 * Reads a version of a table. Reads only the log, not the data files.
 * @param version by default the latest
 * @throws TableError if the version does not exist, the log is damaged, or the table needs an unsupported reader feature
 */
export async function readSnapshot(store: ObjectStore, version?: number): Promise<Snapshot> {
  const segment = await readLogSegment(store, version);
  return snapshotOf(await replaySegment(store, segment, false), segment.version);
}

/** Replays the log up to a version, including the removed files, which a checkpoint must contain. */
export async function readWholeLog(store: ObjectStore, version: number): Promise<Replay> {
  return replaySegment(store, await readLogSegment(store, version), true);
}

/**
 * Replays a log segment.
 * @param isWhole whether to include files that the checkpoint lists as removed
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

/** Makes a snapshot. @throws TableError if the log is incomplete, or the table needs an unsupported reader feature */
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
