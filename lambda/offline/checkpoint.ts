// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#checkpoints
import { type Action, readAction } from './actions';
import { readJsonActions } from './commit-file';
import { LOG_FOLDER } from './log-path';
import { type Checkpoint } from './log-segment';
import { type ObjectStore } from './object-store';
import { readParquet } from './parquet-file';
import { type DeltaType, type StructField } from './schema';
import { TableError } from './table-error';

const STRINGS: DeltaType = { type: 'array', elementType: 'string' };
const STRING_MAP: DeltaType = { type: 'map', keyType: 'string', valueType: 'string' };

/** What we read of a checkpoint: no `remove`, because what is removed is not in it either. */
const COLUMNS: readonly StructField[] = [
  struct('txn', { appId: 'string', version: 'long' }),
  struct('add', {
    path: 'string',
    partitionValues: STRING_MAP,
    size: 'long',
    modificationTime: 'long',
    dataChange: 'boolean',
    stats: 'string',
    deletionVector: struct('', {
      storageType: 'string',
      pathOrInlineDv: 'string',
      offset: 'integer',
      sizeInBytes: 'integer',
      cardinality: 'long',
    }).type,
  }),
  struct('metaData', { id: 'string', schemaString: 'string', partitionColumns: STRINGS, configuration: STRING_MAP }),
  struct('protocol', { minReaderVersion: 'integer', minWriterVersion: 'integer', readerFeatures: STRINGS, writerFeatures: STRINGS }),
  struct('sidecar', { path: 'string' }),
];

function struct(name: string, types: Record<string, DeltaType>): StructField {
  const fields = Object.entries(types).map(([inner, type]) => field(inner, type));
  return field(name, { type: 'struct', fields });
}

function field(name: string, type: DeltaType): StructField {
  return { name, type, nullable: true, physicalName: name, fieldId: undefined };
}

/**
 * The actions of a checkpoint, those of its sidecars too.
 * @throws TableError naming the file that is missing or damaged
 */
export async function* readCheckpoint(store: ObjectStore, { paths }: Checkpoint): AsyncGenerator<Action> {
  for (const path of paths) {
    for await (const action of readFile(store, path)) {
      if (action.kind === 'sidecar') yield* readParquetActions(store, sidecarPath(path, action.sidecar.path));
      else yield action;
    }
  }
}

async function* readFile(store: ObjectStore, path: string): AsyncGenerator<Action> {
  if (path.endsWith('.json')) yield* await readJsonActions(store, path);
  else yield* readParquetActions(store, path);
}

function sidecarPath(checkpoint: string, name: string): string {
  if (/[/\\]|^\.*$/.test(name)) throw new TableError(`${checkpoint}: sidecar.path: expected a file name, got: ${JSON.stringify(name)}`);
  return `${LOG_FOLDER}/_sidecars/${name}`;
}

async function* readParquetActions(store: ObjectStore, path: string): AsyncGenerator<Action> {
  const size = await store.size(path);
  if (size === undefined) throw new TableError(`${path}: expected a part of a checkpoint, got: no file`);
  for await (const { rowCount, columns } of readParquet(store, path, size, COLUMNS)) {
    for (let row = 0; row < rowCount; row++) {
      const action = actionOf(path, Object.fromEntries(COLUMNS.map(({ name }, i) => [name, columns[i]![row]])));
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
