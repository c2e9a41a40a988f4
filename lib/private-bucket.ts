import { CrossStackReferences, Duration, ReferenceStrength, type RemovalPolicy } from 'aws-cdk-lib';
import { type IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket, type LifecycleRule } from 'aws-cdk-lib/aws-s3';
import { type Construct } from 'constructs';

/** After how many days S3 deletes incomplete multipart uploads. */
const UPLOAD_DAYS = 7;

/** Options of a private bucket. */
export interface PrivateBucketOptions {
  /** The key that encrypts objects. @default - a key that Amazon S3 manages */
  readonly encryptionKey?: IKey;
  readonly versioned: boolean;
  /** Whether the bucket sends events to Amazon EventBridge. */
  readonly sendsEvents: boolean;
  /** A rule for the objects. It also deletes incomplete multipart uploads. */
  readonly lifecycleRule: LifecycleRule;
  readonly removalPolicy: RemovalPolicy;
}

/** Adds a bucket without public access, encrypted, and for TLS connections only. */
export function addPrivateBucket(scope: Construct, id: string, options: PrivateBucketOptions): Bucket {
  const { encryptionKey, versioned, sendsEvents, lifecycleRule, removalPolicy } = options;
  const bucket = new Bucket(scope, id, {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    encryption: encryptionKey === undefined ? BucketEncryption.S3_MANAGED : BucketEncryption.KMS,
    encryptionKey,
    bucketKeyEnabled: encryptionKey === undefined ? undefined : true,
    enforceSSL: true,
    versioned,
    lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(UPLOAD_DAYS), ...lifecycleRule }],
    removalPolicy,
  });
  if (sendsEvents) {
    // the `eventBridgeEnabled` property of `Bucket` would add a custom resource
    const resource = bucket.node.defaultChild as CfnBucket;
    resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  }
  CrossStackReferences.of(bucket).produce(ReferenceStrength.WEAK);
  return bucket;
}
