// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#valid-feature-names-in-table-features
import { type Metadata, type Protocol } from './actions';
import { type MappingMode } from './schema';
import { TableError } from '../stores/table-error';

const LATEST_READER_VERSION = 3;
/** From these versions on, a protocol lists its features. */
export const READER_VERSION_OF_FEATURES = 3;
export const WRITER_VERSION_OF_FEATURES = 7;

/** Reader features that are implemented, or that need no action from this reader. */
const SUPPORTED_READER_FEATURES = [
  'columnMapping',
  'deletionVectors',
  'timestampNtz',
  'typeWidening',
  'typeWidening-preview',
  'v2Checkpoint',
  'vacuumProtocolCheck',
];

/**
 * Checks that this reader supports a table's protocol.
 * @throws TableError naming the unsupported version or features
 */
export function checkReadable(protocol: Protocol): void {
  if (protocol.minReaderVersion > LATEST_READER_VERSION) {
    throw new TableError(`expected a minReaderVersion up to ${LATEST_READER_VERSION}, got: ${protocol.minReaderVersion}`);
  }
  const unknown = neededFeatures(protocol).filter((feature) => !SUPPORTED_READER_FEATURES.includes(feature));
  if (unknown.length > 0) {
    throw new TableError(`expected reader features among ${SUPPORTED_READER_FEATURES.join(', ')}, got: ${unknown.join(', ')}`);
  }
}

function neededFeatures({ minReaderVersion, readerFeatures }: Protocol): readonly string[] {
  return minReaderVersion >= READER_VERSION_OF_FEATURES ? readerFeatures : [];
}

/** Returns how the table maps its columns to the columns of its data files. */
export function mappingMode({ configuration }: Metadata): MappingMode {
  const mode = configuration['delta.columnMapping.mode'] ?? 'none';
  if (mode !== 'none' && mode !== 'name' && mode !== 'id') {
    throw new TableError(`delta.columnMapping.mode: expected none, name or id, got: ${mode}`);
  }
  return mode;
}
