import { type Duration, Token } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { refuse } from '../refuse';
import { type ColumnSpec, isArray, type ScalarType, typeText } from '../contract/data-types';
import { type TableSpec } from '../contract/endpoint-spec';
import { columnsOf } from '../contract/table-columns';
import { type Column } from './column';

/** Column types whose values have one text, and can be a part of a key. */
const KEY_TYPES: readonly ScalarType[] = ['string', 'integer', 'long', 'boolean', 'date', 'timestamp'];

/** `Stack/name` and `name=file` are how the command line writes a table, so neither sign can be in its name. */
const TABLE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/;

/** What the rows of a feature table are. */
export interface FeatureTableSchema {
  /**
   * The logical name of the feature table: in the endpoint spec, in errors and on the command line. Up to 255 letters, digits, dots, hyphens
   * and underscores, of which the first is a letter or digit. It names no resource.
   * @default - the id of the construct
   */
  readonly featureTableName?: string;

  /** The columns that identify a row, each of type string, integer, long, boolean, date or timestamp, and neither nullable nor with a default. */
  readonly primaryKey: Column[];

  /**
   * The column that holds the time of a row's event, of type timestamp. Of two rows with one key the later one stays.
   * @default - rows have no time: of two rows with one key the last written stays
   */
  readonly timestampKey?: Column;

  /** The features, at least one. Their names do not begin with an underscore. */
  readonly features: Column[];

  /**
   * How old a row may be, from its event time, when it is looked up; an older one counts as missing. Whole seconds; needs a `timestampKey`.
   * @default - any age
   */
  readonly maxAge?: Duration;

  /**
   * How long a row is kept, from its event time, before DynamoDB deletes it. Whole seconds, at least `maxAge`; needs a `timestampKey`.
   * @default - for ever
   */
  readonly timeToLive?: Duration;
}

/**
 * The schema as the endpoint spec has it, once it is checked.
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
    validateAlwaysThere(scope, '`primaryKey`', column);
  }
}

function validateTimestampKey(scope: Construct, column: ColumnSpec): void {
  if (column.type !== 'timestamp')
    refuse(scope, `\`timestampKey\` must be a column of type timestamp, got: ${typeText(column.type)} for '${column.name}'`);
  validateAlwaysThere(scope, '`timestampKey`', column);
}

function validateAlwaysThere(scope: Construct, prop: string, { name, nullable, defaultValue }: ColumnSpec): void {
  if (nullable) refuse(scope, `${prop} must not be nullable, got: \`nullable\` for '${name}'`);
  if (defaultValue !== undefined) refuse(scope, `${prop} must not have a default, got: \`defaultValue\` for '${name}'`);
}

function validateFeatures(scope: Construct, columns: readonly ColumnSpec[]): void {
  if (columns.length === 0) refuse(scope, '`features` must have at least one column, got: none');
  const reserved = columns.find(({ name }) => name.startsWith('_'));
  if (reserved !== undefined) refuse(scope, `the name of a feature must not begin with an underscore, got: '${reserved.name}'`);
}

function validateDistinct(scope: Construct, columns: readonly ColumnSpec[]): void {
  const names = columns.map(({ name }) => name);
  const repeated = names.find((name, i) => names.indexOf(name) < i);
  if (repeated !== undefined) refuse(scope, `each column of a feature table must have a name of its own, got: '${repeated}' twice`);
}

function renderSeconds(
  scope: Construct,
  prop: string,
  duration: Duration | undefined,
  timestampKey: ColumnSpec | undefined,
): number | undefined {
  if (duration === undefined) return undefined;
  if (duration.isUnresolved()) refuse(scope, `${prop} is part of the endpoint spec and must be a literal, got: a token`);
  if (timestampKey === undefined) refuse(scope, `${prop} counts from the time of a row and needs a \`timestampKey\`, got: none`);
  const seconds = duration.toSeconds({ integral: false });
  if (!Number.isInteger(seconds) || seconds < 1) refuse(scope, `${prop} must be whole seconds, at least 1, got: ${seconds}`);
  return seconds;
}
