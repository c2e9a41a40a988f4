import { Annotations, CfnResource, CrossStackReferences, ReferenceStrength, type RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { type Alarm, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Match, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Grant, type Role } from 'aws-cdk-lib/aws-iam';
import { type CfnFunction, EventSourceMapping, type Function, RecursiveLoop, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnBucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { type Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { renderBindings } from '../functions/bindings';
import { bundledFunction } from '../functions/bundled-function';
import { functionRole } from '../functions/function-role';
import { renderMemory } from '../functions/memory-size';
import { BINDINGS_VARIABLE, type TableSpec } from '../contract/endpoint-spec';
import {
  QUEUE_URL_VARIABLE,
  TABLE_DOCUMENT_FILE,
  TABLE_DOCUMENT_VERSION,
  type TableDocument,
  WAKE_UP_GROUP,
} from '../contract/table-document';
import { type Materialization, type RenderedMaterialization } from './materialization';
import { failuresMetric } from './materialization-metrics';
import { grantReadFolder } from './offline-grants';
import { addWakeUpQueue } from '../functions/wake-up-queue';

/** A run answers all wake-ups that are waiting, up to ten: the most that Lambda takes from a FIFO queue at once. */
const WAKE_UPS_A_RUN = 10;

/** The key of the function's metadata that holds the feature table's name, for the command line. */
const MATERIALIZATION_METADATA = 'cdk-ml-serving:materialization';

/** The function reads rows, writes and deletes them conditionally, and scans for leftover rows after a snapshot. */
const ONLINE_ACTIONS = ['dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem', 'dynamodb:Scan'];

/**
 * The parts of a feature table that its materializer uses.
 * @internal
 */
export interface MaterializerParts {
  readonly spec: TableSpec;
  readonly table: ITable;
  readonly bucket: IBucket;
  readonly prefix: string;
  readonly materialization: Materialization;
  readonly removalPolicy: RemovalPolicy;
}

/**
 * Writes the rows of a feature table's offline store to its online store. A Lambda function reads the log of the Delta Lake table from
 * where the last run stopped. Messages of a queue start the function, one run at a time.
 */
export class Materializer extends Construct {
  /** @internal */
  public static _of(scope: Construct, id: string, parts: MaterializerParts): Materializer {
    return new Materializer(scope, id, parts);
  }

  /** The Lambda function that materializes. */
  public readonly lambdaFunction: Function;
  /**
   * The role of the function. It may read the offline store, read and write the online store, and receive and send messages of its queue.
   */
  public readonly role: Role;
  /** The log group of the function, with one line of JSON for each run. */
  public readonly logGroup: LogGroup;
  /** The queue that starts the function. Its messages have no content: the online store holds the position in the log. */
  public readonly queue: Queue;
  /** The queue of messages that failed three times. */
  public readonly deadLetterQueue: Queue;
  /** The alarm for failed runs. It has no action until you add one. */
  public readonly failureAlarm: Alarm;
  /** @internal */
  public readonly _rendered: RenderedMaterialization;

  private constructor(scope: Construct, id: string, parts: MaterializerParts) {
    super(scope, id);
    this._rendered = parts.materialization._render(this);
    this.logGroup = new LogGroup(this, 'Log', { retention: RetentionDays.SIX_MONTHS, removalPolicy: parts.removalPolicy });
    ({ queue: this.queue, deadLetterQueue: this.deadLetterQueue } = addWakeUpQueue(this));
    this.role = this.makeRole(parts);
    this.lambdaFunction = this.makeFunction(parts);
    new EventSourceMapping(this, 'EventSource', {
      target: this.lambdaFunction,
      eventSourceArn: this.queue.queueArn,
      batchSize: WAKE_UPS_A_RUN,
    });
    this.addRules(parts);
    this.failureAlarm = failuresMetric(this.lambdaFunction).createAlarm(this, 'FailureAlarm', {
      alarmDescription: `The materialization of the feature table ${parts.spec.name} fails`,
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }

  private makeRole({ table, bucket, prefix }: MaterializerParts): Role {
    const role = functionRole(this, 'Role');
    this.logGroup.grantWrite(role);
    Grant.addToPrincipal({ grantee: role, actions: ONLINE_ACTIONS, resourceArns: [table.tableArn] });
    table.encryptionKey?.grantEncryptDecrypt(role);
    grantReadFolder(bucket, prefix, role);
    this.queue.grantConsumeMessages(role);
    Grant.addToPrincipal({ grantee: role, actions: ['sqs:SendMessage'], resourceArns: [this.queue.queueArn] });
    return role;
  }

  private makeFunction({ spec, table, bucket, prefix }: MaterializerParts): Function {
    const document: TableDocument = {
      documentVersion: TABLE_DOCUMENT_VERSION,
      table: spec,
      offlineStore: { prefix },
      materialization: this._rendered.spec,
    };
    const environment = {
      [BINDINGS_VARIABLE]: renderBindings(
        this,
        [{ featureTableName: spec.name, tableName: table.tableName }],
        [{ name: spec.name, bucketName: bucket.bucketName }],
      ),
      [QUEUE_URL_VARIABLE]: this.queue.queueUrl,
    };
    const lambdaFunction = bundledFunction(this, {
      bundle: 'materialize',
      handler: 'materialize',
      document: { file: TABLE_DOCUMENT_FILE, content: document },
      description: `Materialization of the feature table ${spec.name}`,
      environment,
      memoryMiB: renderMemory(this, this._rendered.memorySize ?? Size.mebibytes(1024)),
      role: this.role,
      logGroup: this.logGroup,
      tracing: Tracing.ACTIVE,
      recursiveLoop: RecursiveLoop.ALLOW, // a large commit takes many runs, each of which starts the next
    });
    CrossStackReferences.of(lambdaFunction).produce(ReferenceStrength.WEAK);
    (lambdaFunction.node.defaultChild as CfnFunction).addMetadata(MATERIALIZATION_METADATA, spec.name);
    return lambdaFunction;
  }

  private addRules({ spec, bucket, prefix }: MaterializerParts): void {
    const { schedule, followsCommits } = this._rendered;
    const target = new SqsQueue(this.queue, { messageGroupId: WAKE_UP_GROUP });
    if (followsCommits) {
      if (!sendsEvents(bucket)) {
        Annotations.of(this).addWarningV2(
          'cdk-ml-serving:bucketEvents',
          'commits are materialized only at the next sweep unless the notifications of the bucket to Amazon EventBridge are on; ask its owner to turn them on',
        );
      }
      new Rule(this, 'Commits', {
        description: `Commits of the feature table ${spec.name}`,
        eventPattern: {
          source: ['aws.s3'],
          detailType: ['Object Created'],
          detail: {
            bucket: { name: [bucket.bucketName] },
            object: { key: Match.wildcard(`${prefix === '' ? '' : `${prefix}/`}_delta_log/*.json`) },
          },
        },
        targets: [target],
      });
    }
    if (schedule !== undefined) {
      new Rule(this, 'Schedule', { description: `Materialization of the feature table ${spec.name}`, schedule, targets: [target] });
    }
  }
}

/** Whether the app turns on a bucket's notifications to Amazon EventBridge. The settings of an imported bucket are not known. */
function sendsEvents({ node }: IBucket): boolean {
  const { defaultChild } = node;
  const configured = CfnBucket.isCfnBucket(defaultChild) ? defaultChild.notificationConfiguration : undefined;
  if (configured !== undefined && 'eventBridgeConfiguration' in configured) return true;
  // the CDK's `eventBridgeEnabled` does not set the property of the bucket: a custom resource does
  const custom = node.tryFindChild('Notifications')?.node.tryFindChild('Resource');
  if (!CfnResource.isCfnResource(custom)) return false;
  const { Resources } = Stack.of(custom).resolve(custom._toCloudFormation()) as { Resources: { [logicalId: string]: CustomNotifications } };
  return Object.values(Resources).some(({ Properties }) => Properties?.NotificationConfiguration?.EventBridgeConfiguration !== undefined);
}

interface CustomNotifications {
  readonly Properties?: { readonly NotificationConfiguration?: { readonly EventBridgeConfiguration?: object } };
}
