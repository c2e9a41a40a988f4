import { ArnFormat, Aws, Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import { FilterPattern, type ILogGroup, LogGroup, LogStream, RetentionDays, SubscriptionFilter } from 'aws-cdk-lib/aws-logs';
import { type Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { addPrivateBucket } from '../private-bucket';

/** When Firehose writes an object: after a time, or after megabytes of compressed lines. Uncompressed lines are about ten times as large. */
const BUFFER = { intervalInSeconds: 300, sizeInMBs: 5 };

/** For how many days raw objects are kept. In this time a failed ingestion can be repaired and repeated. */
const RAW_DAYS = 7;

/** Delivers the log lines of sampled requests to a bucket: a subscription filter selects the lines, and Amazon Data Firehose writes them. */
export class InferenceDelivery extends Construct {
  /** @internal */
  public static _of(scope: Construct, id: string, requests: ILogGroup, removalPolicy: RemovalPolicy): InferenceDelivery {
    return new InferenceDelivery(scope, id, requests, removalPolicy);
  }

  /** The bucket of the raw objects. It deletes them after seven days. */
  public readonly bucket: Bucket;

  private constructor(scope: Construct, id: string, requests: ILogGroup, removalPolicy: RemovalPolicy) {
    super(scope, id);
    this.bucket = addPrivateBucket(this, 'Bucket', {
      versioned: false,
      sendsEvents: true,
      lifecycleRule: { id: 'Expire', expiration: Duration.days(RAW_DAYS) },
      removalPolicy,
    });
    const stream = this.makeStream(removalPolicy);
    const role = new Role(this, 'SubscriptionRole', {
      assumedBy: new ServicePrincipal('logs.amazonaws.com', {
        conditions: { StringLike: { 'aws:SourceArn': Stack.of(this).formatArn({ service: 'logs', resource: '*' }) } },
      }),
      inlinePolicies: { Deliver: allow(['firehose:PutRecord', 'firehose:PutRecordBatch'], [stream.attrArn]) },
    });
    new SubscriptionFilter(this, 'Subscription', {
      logGroup: requests,
      filterPattern: FilterPattern.numberValue('$.inference.sampling_fraction', '>', 0),
      destination: { bind: () => ({ arn: stream.attrArn, role }) },
    });
  }

  private makeStream(removalPolicy: RemovalPolicy): CfnDeliveryStream {
    const log = new LogGroup(this, 'Log', { retention: RetentionDays.SIX_MONTHS, removalPolicy });
    const logStream = new LogStream(this, 'LogStream', { logGroup: log, removalPolicy });
    const logStreamArn = Stack.of(this).formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: `${log.logGroupName}:log-stream:${logStream.logStreamName}`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const role = new Role(this, 'StreamRole', {
      assumedBy: new ServicePrincipal('firehose.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      // inline, because the stream needs the permissions as soon as it is created
      inlinePolicies: {
        Write: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
              resources: [this.bucket.bucketArn],
            }),
            new PolicyStatement({
              actions: ['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload'],
              resources: [this.bucket.arnForObjects('*')],
            }),
            new PolicyStatement({ actions: ['logs:PutLogEvents'], resources: [logStreamArn] }),
          ],
        }),
      },
    });
    return new CfnDeliveryStream(this, 'Stream', {
      deliveryStreamType: 'DirectPut',
      deliveryStreamEncryptionConfigurationInput: { keyType: 'AWS_OWNED_CMK' },
      extendedS3DestinationConfiguration: {
        bucketArn: this.bucket.bucketArn,
        roleArn: role.roleArn,
        bufferingHints: BUFFER,
        compressionFormat: 'UNCOMPRESSED', // CloudWatch Logs sends compressed data
        cloudWatchLoggingOptions: { enabled: true, logGroupName: log.logGroupName, logStreamName: logStream.logStreamName },
      },
    });
  }
}

function allow(actions: string[], resources: string[]): PolicyDocument {
  return new PolicyDocument({ statements: [new PolicyStatement({ actions, resources })] });
}
