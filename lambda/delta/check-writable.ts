// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#requirements-for-writers
import { type Action } from './actions';
import { mappingMode, WRITER_VERSION_OF_FEATURES } from './protocol';
import { type Snapshot } from './snapshot';
import { TableError } from '../stores/table-error';

const LATEST_WRITER_VERSION = 7;

/** Writer features that need no action, or that `checkWritable` checks by the metadata they set. */
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

/** Metadata of a column that a writer would have to compute or enforce. */
const COLUMN_RULES = /^(?:delta\.(?:invariants|generationExpression|identity\..*)|CURRENT_DEFAULT)$/;

/**
 * Checks that this writer supports everything that the table requires.
 * @throws TableError naming the unsupported version, feature, property or column rule
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
  if (mode !== 'none') throw new TableError(`delta.columnMapping.mode: expected none in a table to write to, got: ${mode}`);
  const constraint = Object.keys(metadata.configuration).find((key) => key.startsWith('delta.constraints.'));
  if (constraint !== undefined) throw new TableError(`expected no constraint in a table to write to, got: ${constraint}`);
  checkColumns(JSON.parse(metadata.schemaString), []);
}

/**
 * Checks that a table allows a change.
 * @throws TableError if rows would change in an append-only table, or in a table with a change data feed
 */
export function checkChange({ metadata }: Pick<Snapshot, 'metadata'>, actions: readonly Action[]): void {
  const changesRows = actions.some((action) => action.kind === 'remove' && action.remove.dataChange);
  for (const property of ['delta.appendOnly', 'delta.enableChangeDataFeed']) {
    const isSet = metadata.configuration[property]?.toLowerCase() === 'true';
    if (isSet && changesRows) throw new TableError(`${property}: expected false in a table whose rows change, got: true`);
  }
}

/** Checks the metadata of every field in a schema's JSON, nested fields too. */
function checkColumns(json: unknown, above: readonly string[]): void {
  if (typeof json !== 'object' || json === null) return;
  const { name, metadata } = json as { readonly name?: unknown; readonly metadata?: unknown };
  const path = name === undefined ? above : [...above, String(name)];
  const rule = Object.keys(Object(metadata) as object).find((key) => COLUMN_RULES.test(key));
  if (rule !== undefined) throw new TableError(`column '${path.join('.')}': expected no ${rule} in a table to write to`);
  for (const [key, inside] of Object.entries(json)) if (key !== 'metadata') checkColumns(inside, path);
}
