import { Resource, Token, TokenComparison } from 'aws-cdk-lib';
import { type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { type IBucket } from 'aws-cdk-lib/aws-s3';
import { type Construct } from 'constructs';
import { refuse } from '../refuse';
import { requireGranteeInEnvironment } from '../same-environment';
import { type TableSpec } from '../contract/endpoint-spec';
import { FeatureLookup, type FeatureLookupOptions, type IFeatureTable, tableSpecOf } from './feature-lookup';
import { type FeatureTableSchema } from './feature-table-schema';
import { grantReadFolder, grantWriteFolder } from './offline-grants';
import { type OnlineStore } from './online-store';

/**
 * The common base of new and imported feature tables.
 * @internal
 */
export abstract class FeatureTableBase extends Resource implements IFeatureTable {
  public abstract readonly table: ITable;
  public abstract readonly offlineBucket?: IBucket;
  public abstract readonly offlinePrefix?: string;
  public readonly featureTableName: string;
  public readonly schema: FeatureTableSchema;
  public readonly onlineStore?: OnlineStore;
  /** @internal */
  protected readonly _spec: TableSpec;

  constructor(scope: Construct, id: string, schema: FeatureTableSchema, onlineStore?: OnlineStore) {
    super(scope, id);
    const { featureTableName = id, primaryKey, timestampKey, features, maxAge, timeToLive } = schema;
    this.featureTableName = featureTableName;
    this.schema = { featureTableName, primaryKey, timestampKey, features, maxAge, timeToLive };
    this.onlineStore = onlineStore;
    this._spec = tableSpecOf(this);
  }

  public get tableName(): string {
    return this.table.tableName;
  }

  public get tableArn(): string {
    return this.table.tableArn;
  }

  public lookup(options: FeatureLookupOptions): FeatureLookup {
    return new FeatureLookup(this, options);
  }

  public grantRead(grantee: IGrantable): Grant {
    const read = this.grant('grantRead', grantee, ['dynamodb:BatchGetItem']);
    return this.table.encryptionKey === undefined ? read : read.combine(this.table.encryptionKey.grantDecrypt(grantee));
  }

  public grantWrite(grantee: IGrantable): Grant {
    if (this.onlineStore !== undefined) {
      refuse(this, 'an externally managed online store cannot be written, got: `grantWrite` for an `OnlineStore.existing`');
    }
    const write = this.grant('grantWrite', grantee, ['dynamodb:BatchGetItem', 'dynamodb:PutItem']);
    return this.table.encryptionKey === undefined ? write : write.combine(this.table.encryptionKey.grantEncryptDecrypt(grantee));
  }

  public grantReadOffline(grantee: IGrantable): Grant {
    const { bucket, prefix } = this.offlineFolder('grantReadOffline');
    requireGranteeInEnvironment(this, 'grantReadOffline', bucket, grantee);
    return grantReadFolder(bucket, prefix, grantee);
  }

  public grantWriteOffline(grantee: IGrantable): Grant {
    const { bucket, prefix } = this.offlineFolder('grantWriteOffline');
    requireGranteeInEnvironment(this, 'grantWriteOffline', bucket, grantee);
    return grantWriteFolder(bucket, prefix, grantee);
  }

  private offlineFolder(method: string): { bucket: IBucket; prefix: string } {
    const { offlineBucket, offlinePrefix } = this;
    if (offlineBucket === undefined || offlinePrefix === undefined) {
      refuse(this, `expected a feature table with an \`offlineStore\`, got: \`${method}\` without one`);
    }
    return { bucket: offlineBucket, prefix: offlinePrefix };
  }

  private grant(method: string, grantee: IGrantable, actions: string[]): Grant {
    requireGranteeInEnvironment(this, method, this.table, grantee);
    const { account } = this.table.env;
    const { principalAccount } = grantee.grantPrincipal;
    if (principalAccount !== undefined && Token.compareStrings(account, principalAccount) === TokenComparison.DIFFERENT) {
      refuse(
        this,
        `\`${method}\` must get a principal of account ${account}, got: one of account ${principalAccount}; grant to a role of account ${account} that it assumes`,
      );
    }
    return Grant.addToPrincipal({ grantee, actions, resourceArns: [this.table.tableArn] });
  }
}
