import { type Duration, Token } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { refuse } from '../refuse';
import { type ColumnSpec, isArray, type ScalarType, typeText } from '../contract/data-types';
import { type TableSpec } from '../contract/endpoint-spec';
import { columnsOf } from '../contract/table-columns';
import { type Column } from './column';

/** The column types of primary keys. Each of their values has one form as text. */
const KEY_TYPES: readonly ScalarType[] = ['string', 'integer', 'long', 'boolean', 'date', 'timestamp'];

/** The command line writes `Stack/name` and `name=file`, so a name cannot contain `/` or `=`. */
const TABLE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/;

/** The schema of a feature table. */
export interface FeatureTableSchema {
  /**
   * The logical name of the feature table in the endpoint spec, in errors and on the command line: up to 255 letters, digits, dots, hyphens
   * and underscores, starting with a letter or digit. It is not the physical name of a resource.
   * @default - the id of the construct
   */
  readonly featureTableName?: string;

  /**
   * The columns that identify a row, each of type string, integer, long, boolean, date or timestamp. They cannot be nullable or have a
   * default.
   */
  readonly primaryKey: Column[];

  /**
   * The column that holds the event time of a row, of type timestamp. The row with the latest event time replaces other rows of its key.
   * @default - rows have no event time, and the row written last replaces other rows of its key
   */
  readonly timestampKey?: Column;

  /** The features, at least one. Their names cannot start with an underscore. */
  readonly features: Column[];

  /**
   * The maximum age of a row in a lookup, from its event time, in whole seconds. An older row counts as missing. Requires `timestampKey`.
   * @default - no maximum
   */
  readonly maxAge?: Duration;

  /**
   * How long DynamoDB keeps a row, from its event time, in whole seconds and at least `maxAge`. Requires `timestampKey`.
   * @default - rows do not expire
   */
  readonly timeToLive?: Duration;
}

/**
 * Renders the schema for the endpoint spec. Throws if a name, a column or a duration is invalid.
 * @internal
 */
export function renderSchema(scope: Construct, name: string, schema: FeatureTableSchema): TableSpec {
  validateName(scope, name);
  const primaryKey = schema.primaryKey.map((column) => column._render(scope));
  const timestampKey = schema.timestampKey?._render(scope);
  const features = schema.features.map((column) => column._render(scope));
  validatePrimaryKey(scope, primaryKey);
  if (timestampKey !== undefined) validateTimestampKey(scope, timestampKey);
  validateFeatures(scope, features);
  validateDistinct(scope, columnsOf({ primaryKey, timestampKey, features }));
  const maxAgeSeconds = renderSeconds(scope, '`maxAge`', schema.maxAge, timestampKey);
  const timeToLiveSeconds = renderSeconds(scope, '`timeToLive`', schema.timeToLive, timestampKey);
  if (maxAgeSeconds !== undefined && timeToLiveSeconds !== undefined && timeToLiveSeconds < maxAgeSeconds) {
    refuse(scope, `\`timeToLive\` must be at least \`maxAge\` (${maxAgeSeconds} seconds), got: ${timeToLiveSeconds} seconds`);
  }
  return {
    name,
    primaryKey,
    ...(timestampKey === undefined ? {} : { timestampKey }),
    features,
    ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
    ...(timeToLiveSeconds === undefined ? {} : { timeToLiveSeconds }),
  };
}

function validateName(scope: Construct, name: string): void {
  if (Token.isUnresolved(name)) refuse(scope, '`featureTableName` is part of the endpoint spec and must be a literal, got: a token');
  if (!TABLE_NAME.test(name)) refuse(scope, `\`featureTableName\` must match ${TABLE_NAME.source}, got: '${name}'`);
}

function validatePrimaryKey(scope: Construct, columns: readonly ColumnSpec[]): void {
  if (columns.length === 0) refuse(scope, '`primaryKey` must have at least one column, got: none');
  for (const column of columns) {
    if (isArray(column.type) || !KEY_TYPES.includes(column.type)) {
      refuse(scope, `\`primaryKey\` must have columns of type ${KEY_TYPES.join(', ')}, got: ${typeText(column.type)} for '${column.name}'`);
    }
    validateRequired(scope, '`primaryKey`', column);
  }
}

function validateTimestampKey(scope: Construct, column: ColumnSpec): void {
  if (column.type !== 'timestamp')
    refuse(scope, `\`timestampKey\` must be a column of type timestamp, got: ${typeText(column.type)} for '${column.name}'`);
  validateRequired(scope, '`timestampKey`', column);
}

function validateRequired(scope: Construct, prop: string, { name, nullable, defaultValue }: ColumnSpec): void {
  if (nullable) refuse(scope, `${prop} must not be nullable, got: \`nullable\` for '${name}'`);
  if (defaultValue !== undefined) refuse(scope, `${prop} must not have a default, got: \`defaultValue\` for '${name}'`);
}

function validateFeatures(scope: Construct, columns: readonly ColumnSpec[]): void {
  if (columns.length === 0) refuse(scope, '`features` must have at least one column, got: none');
  const reserved = columns.find(({ name }) => name.startsWith('_'));
  if (reserved !== undefined) refuse(scope, `the name of a feature must not start with an underscore, got: '${reserved.name}'`);
}

function validateDistinct(scope: Construct, columns: readonly ColumnSpec[]): void {
  const names = columns.map(({ name }) => name);
  const repeated = names.find((name, i) => names.indexOf(name) < i);
  if (repeated !== undefined) refuse(scope, `columns of a feature table must have distinct names, got: '${repeated}' twice`);
}

function renderSeconds(
  scope: Construct,
  prop: string,
  duration: Duration | undefined,
  timestampKey: ColumnSpec | undefined,
): number | undefined {
  if (duration === undefined) return undefined;
  if (duration.isUnresolved()) refuse(scope, `${prop} is part of the endpoint spec and must be a literal, got: a token`);
  if (timestampKey === undefined) refuse(scope, `${prop} counts from the event time of a row and requires a \`timestampKey\`, got: none`);
  const seconds = duration.toSeconds({ integral: false });
  if (!Number.isInteger(seconds) || seconds < 1) refuse(scope, `${prop} must be whole seconds, at least 1, got: ${seconds}`);
  return seconds;
}
