// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#valid-feature-names-in-table-features
import { type Metadata, type Protocol } from './actions';
import { type MappingMode } from './schema';
import { TableError } from '../stores/table-error';

const LATEST_READER_VERSION = 3;
/** From these versions on a protocol lists the features that are needed. */
export const READER_VERSION_OF_FEATURES = 3;
export const WRITER_VERSION_OF_FEATURES = 7;

/** The reader features that change nothing for us, or that we know. */
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
 * Holds that we can read a table of a protocol.
 * @throws TableError naming the version or the features that we do not support
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

/** How the data files of a table tell its columns. */
export function mappingMode({ configuration }: Metadata): MappingMode {
  const mode = configuration['delta.columnMapping.mode'] ?? 'none';
  if (mode !== 'none' && mode !== 'name' && mode !== 'id') {
    throw new TableError(`delta.columnMapping.mode: expected none, name or id, got: ${mode}`);
  }
  return mode;
}
