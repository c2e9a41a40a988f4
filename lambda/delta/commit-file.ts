import { type Action, type Protocol, readAction } from './actions';
import { losslessJson, parseLosslessJson } from '../stores/lossless-json';
import { type ObjectStore } from '../stores/object-store';
import { READER_VERSION_OF_FEATURES, WRITER_VERSION_OF_FEATURES } from './protocol';
import { describeStored, TableError } from '../stores/table-error';

/**
 * Reads the actions of a commit, or of a checkpoint in JSON.
 * @throws TableError naming the file and a line that is not an action
 */
export async function readJsonActions(store: ObjectStore, path: string): Promise<Action[]> {
  const bytes = await store.read(path);
  if (bytes === undefined) throw new TableError(`${path}: expected a file, got: no file`);
  const lines = new TextDecoder().decode(bytes).split('\n');
  return lines.flatMap((line, i) => (line.trim() === '' ? [] : (readLine(line, `${path}: line ${i + 1}`) ?? [])));
}

function readLine(line: string, at: string): Action | undefined {
  const entry = parseLosslessJson(line);
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    throw new TableError(`${at}: expected a JSON object, got: ${describeStored(line)}`);
  }
  try {
    return readAction(entry as Record<string, unknown>);
  } catch (error) {
    if (error instanceof TableError) throw new TableError(`${at}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Encodes a commit: one action a line. */
export function commitBytes(actions: readonly Action[]): Uint8Array {
  return Buffer.from(actions.map((action) => `${losslessJson(actionEntry(action))}\n`).join(''));
}

/** Returns an action in the form of the log: an object with the action under its name. */
export function actionEntry(action: Action): object {
  switch (action.kind) {
    case 'remove':
      return {
        remove: { ...action.remove, extendedFileMetadata: action.remove.partitionValues !== undefined && action.remove.size !== undefined },
      };
    case 'metaData':
      return { metaData: { ...action.metaData, format: { provider: 'parquet', options: {} } } };
    case 'protocol':
      return { protocol: protocolEntry(action.protocol) };
    default:
      return { [action.kind]: (action as Record<string, unknown>)[action.kind] };
  }
}

/** Lists of features may appear only with the versions that define them. */
function protocolEntry({ minReaderVersion, minWriterVersion, readerFeatures, writerFeatures }: Protocol): object {
  return {
    minReaderVersion,
    minWriterVersion,
    ...(minReaderVersion >= READER_VERSION_OF_FEATURES && { readerFeatures }),
    ...(minWriterVersion >= WRITER_VERSION_OF_FEATURES && { writerFeatures }),
  };
}
