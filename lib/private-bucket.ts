import { CrossStackReferences, Duration, ReferenceStrength, type RemovalPolicy } from 'aws-cdk-lib';
import { type IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket, type LifecycleRule } from 'aws-cdk-lib/aws-s3';
import { type Construct } from 'constructs';

/** When S3 forgets uploads that were begun and never ended. */
const UPLOAD_DAYS = 7;

/** What a bucket is beside private. */
export interface PrivateBucketOptions {
  /** A key that S3 manages if there is none. */
  readonly encryptionKey?: IKey;
  readonly versioned: boolean;
  /** Whether Amazon EventBridge hears of new objects. */
  readonly sendsEvents: boolean;
  /** Uploads that never ended are forgotten too. */
  readonly lifecycleRule: LifecycleRule;
  readonly removalPolicy: RemovalPolicy;
}

/** Adds a bucket: private, encrypted, TLS only. */
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
    // the L2's own option switches it on by a custom resource
    const resource = bucket.node.defaultChild as CfnBucket;
    resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  }
  CrossStackReferences.of(bucket).produce(ReferenceStrength.WEAK);
  return bucket;
}
