import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { type CfnTable } from 'aws-cdk-lib/aws-glue';
import { type IKey } from 'aws-cdk-lib/aws-kms';
import { type Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { addPrivateBucket } from '../private-bucket';
import { refuse } from '../refuse';
import { requireSameEnvironment } from '../same-environment';
import { type ColumnSpec } from '../contract/data-types';
import { type TableSpec } from '../contract/endpoint-spec';
import { columnsOf } from '../contract/table-columns';
import { addGlueTable } from './glue-table';
import { requireLiteral } from './literal';

/** Folder names of blanks and characters that S3 needs no special handling for. None of them is a wildcard of IAM or EventBridge. */
const PREFIX = /^[\w!.'()=+,:@& -]+(\/[\w!.'()=+,:@& -]+)*$/;

/** The characters that Delta Lake refuses in column names. */
const REFUSED_IN_NAMES = /[ ,;{}()\n\t=]/;

/** The maximum length of a column name in AWS Glue. */
const MAX_GLUE_NAME = 255;

/** Options of an offline store in Delta Lake. */
export interface DeltaStoreOptions {
  /**
   * The bucket that holds the table. For `Materialization.continuous`, turn on the bucket's notifications to Amazon EventBridge. Without
   * them, commits are materialized at the next sweep. If the bucket has a customer managed key, import it with the key so that grants cover
   * it.
   * @default - a new bucket: private, encrypted, TLS only, versioned, with notifications to Amazon EventBridge
   */
  readonly bucket?: IBucket;

  /**
   * The folder of the table in its bucket, without leading or trailing slash; empty for the root of the bucket. The folders of tables must
   * not overlap.
   * @default - the name of the feature table
   */
  readonly prefix?: string;

  /**
   * The key that encrypts the new bucket. Cannot be set together with `bucket`.
   * @default - a key managed by Amazon S3
   */
  readonly encryptionKey?: IKey;

  /**
   * How long the new bucket keeps deleted and replaced files, in whole days, at least 1. Within this time an unwanted deletion can be
   * undone.
   * Cannot be set together with `bucket`.
   * @default Duration.days(30)
   */
  readonly noncurrentVersionExpiration?: Duration;

  /**
   * The name of an existing AWS Glue database that lists the table for Amazon Athena and Spark.
   * @default - a new database with a generated name, which the feature tables of the stack share
   */
  readonly databaseName?: string;
}

/**
 * The resources of an offline store.
 * @internal
 */
export interface OfflineStoreResources {
  readonly bucket: IBucket;
  readonly prefix: string;
  readonly glueTable: CfnTable;
}

/** The store of all rows of a feature table, past and present, for training and batch jobs. */
export class OfflineStore {
  /**
   * A Delta Lake table in Amazon S3. Spark, delta-rs, DuckDB and Amazon Athena can read it, and any writer of Delta Lake can write it.
   * The first write creates it with the columns of the feature table.
   */
  public static delta(options: DeltaStoreOptions = {}): OfflineStore {
    return new OfflineStore(options);
  }

  private constructor(private readonly options: DeltaStoreOptions) {}

  /**
   * Creates the resources of the store under the feature table. Throws if the prefix, a column name or an option is invalid.
   * @internal
   */
  public _make(scope: Construct, table: TableSpec, removalPolicy: RemovalPolicy): OfflineStoreResources {
    const prefix = this.options.prefix ?? table.name;
    checkPrefix(scope, '`prefix`', prefix);
    validateColumns(scope, columnsOf(table));
    const bucket =
      this.options.bucket === undefined ? this.makeBucket(scope, removalPolicy) : this.existingBucket(scope, this.options.bucket);
    requireSameEnvironment(scope, '`bucket` of an offline store', bucket, 'use a bucket in this region');
    DeltaFolders.of(bucket).claim(scope, prefix);
    return {
      bucket,
      prefix,
      glueTable: addGlueTable(scope, { name: table.name, columns: columnsOf(table) }, bucket, prefix, this.options.databaseName),
    };
  }

  private existingBucket(scope: Construct, bucket: IBucket): IBucket {
    const prop = (['encryptionKey', 'noncurrentVersionExpiration'] as const).find((one) => this.options[one] !== undefined);
    if (prop !== undefined) refuse(scope, `\`${prop}\` configures a new bucket and cannot be set together with \`bucket\`, got: both`);
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

/** The folders of a bucket that hold Delta Lake tables. */
class DeltaFolders extends Construct {
  public static of(bucket: IBucket): DeltaFolders {
    const found = bucket.node.tryFindChild('MlServingDeltaFolders') as DeltaFolders | undefined;
    return found ?? new DeltaFolders(bucket, 'MlServingDeltaFolders');
  }

  private readonly owners = new Map<string, Construct>();

  /** Reserves a folder for a table. Prefixes must not overlap, because a vacuum of the outer table deletes the files of the inner one. */
  public claim(owner: Construct, prefix: string): void {
    for (const [other, { node }] of this.owners) {
      if (!isWithin(prefix, other) && !isWithin(other, prefix)) continue;
      refuse(
        owner,
        `\`prefix\` must not overlap with another offline store in the bucket, got: '${prefix}' beside '${other}' of ${node.path}`,
      );
    }
    this.owners.set(prefix, owner);
  }
}

function isWithin(inner: string, outer: string): boolean {
  return outer === '' || inner === outer || inner.startsWith(`${outer}/`);
}

/** Checks the folder of a Delta Lake table. Throws if it is a token or no valid prefix. */
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
      refuse(scope, `column names of an offline store must not contain a blank or any of ,;{}()=, got: ${JSON.stringify(name)}`);
    }
    if (name.length > MAX_GLUE_NAME) {
      refuse(
        scope,
        `column names of an offline store must have at most ${MAX_GLUE_NAME} characters, got: ${name.length} in '${name.slice(0, 20)}…'`,
      );
    }
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) {
      refuse(scope, `column names of an offline store must differ in more than letter case, got: '${other}' and '${name}'`);
    }
    seen.set(name.toLowerCase(), name);
  }
}
