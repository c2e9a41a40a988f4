import { type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { type IBucket } from 'aws-cdk-lib/aws-s3';
import { type IConstruct } from 'constructs';
import { type TableSpec } from '../contract/endpoint-spec';
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

  /** The bucket of the offline store; undefined where there is none, or none is known. */
  readonly offlineBucket?: IBucket;

  /** The folder of the offline store in its bucket, empty for the bucket's root; undefined where there is none. */
  readonly offlinePrefix?: string;

  /**
   * What lookups and loaders know of the table.
   * @internal
   */
  readonly _spec: TableSpec;

  /** Takes features of this table by a key. */
  lookup(options: FeatureLookupOptions): FeatureLookup;

  /** Lets a grantee look rows up: `dynamodb:BatchGetItem`, and to decrypt where the table has a customer managed key. */
  grantRead(grantee: IGrantable): Grant;

  /**
   * Lets a grantee load and delete rows: `dynamodb:BatchGetItem` and `dynamodb:PutItem`, and to encrypt and decrypt where the table has a
   * customer managed key. An online store that somebody else fills refuses it.
   */
  grantWrite(grantee: IGrantable): Grant;

  /**
   * Lets a grantee read the offline store: `s3:GetObject` on its files and `s3:ListBucket` below its folder, and to decrypt where the bucket
   * has a customer managed key. Without an offline store it is refused.
   */
  grantReadOffline(grantee: IGrantable): Grant;

  /**
   * Lets a grantee write the offline store, as any writer of Delta Lake does: what `grantReadOffline` lets it, `s3:PutObject`,
   * `s3:DeleteObject` and `s3:AbortMultipartUpload` on its files, and to encrypt where the bucket has a customer managed key. Without an
   * offline store it is refused.
   */
  grantWriteOffline(grantee: IGrantable): Grant;
}
