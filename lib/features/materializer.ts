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

/** The key of the function's CloudFormation metadata under which the command line finds the feature table's name. */
const MATERIALIZATION_METADATA = 'cdk-ml-serving:materialization';

/** What it does with the online store: looks rows up, writes and deletes them under a condition, and of a snapshot finds what is left over. */
const ONLINE_ACTIONS = ['dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem', 'dynamodb:Scan'];

/**
 * What a feature table gives to what brings its rows online.
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
 * Brings the rows of a feature table's offline store online: a Lambda function that reads the log of the Delta Lake table from where it
 * stopped, and a queue whose messages wake it, one at a time.
 */
export class Materializer extends Construct {
  /** @internal */
  public static _of(scope: Construct, id: string, parts: MaterializerParts): Materializer {
    return new Materializer(scope, id, parts);
  }

  /** The function. */
  public readonly lambdaFunction: Function;
  /** What the function may do: read the offline store, read and write the online store, and take messages from its queue and send them there. */
  public readonly role: Role;
  /** The log group of the function: one line of JSON a run. */
  public readonly logGroup: LogGroup;
  /** The queue whose messages wake the function. They carry nothing: where it goes on is written in the online store. */
  public readonly queue: Queue;
  /** Messages of which the function died three times. */
  public readonly deadLetterQueue: Queue;
  /** In alarm while commits cannot be brought online. It has no action until you add one. */
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
    new EventSourceMapping(this, 'EventSource', { target: this.lambdaFunction, eventSourceArn: this.queue.queueArn, batchSize: 1 });
    this.addRules(parts);
    this.failureAlarm = failuresMetric(this.lambdaFunction).createAlarm(this, 'FailureAlarm', {
      alarmDescription: `Commits of the feature table ${parts.spec.name} cannot be brought online`,
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
    const made = bundledFunction(this, {
      bundle: 'materialize',
      handler: 'materialize',
      document: { file: TABLE_DOCUMENT_FILE, content: document },
      description: `Materialization of the feature table ${spec.name}`,
      environment,
      memoryMiB: renderMemory(this, this._rendered.memorySize ?? Size.mebibytes(1024)),
      role: this.role,
      logGroup: this.logGroup,
      tracing: Tracing.ACTIVE,
      recursiveLoop: RecursiveLoop.ALLOW, // a large commit takes many runs, each of which asks for the next
    });
    CrossStackReferences.of(made).produce(ReferenceStrength.WEAK);
    (made.node.defaultChild as CfnFunction).addMetadata(MATERIALIZATION_METADATA, spec.name);
    return made;
  }

  private addRules({ spec, bucket, prefix }: MaterializerParts): void {
    const { schedule, followsCommits } = this._rendered;
    const target = new SqsQueue(this.queue, { messageGroupId: WAKE_UP_GROUP });
    if (followsCommits) {
      if (!sendsEvents(bucket)) {
        Annotations.of(this).addWarningV2(
          'cdk-ml-serving:bucketEvents',
          'commits come online by the sweep alone, unless the owner of the bucket has switched on its notifications to Amazon EventBridge',
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

/** Whether the app switches on a bucket's notifications to Amazon EventBridge; of a bucket that is not of this app nothing else is known. */
function sendsEvents({ node }: IBucket): boolean {
  const { defaultChild } = node;
  const own = CfnBucket.isCfnBucket(defaultChild) ? defaultChild.notificationConfiguration : undefined;
  if (own !== undefined && 'eventBridgeConfiguration' in own) return true;
  // the CDK's own `eventBridgeEnabled` sets no property of the bucket, but asks a custom resource to
  const custom = node.tryFindChild('Notifications')?.node.tryFindChild('Resource');
  if (!CfnResource.isCfnResource(custom)) return false;
  const { Resources } = Stack.of(custom).resolve(custom._toCloudFormation()) as { Resources: { [logicalId: string]: CustomNotifications } };
  return Object.values(Resources).some(({ Properties }) => Properties?.NotificationConfiguration?.EventBridgeConfiguration !== undefined);
}

interface CustomNotifications {
  readonly Properties?: { readonly NotificationConfiguration?: { readonly EventBridgeConfiguration?: object } };
}
