import { type IResource } from 'aws-cdk-lib';
import { type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { type IBucket } from 'aws-cdk-lib/aws-s3';
import { type Construct } from 'constructs';
import { refuse } from '../refuse';
import { type ColumnSpec } from '../contract/data-types';
import { type LookedUpFeatureSpec, type LookupSpec, type TableSpec } from '../contract/endpoint-spec';
import { namesText } from '../contract/finding';
import { checkDefaultValue } from './column';
import { type FeatureTableSchema, renderSchema } from './feature-table-schema';
import { requireLiterals } from './literal';
import { type OnlineStore } from './online-store';
import { ownProperty } from './own-property';

/** A feature table: one that this app creates, an imported one, or your own implementation. */
export interface IFeatureTable extends IResource {
  /** The logical name of the feature table. */
  readonly featureTableName: string;

  /** The columns of the feature table, and how long its rows are valid. The `featureTableName` in it is ignored. */
  readonly schema: FeatureTableSchema;

  /** The externally managed online store; undefined if this library fills the DynamoDB table. */
  readonly onlineStore?: OnlineStore;

  /** The DynamoDB table of the online store. */
  readonly table: ITable;

  /** The physical name of the DynamoDB table of the online store. */
  readonly tableName: string;

  /** The ARN of the DynamoDB table of the online store. */
  readonly tableArn: string;

  /** The bucket of the offline store; undefined if the table has none, or if an import does not name one. */
  readonly offlineBucket?: IBucket;

  /** The folder of the offline store in its bucket, empty for the bucket's root; undefined without an offline store. */
  readonly offlinePrefix?: string;

  /** Creates a lookup of features by key, for a feature spec. */
  lookup(options: FeatureLookupOptions): FeatureLookup;

  /** Grants permission to look up rows: `dynamodb:BatchGetItem`, and `kms:Decrypt` if the table has a customer managed key. */
  grantRead(grantee: IGrantable): Grant;

  /**
   * Grants permission to load and delete rows: `dynamodb:BatchGetItem` and `dynamodb:PutItem`, and use of the table's customer managed key
   * if it has one. Throws for `OnlineStore.existing()`.
   */
  grantWrite(grantee: IGrantable): Grant;

  /**
   * Grants permission to read the offline store: `s3:GetObject` on its files, `s3:ListBucket` below its folder, and `kms:Decrypt` if the
   * bucket has a customer managed key. Throws without an offline store.
   */
  grantReadOffline(grantee: IGrantable): Grant;

  /**
   * Grants permission to write the offline store with any writer of Delta Lake: all of `grantReadOffline`, `s3:PutObject`,
   * `s3:DeleteObject`
   * and `s3:AbortMultipartUpload` on its files, and use of the bucket's customer managed key if it has one. Throws without an offline
   * store.
   */
  grantWriteOffline(grantee: IGrantable): Grant;
}

/**
 * Renders the table for the endpoint spec. Reads public properties only, so that any implementation of the interface works.
 * @throws Error if the schema or the online store is invalid
 */
export function tableSpecOf(table: IFeatureTable): TableSpec {
  const spec = renderSchema(table, table.featureTableName, table.schema);
  return table.onlineStore === undefined ? spec : { ...spec, existing: table.onlineStore._render(table, spec) };
}

/** Returns each table once. Throws if two tables have the same name, because the endpoint spec refers to tables by name. */
export function distinctTables(scope: Construct, tables: readonly IFeatureTable[]): IFeatureTable[] {
  const distinct = [...new Set(tables)];
  for (const [i, table] of distinct.entries()) {
    const other = distinct.slice(0, i).find(({ featureTableName }) => featureTableName === table.featureTableName);
    if (other !== undefined) {
      refuse(
        scope,
        `feature tables of an endpoint must have distinct names, got: '${table.featureTableName}' for ${other.node.path} and ${table.node.path}; set \`featureTableName\``,
      );
    }
  }
  return distinct;
}

/** Options of a lookup. */
export interface FeatureLookupOptions {
  /** The columns that hold the key, in the order of the table's primary key: request columns or features of an earlier lookup. */
  readonly lookupKey: string[];
  /**
   * The features to look up, in the order in which feature serving answers them.
   * @default - all features of the table
   */
  readonly features?: string[];
  /**
   * The names of the columns, by the name of the feature in the table.
   * @default - each column has the name of its feature
   */
  readonly rename?: { [feature: string]: string };
  /**
   * The values that replace missing ones in this lookup, by the name of the feature in the table, in the JSON form of the feature's type.
   * @default - the defaults of the table's columns
   */
  readonly defaultValues?: { [feature: string]: any }; // eslint-disable-line @typescript-eslint/no-explicit-any -- its type is the feature's
}

/**
 * A lookup of features in one table by a key. A feature spec can look up the same table more than once, by different keys.
 *
 * Created by `lookup` of the feature table. The endpoint that serves it checks it, and throws with its own construct path.
 */
export class FeatureLookup {
  /**
   * Creates a lookup.
   *
   * @param featureTable the feature table to read
   * @param options the key, and the features to look up
   */
  constructor(
    /** The feature table that the lookup reads. */
    public readonly featureTable: IFeatureTable,
    private readonly options: FeatureLookupOptions,
  ) {}

  /**
   * Renders the lookup for the endpoint spec. Throws if a key, feature, name or default is invalid.
   * @internal
   */
  public _render(scope: Construct): LookupSpec {
    this.validateKey(scope);
    return { table: this.featureTable.featureTableName, lookupKey: [...this.options.lookupKey], features: this.renderFeatures(scope) };
  }

  private validateKey(scope: Construct): void {
    const { lookupKey } = this.options;
    requireLiterals(scope, this.what('`lookupKey`'), lookupKey);
    const { primaryKey } = tableSpecOf(this.featureTable);
    if (lookupKey.length !== primaryKey.length) {
      const parts = namesText(primaryKey.map(({ name }) => name));
      refuse(
        scope,
        `${this.what('`lookupKey`')} must name one column for each column of the primary key (${parts}), got: ${namesText(lookupKey)}`,
      );
    }
  }

  private renderFeatures(scope: Construct): LookedUpFeatureSpec[] {
    const declared = tableSpecOf(this.featureTable).features;
    const names = this.options.features ?? declared.map(({ name }) => name);
    requireLiterals(scope, this.what('`features`'), names);
    if (names.length === 0) refuse(scope, `${this.what('`features`')} must name at least one feature, got: none`);
    const columns = names.map((name, i) => {
      const column = declared.find((feature) => feature.name === name);
      if (column === undefined)
        refuse(
          scope,
          `${this.what('`features`')} must be features of the table (${namesText(declared.map((feature) => feature.name))}), got: '${name}'`,
        );
      if (names.indexOf(name) < i) refuse(scope, `${this.what('`features`')} must name each feature once, got: '${name}' twice`);
      return column;
    });
    this.validateFeatureMap(scope, '`rename`', this.options.rename, names);
    this.validateFeatureMap(scope, '`defaultValues`', this.options.defaultValues, names);
    return columns.map((column) => ({ feature: column.name, column: this.renderColumn(scope, column) }));
  }

  private validateFeatureMap(scope: Construct, prop: string, map: { [feature: string]: unknown } = {}, names: readonly string[]): void {
    requireLiterals(scope, this.what(prop), Object.keys(map));
    const other = Object.keys(map).find((name) => !names.includes(name));
    if (other !== undefined)
      refuse(scope, `${this.what(prop)} must have features of the lookup as keys (${namesText(names)}), got: '${other}'`);
  }

  private renderColumn(scope: Construct, { name: feature, ...column }: ColumnSpec): ColumnSpec {
    const name = ownProperty(this.options.rename, feature) ?? feature;
    requireLiterals(scope, this.what('`rename`'), [name]);
    if (name === '') refuse(scope, `${this.what('`rename`')} must have values of at least one character, got: '' for '${feature}'`);
    const defaultValue: unknown = ownProperty(this.options.defaultValues, feature);
    if (defaultValue === undefined) return { name, ...column };
    checkDefaultValue(scope, `${this.what('`defaultValues`')}, feature '${feature}'`, column.type, defaultValue);
    return { name, ...column, defaultValue: defaultValue as ColumnSpec['defaultValue'] & {} };
  }

  private what(prop: string): string {
    return `${prop} of the lookup of '${this.featureTable.featureTableName}'`;
  }
}
