import { type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type Construct } from 'constructs';
import { refuse } from '../refuse';
import { type ColumnSpec, isArray, typeText } from '../contract/data-types';
import { type EventTimeSpec, type ExistingStoreSpec, type KeyAttributeSpec, type TableSpec } from '../contract/endpoint-spec';
import { columnsOf } from '../contract/table-columns';
import { requireLiteral } from './literal';
import { ownProperty } from './own-property';

/** The key columns of a DynamoDB table: a partition key, and perhaps a sort key. */
const MAX_KEY_COLUMNS = 2;

/** How the values of a key column are stored; other types have no one form that all writers use. */
const KEY_ATTRIBUTE_TYPES: { readonly [type: string]: KeyAttributeSpec['type'] } = { string: 'S', date: 'S', integer: 'N', long: 'N' };

/** How the time of an event is stored in an online store that somebody else fills. */
export enum EventTimeFormat {
  /** A number of seconds since 1970, which may have a fraction. */
  SECONDS = 'seconds',
  /** A number of milliseconds since 1970. */
  MILLISECONDS = 'milliseconds',
  /** A number of microseconds since 1970. */
  MICROSECONDS = 'microseconds',
  /** A string in ISO 8601 with offset and at most six digits of a second, such as `2024-06-01T12:00:00Z`. */
  ISO_8601 = 'iso8601',
}

/** Options of an online store that somebody else fills. */
export interface ExistingOnlineStoreOptions {
  /**
   * The attributes that hold the columns, by the column's name: a key column, the timestamp key, or a feature.
   * @default - each column is in the attribute of its own name
   */
  readonly attributes?: { [column: string]: string };

  /**
   * How the time of an event is stored. Needed where the feature table has a `timestampKey`.
   * @default - the feature table has no `timestampKey`
   */
  readonly eventTimeFormat?: EventTimeFormat;
}

/** Where the latest row of every key lies, for lookups in milliseconds. */
export class OnlineStore {
  /**
   * A DynamoDB table that somebody else fills. Rows are looked up there and never written.
   *
   * The table's partition key is the first column of the feature table's `primaryKey`, and its sort key, if it has one, the second; they are
   * of type string or date (attribute type S), or integer or long (N). Features are stored in the forms that a feature table writes: booleans
   * as BOOL; integers, longs, floats and doubles as N (or S for NaN and the infinities); strings and dates as S; binary as B; timestamps as N,
   * in microseconds since 1970; arrays as L. Import the table with its encryption key if it has a customer managed one.
   */
  public static existing(table: ITable, options: ExistingOnlineStoreOptions = {}): OnlineStore {
    return new OnlineStore(table, options);
  }

  private constructor(
    /** @internal */
    public readonly _table: ITable,
    private readonly options: ExistingOnlineStoreOptions,
  ) {}

  /**
   * How items lie in the table, once it is checked.
   * @internal
   */
  public _render(scope: Construct, table: TableSpec): ExistingStoreSpec {
    const { primaryKey, timestampKey, features } = table;
    this.validateAttributes(scope, columnsOf(table));
    validateKey(scope, primaryKey);
    const { eventTimeFormat } = this.options;
    if ((timestampKey === undefined) !== (eventTimeFormat === undefined)) {
      refuse(
        scope,
        `\`eventTimeFormat\` says how the column of \`timestampKey\` is stored, and each needs the other, got: ${timestampKey === undefined ? '`eventTimeFormat`' : '`timestampKey`'} alone`,
      );
    }
    return {
      key: primaryKey.map((column) => ({ name: this.attributeOf(column), type: KEY_ATTRIBUTE_TYPES[column.type as string]! })),
      ...(timestampKey === undefined
        ? {}
        : { eventTime: { attribute: this.attributeOf(timestampKey), format: eventTimeFormat as EventTimeSpec['format'] } }),
      features: features.map((column) => this.attributeOf(column)),
    };
  }

  private attributeOf({ name }: ColumnSpec): string {
    return ownProperty(this.options.attributes, name) ?? name;
  }

  private validateAttributes(scope: Construct, columns: readonly ColumnSpec[]): void {
    for (const [column, attribute] of Object.entries(this.options.attributes ?? {})) {
      if (!columns.some(({ name }) => name === column)) {
        refuse(
          scope,
          `\`attributes\` must name columns of the feature table (${columns.map(({ name }) => name).join(', ')}), got: '${column}'`,
        );
      }
      requireLiteral(scope, `the attribute of column '${column}'`, attribute);
      if (attribute === '') refuse(scope, `the attribute of column '${column}' must have at least one character, got: ''`);
    }
  }
}

function validateKey(scope: Construct, primaryKey: readonly ColumnSpec[]): void {
  if (primaryKey.length > MAX_KEY_COLUMNS) {
    refuse(
      scope,
      `\`primaryKey\` must be the partition key of an existing table and at most a sort key, got: ${primaryKey.length} columns`,
    );
  }
  const wrong = primaryKey.find(({ type }) => isArray(type) || KEY_ATTRIBUTE_TYPES[type] === undefined);
  if (wrong !== undefined) {
    const types = Object.keys(KEY_ATTRIBUTE_TYPES).join(', ');
    refuse(
      scope,
      `\`primaryKey\` of an existing table must have columns of type ${types}, got: ${typeText(wrong.type)} for '${wrong.name}'`,
    );
  }
}
