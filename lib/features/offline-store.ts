import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { type CfnTable } from 'aws-cdk-lib/aws-glue';
import { type IKey } from 'aws-cdk-lib/aws-kms';
import { type Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { type Construct } from 'constructs';
import { addPrivateBucket } from '../private-bucket';
import { refuse } from '../refuse';
import { type ColumnSpec } from '../contract/data-types';
import { type TableSpec } from '../contract/endpoint-spec';
import { columnsOf } from '../contract/table-columns';
import { DeltaFolders } from './delta-folders';
import { addGlueTable } from './glue-table';
import { requireLiteral } from './literal';

/** Characters of folders that S3 takes without special handling, and blanks; none means something to IAM or EventBridge. */
const PREFIX = /^[\w!.'()=+,:@& -]+(\/[\w!.'()=+,:@& -]+)*$/;

/** What Delta Lake refuses in the name of a column, as Parquet files once did. */
const REFUSED_IN_NAMES = /[ ,;{}()\n\t=]/;

/** How long the name of a column of a Glue table may be. */
const MAX_GLUE_NAME = 255;

/** Options of an offline store in Delta Lake. */
export interface DeltaStoreOptions {
  /**
   * The bucket that holds the table. For `Materialization.continuous` its owner has to switch on its notifications to Amazon EventBridge,
   * or commits come online by the sweep alone. Import it with its encryption key if it has a customer managed one, so that grants cover the key.
   * @default - a new bucket: private, encrypted, TLS only, versioned, with notifications to Amazon EventBridge
   */
  readonly bucket?: IBucket;

  /**
   * The folder of the table in its bucket, without a slash at its ends; empty for the bucket's root. It may not lie in that of another table,
   * nor have one in it.
   * @default - the name of the feature table
   */
  readonly prefix?: string;

  /**
   * The key that encrypts the new bucket. May not be set beside `bucket`.
   * @default - a key that Amazon S3 manages
   */
  readonly encryptionKey?: IKey;

  /**
   * How long the new bucket keeps files that were deleted or replaced, in whole days: what a wrong clean-up can be undone in. May not be set
   * beside `bucket`.
   * @default Duration.days(30)
   */
  readonly noncurrentVersionExpiration?: Duration;

  /**
   * The name of the AWS Glue database that lists the table for Amazon Athena and Spark. It must be there.
   * @default - a new database, shared by the feature tables of the stack, whose name CloudFormation makes
   */
  readonly databaseName?: string;
}

/**
 * What an offline store consists of.
 * @internal
 */
export interface MadeOfflineStore {
  readonly bucket: IBucket;
  readonly prefix: string;
  readonly glueTable: CfnTable;
}

/** Where all rows ever written lie, for training and batch. */
export class OfflineStore {
  /**
   * A Delta Lake table in Amazon S3, which Spark, delta-rs, DuckDB and Amazon Athena read, and which any writer of Delta Lake may write.
   * It is made by the first write, with the columns of the feature table.
   */
  public static delta(options: DeltaStoreOptions = {}): OfflineStore {
    return new OfflineStore(options);
  }

  private constructor(private readonly options: DeltaStoreOptions) {}

  /**
   * Makes what the store consists of, below the feature table.
   * @internal
   */
  public _make(scope: Construct, table: TableSpec, removalPolicy: RemovalPolicy): MadeOfflineStore {
    const prefix = this.options.prefix ?? table.name;
    checkPrefix(scope, '`prefix`', prefix);
    validateColumns(scope, columnsOf(table));
    const bucket = this.options.bucket === undefined ? this.makeBucket(scope, removalPolicy) : this.givenBucket(scope, this.options.bucket);
    DeltaFolders.of(bucket).claim(scope, prefix);
    return {
      bucket,
      prefix,
      glueTable: addGlueTable(scope, { name: table.name, columns: columnsOf(table) }, bucket, prefix, this.options.databaseName),
    };
  }

  private givenBucket(scope: Construct, bucket: IBucket): IBucket {
    const own = (['encryptionKey', 'noncurrentVersionExpiration'] as const).find((prop) => this.options[prop] !== undefined);
    if (own !== undefined) refuse(scope, `\`${own}\` is for a new bucket; a \`bucket\` that is given has its own, got: both`);
    return bucket;
  }

  private makeBucket(scope: Construct, removalPolicy: RemovalPolicy): Bucket {
    const { encryptionKey, noncurrentVersionExpiration = Duration.days(30) } = this.options;
    validateDays(scope, noncurrentVersionExpiration);
    return addPrivateBucket(scope, 'Bucket', {
      encryptionKey,
      versioned: true,
      sendsEvents: true,
      lifecycleRule: { id: 'Clean up', noncurrentVersionExpiration, expiredObjectDeleteMarker: true },
      removalPolicy,
    });
  }
}

/** Checks the folder of a Delta table in its bucket. */
export function checkPrefix(scope: Construct, prop: string, prefix: string): void {
  requireLiteral(scope, prop, prefix);
  if (prefix !== '' && (!PREFIX.test(prefix) || prefix.split('/').some((part) => part === '.' || part === '..'))) {
    refuse(scope, `${prop} must be folders of letters, digits, blanks and _!.'()=+,:@&- with one slash between them, got: '${prefix}'`);
  }
}

function validateDays(scope: Construct, duration: Duration): void {
  if (duration.isUnresolved()) return;
  const days = duration.toDays({ integral: false });
  if (!(Number.isInteger(days) && days >= 1)) {
    refuse(scope, `\`noncurrentVersionExpiration\` must be whole days, at least 1, got: ${days} days`);
  }
}

function validateColumns(scope: Construct, columns: readonly ColumnSpec[]): void {
  const seen = new Map<string, string>();
  for (const { name } of columns) {
    if (REFUSED_IN_NAMES.test(name)) {
      refuse(scope, `the name of a column of an offline store must have no blank and none of ,;{}()=, got: ${JSON.stringify(name)}`);
    }
    if (name.length > MAX_GLUE_NAME) {
      refuse(
        scope,
        `the name of a column of an offline store must have at most ${MAX_GLUE_NAME} characters, got: ${name.length} in '${name.slice(0, 20)}…'`,
      );
    }
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) {
      refuse(scope, `Delta Lake takes the names of columns for equal whatever their case, got: '${other}' and '${name}'`);
    }
    seen.set(name.toLowerCase(), name);
  }
}
