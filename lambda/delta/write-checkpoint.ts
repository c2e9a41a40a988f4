// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#checkpoints-1
import { type Action, type RemoveFile } from './actions';
import { CHECKPOINT_COLUMNS } from './checkpoint';
import { actionEntry } from './commit-file';
import { firstNameOf, LOG_FOLDER } from './log-path';
import { ParquetEncoder } from '../parquet/encoder';
import { type Replay } from './replay';
import { type FieldType } from '../parquet/schema';
import { readWholeLog, type Snapshot } from './snapshot';
import { type TableWriterIo } from './writer-io';

const DEFAULT_INTERVAL = 10;
const MILLISECONDS: Readonly<Record<string, number>> = {
  millisecond: 1,
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
};
/** The number of actions to encode at a time. */
const WINDOW_ACTIONS = 4096;

type Configuration = Snapshot['metadata']['configuration'];
type Transaction = Replay['transactions'][number];

/** Whether a version needs a checkpoint. False for a table that requires statistics as structs, which this writer does not support. */
export function isCheckpointVersion(configuration: Configuration, version: number): boolean {
  const interval = Number(configuration['delta.checkpointInterval'] ?? DEFAULT_INTERVAL);
  const isText = (configuration['delta.checkpoint.writeStatsAsJson'] ?? 'true').toLowerCase() === 'true';
  const isStruct = (configuration['delta.checkpoint.writeStatsAsStruct'] ?? 'false').toLowerCase() === 'true';
  return version > 0 && version % interval === 0 && isText && !isStruct;
}

/** Writes the checkpoint of a version, and the `_last_checkpoint` file that names it. */
export async function writeCheckpoint(io: TableWriterIo, version: number): Promise<void> {
  const replay = await readWholeLog(io.store, version);
  const actions = checkpointActions(replay, io.now());
  const bytes = encode(actions);
  await io.store.write(`${LOG_FOLDER}/${firstNameOf(version)}.checkpoint.parquet`, bytes);
  const hint = { version, size: actions.length, sizeInBytes: bytes.length, numOfAddFiles: replay.files.length };
  await io.store.write(`${LOG_FOLDER}/_last_checkpoint`, Buffer.from(JSON.stringify(hint)));
}

function checkpointActions({ protocol, metadata, transactions, files, removed }: Replay, now: number): Action[] {
  const { configuration } = metadata!;
  const oldest = now - durationOf(configuration['delta.deletedFileRetentionDuration'] ?? 'interval 1 week');
  const oldestTransaction = now - durationOf(configuration['delta.setTransactionRetentionDuration'] ?? undefined);
  const isRemembered = ({ lastUpdated = Infinity }: Transaction) => lastUpdated > oldestTransaction;
  const isKept = ({ deletionTimestamp = 0 }: RemoveFile) => deletionTimestamp > oldest;
  return [
    { kind: 'protocol', protocol: protocol! },
    { kind: 'metaData', metaData: metadata! },
    ...transactions.filter(isRemembered).map((txn): Action => ({ kind: 'txn', txn })),
    ...removed.filter(isKept).map((remove): Action => ({ kind: 'remove', remove: { ...remove, dataChange: false } })),
    ...files.map((add): Action => ({ kind: 'add', add: { ...add, dataChange: false } })),
  ];
}

/** Parses the interval in a table property, in milliseconds. An interval that cannot be parsed is infinite, which keeps everything. */
function durationOf(property: string | undefined): number {
  const [, count, unit] = /^\s*(?:interval\s+)?(\d+)\s+([a-z]+?)s?\s*$/i.exec(property ?? '') ?? [];
  return unit === undefined ? Infinity : Number(count) * (MILLISECONDS[unit.toLowerCase()] ?? Infinity);
}

function encode(actions: readonly Action[]): Uint8Array {
  const fields = Object.values(CHECKPOINT_COLUMNS);
  const encoder = new ParquetEncoder(fields);
  for (let start = 0; start < actions.length; start += WINDOW_ACTIONS) {
    const entries = actions.slice(start, start + WINDOW_ACTIONS).map((action) => actionEntry(action) as Record<string, unknown>);
    const columns = fields.map(({ name, type }) => entries.map((entry) => rowForm(entry[name], type)));
    encoder.append(columns, [...entries.keys()]);
  }
  return encoder.finish();
}

/** Converts a member of an action to a column's value: a map to pairs, a long to a bigint. */
function rowForm(value: unknown, type: FieldType): unknown {
  if (value === undefined || value === null) return null;
  if (typeof type === 'string') return type === 'long' ? BigInt(value as number | bigint) : value;
  if (type.type === 'array') return value;
  if (type.type === 'map') return Object.entries(value);
  return Object.fromEntries(type.fields.map((field) => [field.name, rowForm((value as Record<string, unknown>)[field.name], field.type)]));
}
