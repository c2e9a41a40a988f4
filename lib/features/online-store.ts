import { CfnGlobalTable, CfnTable, type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type Construct } from 'constructs';
import { refuse } from '../refuse';
import { type ColumnSpec, isArray, typeText } from '../contract/data-types';
import { type TableSpec } from '../contract/endpoint-spec';
import { type EventTimeSpec, type ExistingStoreSpec, type KeyAttributeSpec } from '../contract/existing-store-spec';
import { columnsOf } from '../contract/table-columns';
import { requireLiteral } from './literal';
import { ownProperty } from './own-property';

/** A DynamoDB table has a partition key and at most one sort key. */
const MAX_KEY_COLUMNS = 2;

/** The attribute type of each column type that a key may have. Other column types have no form that all writers share. */
const KEY_ATTRIBUTE_TYPES: { readonly [type: string]: KeyAttributeSpec['type'] } = { string: 'S', date: 'S', integer: 'N', long: 'N' };

/** The format of event times in an externally managed online store. */
export enum EventTimeFormat {
  /** A number of seconds since 1970, with or without a fraction. */
  SECONDS = 'seconds',
  /** A number of milliseconds since 1970. */
  MILLISECONDS = 'milliseconds',
  /** A number of microseconds since 1970. */
  MICROSECONDS = 'microseconds',
  /** A string in ISO 8601 with offset and at most six digits of a second, such as `2024-06-01T12:00:00Z`. */
  ISO_8601 = 'iso8601',
}

/** Options of an externally managed online store. */
export interface ExistingOnlineStoreOptions {
  /**
   * The attribute of each column, by the column's name: a key column, the timestamp key or a feature.
   * @default - the attribute of a column has the column's name
   */
  readonly attributes?: { [column: string]: string };

  /**
   * The format of event times. Required if the feature table has a `timestampKey`.
   * @default - none, for a feature table without `timestampKey`
   */
  readonly eventTimeFormat?: EventTimeFormat;
}

/** The store of the latest row of every key, for lookups in milliseconds. */
export class OnlineStore {
  /**
   * An externally managed DynamoDB table. This library reads rows of it and never writes them.
   *
   * The partition key is the first column of the feature table's `primaryKey`, and the sort key, if there is one, the second. Key columns
   * of type string or date have the attribute type S, those of type integer or long have N. Features have the attribute types that a
   * feature table writes: BOOL for booleans; N for integers, longs, floats and doubles (S for NaN and the infinities); S for strings and
   * dates; B for binary; N for timestamps, in microseconds since 1970; L for arrays. If the table has a customer managed key, import it
   * with the key.
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
   * Renders the layout of the items for the endpoint spec. Throws if the attributes or the key do not match the table.
   * @internal
   */
  public _render(scope: Construct, table: TableSpec): ExistingStoreSpec {
    const { primaryKey, timestampKey, features } = table;
    this.validateAttributes(scope, columnsOf(table));
    validateKey(scope, primaryKey);
    this.validateKeySchema(scope, primaryKey);
    const { eventTimeFormat } = this.options;
    if ((timestampKey === undefined) !== (eventTimeFormat === undefined)) {
      refuse(
        scope,
        `\`eventTimeFormat\` and \`timestampKey\` must be set together, got: only ${timestampKey === undefined ? '`eventTimeFormat`' : '`timestampKey`'}`,
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

  /** Compares the primary key with the key of the table, if it is a table of this app: the key of an imported table is not known. */
  private validateKeySchema(scope: Construct, primaryKey: readonly ColumnSpec[]): void {
    const declared = primaryKey.map((column) => `${this.attributeOf(column)} (${KEY_ATTRIBUTE_TYPES[column.type as string]})`).join(', ');
    const actual = keySchemaText(this._table);
    if (actual !== undefined && actual !== declared) {
      refuse(scope, `\`primaryKey\` must be stored in the key attributes of the existing table, ${actual}, got: ${declared}`);
    }
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

/** The key attributes of a table with their types, partition key first: `id (S), day (N)`; undefined if they are not known. */
function keySchemaText({ node, stack }: ITable): string | undefined {
  const { defaultChild } = node;
  if (!CfnTable.isCfnTable(defaultChild) && !CfnGlobalTable.isCfnGlobalTable(defaultChild)) return undefined;
  const keySchema = stack.resolve(defaultChild.keySchema) as CfnTable.KeySchemaProperty[];
  const definitions = stack.resolve(defaultChild.attributeDefinitions) as CfnTable.AttributeDefinitionProperty[];
  const types = new Map(definitions.map(({ attributeName, attributeType }) => [attributeName, attributeType]));
  return [...keySchema]
    .sort((a, b) => a.keyType.localeCompare(b.keyType)) // HASH, RANGE
    .map(({ attributeName }) => `${attributeName} (${types.get(attributeName)})`)
    .join(', ');
}

function validateKey(scope: Construct, primaryKey: readonly ColumnSpec[]): void {
  if (primaryKey.length > MAX_KEY_COLUMNS) {
    refuse(
      scope,
      `\`primaryKey\` of an existing table must be its partition key and at most one sort key, got: ${primaryKey.length} columns`,
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
