import { type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { type IConstruct } from 'constructs';
import { type TableSpec } from '../spec/endpoint-spec';
import { type FeatureLookup, type FeatureLookupOptions } from './feature-lookup';

/** A feature table, of this app or imported. */
export interface IFeatureTable extends IConstruct {
  /** The logical name of the feature table. */
  readonly featureTableName: string;

  /** The online store. */
  readonly table: ITable;

  /** The physical name of the DynamoDB table of the online store. */
  readonly tableName: string;

  /** The ARN of the DynamoDB table of the online store. */
  readonly tableArn: string;

  /**
   * What lookups and loaders know of the table.
   * @internal
   */
  readonly _spec: TableSpec;

  /** Takes features of this table by a key. */
  lookup(options: FeatureLookupOptions): FeatureLookup;

  /** Lets a grantee look rows up: `dynamodb:BatchGetItem`, and to decrypt where the table has a customer managed key. */
  grantRead(grantee: IGrantable): Grant;

  /** Lets a grantee load rows: `dynamodb:PutItem`, and to encrypt and decrypt where the table has a customer managed key. */
  grantWrite(grantee: IGrantable): Grant;
}
