import { CrossStackReferences, Duration, ReferenceStrength, type RemovalPolicy } from 'aws-cdk-lib';
import { type IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type BucketProps,
  type CfnBucket,
  type EventType,
  type IBucketNotificationDestination,
  type LifecycleRule,
  type NotificationKeyFilter,
} from 'aws-cdk-lib/aws-s3';
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

/** A bucket that sends events to Amazon EventBridge, also after a user adds event notifications. */
class EventBucket extends Bucket {
  constructor(scope: Construct, id: string, props: BucketProps) {
    super(scope, id, props);
    // the `eventBridgeEnabled` property would always add a custom resource
    (this.node.defaultChild as CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  }

  /** Adds the notification. Its custom resource replaces the configuration of the bucket, so it must contain EventBridge too. */
  public override addEventNotification(
    event: EventType,
    destination: IBucketNotificationDestination,
    ...filters: NotificationKeyFilter[]
  ): void {
    super.addEventNotification(event, destination, ...filters);
    this.enableEventBridgeNotification();
  }
}

/** Adds a bucket without public access, encrypted, and for TLS connections only. */
export function addPrivateBucket(scope: Construct, id: string, options: PrivateBucketOptions): Bucket {
  const { encryptionKey, versioned, sendsEvents, lifecycleRule, removalPolicy } = options;
  const bucket = new (sendsEvents ? EventBucket : Bucket)(scope, id, {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    encryption: encryptionKey === undefined ? BucketEncryption.S3_MANAGED : BucketEncryption.KMS,
    encryptionKey,
    bucketKeyEnabled: encryptionKey === undefined ? undefined : true,
    enforceSSL: true,
    versioned,
    lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(UPLOAD_DAYS), ...lifecycleRule }],
    removalPolicy,
  });
  CrossStackReferences.of(bucket).produce(ReferenceStrength.WEAK);
  return bucket;
}
