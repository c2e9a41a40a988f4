import { type Action, type Protocol, readAction } from './actions';
import { losslessJson, parseLosslessJson } from '../stores/lossless-json';
import { type ObjectStore } from '../stores/object-store';
import { READER_VERSION_OF_FEATURES, WRITER_VERSION_OF_FEATURES } from './protocol';
import { describeStored, TableError } from '../stores/table-error';

/**
 * The actions of a file of JSON lines: a commit or a checkpoint.
 * @throws TableError naming the file and the line that is no action
 */
export async function readJsonActions(store: ObjectStore, path: string): Promise<Action[]> {
  const bytes = await store.read(path);
  if (bytes === undefined) throw new TableError(`${path}: expected a file, got: none`);
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

/** A commit's file: its actions, one a line. */
export function commitBytes(actions: readonly Action[]): Uint8Array {
  return Buffer.from(actions.map((action) => `${losslessJson(actionEntry(action))}\n`).join(''));
}

/** An action under its name, as the log has it. */
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

/** A protocol has lists of features where its versions call for them, and only there. */
function protocolEntry({ minReaderVersion, minWriterVersion, readerFeatures, writerFeatures }: Protocol): object {
  return {
    minReaderVersion,
    minWriterVersion,
    ...(minReaderVersion >= READER_VERSION_OF_FEATURES && { readerFeatures }),
    ...(minWriterVersion >= WRITER_VERSION_OF_FEATURES && { writerFeatures }),
  };
}
