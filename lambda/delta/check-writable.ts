// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#requirements-for-writers
import { type Action } from './actions';
import { mappingMode, WRITER_VERSION_OF_FEATURES } from './protocol';
import { type Snapshot } from './snapshot';
import { TableError } from '../stores/table-error';

const LATEST_WRITER_VERSION = 7;

/** The writer features that change nothing for us, or that `checkWritable` looks at by what they leave in the metadata. */
const SUPPORTED_WRITER_FEATURES = [
  'allowColumnDefaults',
  'appendOnly',
  'changeDataFeed',
  'checkConstraints',
  'columnMapping',
  'deletionVectors',
  'generatedColumns',
  'identityColumns',
  'invariants',
  'timestampNtz',
  'typeWidening',
  'typeWidening-preview',
  'v2Checkpoint',
  'vacuumProtocolCheck',
];

/** What the metadata of a column says that a writer would have to compute or to hold. */
const COLUMN_RULES = /^(?:delta\.(?:invariants|generationExpression|identity\..*)|CURRENT_DEFAULT)$/;

/**
 * Holds that we can write to a table as it wants to be written to.
 * @throws TableError naming the version, the feature, the property or the column's rule that we do not support
 */
export function checkWritable({ protocol, metadata }: Pick<Snapshot, 'protocol' | 'metadata'>): void {
  const { minWriterVersion, writerFeatures } = protocol;
  if (minWriterVersion > LATEST_WRITER_VERSION) {
    throw new TableError(`expected a minWriterVersion up to ${LATEST_WRITER_VERSION}, got: ${minWriterVersion}`);
  }
  const needed = minWriterVersion >= WRITER_VERSION_OF_FEATURES ? writerFeatures : [];
  const unknown = needed.filter((feature) => !SUPPORTED_WRITER_FEATURES.includes(feature));
  if (unknown.length > 0) {
    throw new TableError(`expected writer features among ${SUPPORTED_WRITER_FEATURES.join(', ')}, got: ${unknown.join(', ')}`);
  }
  const mode = mappingMode(metadata);
  if (mode !== 'none') throw new TableError(`delta.columnMapping.mode: expected none in a table that is written to, got: ${mode}`);
  const constraint = Object.keys(metadata.configuration).find((key) => key.startsWith('delta.constraints.'));
  if (constraint !== undefined) throw new TableError(`expected no constraint in a table that is written to, got: ${constraint}`);
  checkColumns(JSON.parse(metadata.schemaString), []);
}

/**
 * Holds that a table takes a change.
 * @throws TableError if rows would change in a table that is append-only or has a change data feed
 */
export function checkChange({ metadata }: Pick<Snapshot, 'metadata'>, actions: readonly Action[]): void {
  const changesRows = actions.some((action) => action.kind === 'remove' && action.remove.dataChange);
  for (const property of ['delta.appendOnly', 'delta.enableChangeDataFeed']) {
    const isSet = metadata.configuration[property]?.toLowerCase() === 'true';
    if (isSet && changesRows) throw new TableError(`${property}: expected false in a table whose rows are changed or deleted, got: true`);
  }
}

/** Looks at the metadata of every field of a schema, given as JSON, and of the fields inside it. */
function checkColumns(json: unknown, above: readonly string[]): void {
  if (typeof json !== 'object' || json === null) return;
  const { name, metadata } = json as { readonly name?: unknown; readonly metadata?: unknown };
  const path = name === undefined ? above : [...above, String(name)];
  const rule = Object.keys(Object(metadata) as object).find((key) => COLUMN_RULES.test(key));
  if (rule !== undefined) throw new TableError(`column '${path.join('.')}': expected no ${rule} in a table that is written to, got: one`);
  for (const [key, inside] of Object.entries(json)) if (key !== 'metadata') checkColumns(inside, path);
}
