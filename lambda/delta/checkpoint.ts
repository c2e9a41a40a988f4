// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#checkpoints
import { type Action, readAction } from './actions';
import { readJsonActions } from './commit-file';
import { LOG_FOLDER } from './log-path';
import { type Checkpoint } from './log-segment';
import { type ObjectStore } from '../stores/object-store';
import { readParquet } from '../parquet/file';
import { type FieldType, type StructField } from '../parquet/schema';
import { TableError } from '../stores/table-error';

const STRINGS: FieldType = { type: 'array', elementType: 'string' };
const STRING_MAP: FieldType = { type: 'map', keyType: 'string', valueType: 'string' };

const DELETION_VECTOR = struct('deletionVector', {
  storageType: 'string',
  pathOrInlineDv: 'string',
  offset: 'integer',
  sizeInBytes: 'integer',
  cardinality: 'long',
}).type;

/** The columns of a checkpoint, one for each kind of action. A row has a value in one of them. */
export const CHECKPOINT_COLUMNS = {
  txn: struct('txn', { appId: 'string', version: 'long', lastUpdated: 'long' }),
  add: struct('add', {
    path: 'string',
    partitionValues: STRING_MAP,
    size: 'long',
    modificationTime: 'long',
    dataChange: 'boolean',
    stats: 'string',
    tags: STRING_MAP,
    deletionVector: DELETION_VECTOR,
  }),
  remove: struct('remove', {
    path: 'string',
    deletionTimestamp: 'long',
    dataChange: 'boolean',
    extendedFileMetadata: 'boolean',
    partitionValues: STRING_MAP,
    size: 'long',
    deletionVector: DELETION_VECTOR,
  }),
  metaData: struct('metaData', {
    id: 'string',
    name: 'string',
    description: 'string',
    format: struct('format', { provider: 'string', options: STRING_MAP }).type,
    schemaString: 'string',
    partitionColumns: STRINGS,
    createdTime: 'long',
    configuration: STRING_MAP,
  }),
  protocol: struct('protocol', {
    minReaderVersion: 'integer',
    minWriterVersion: 'integer',
    readerFeatures: STRINGS,
    writerFeatures: STRINGS,
  }),
};

const SIDECAR = struct('sidecar', { path: 'string' });

function struct(name: string, types: Record<string, FieldType>): StructField {
  const fields = Object.entries(types).map(([inner, type]) => field(inner, type));
  return field(name, { type: 'struct', fields });
}

function field(name: string, type: FieldType): StructField {
  return { name, type, nullable: true, physicalName: name, fieldId: undefined };
}

/**
 * Reads the actions of a checkpoint and its sidecars.
 * @param isWhole whether to read removed files too, which a snapshot does not need
 * @throws TableError naming a file that is missing or damaged
 */
export async function* readCheckpoint(store: ObjectStore, { paths }: Checkpoint, isWhole: boolean): AsyncGenerator<Action> {
  const { remove, ...others } = CHECKPOINT_COLUMNS;
  const columns = [...Object.values(others), ...(isWhole ? [remove] : [])];
  for (const path of paths) {
    for await (const action of readFile(store, path, columns)) {
      if (action.kind === 'sidecar') yield* readParquetActions(store, sidecarPath(path, action.sidecar.path), columns);
      else yield action;
    }
  }
}

async function* readFile(store: ObjectStore, path: string, columns: readonly StructField[]): AsyncGenerator<Action> {
  if (path.endsWith('.json')) yield* await readJsonActions(store, path);
  else yield* readParquetActions(store, path, [...columns, SIDECAR]);
}

function sidecarPath(checkpoint: string, name: string): string {
  if (/[/\\]|^\.*$/.test(name)) throw new TableError(`${checkpoint}: sidecar.path: expected a file name, got: ${JSON.stringify(name)}`);
  return `${LOG_FOLDER}/_sidecars/${name}`;
}

async function* readParquetActions(store: ObjectStore, path: string, columns: readonly StructField[]): AsyncGenerator<Action> {
  const size = await store.size(path);
  if (size === undefined) throw new TableError(`${path}: expected a part of a checkpoint, got: no file`);
  for await (const { rowCount, columns: values } of readParquet(store, path, size, columns)) {
    for (let row = 0; row < rowCount; row++) {
      const action = actionOf(path, Object.fromEntries(columns.map(({ name }, i) => [name, values[i]![row]])));
      if (action !== undefined) yield action;
    }
  }
}

function actionOf(path: string, entry: Record<string, unknown>): Action | undefined {
  try {
    return readAction(entry);
  } catch (error) {
    if (error instanceof TableError) throw new TableError(`${path}: ${error.message}`, { cause: error });
    throw error;
  }
}
