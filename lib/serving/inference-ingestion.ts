import { Duration, type RemovalPolicy, Size } from 'aws-cdk-lib';
import { type Alarm, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { type Role } from 'aws-cdk-lib/aws-iam';
import { type CfnFunction, EventSourceMapping, type Function, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type IBucket } from 'aws-cdk-lib/aws-s3';
import { type Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { renderBindings } from '../functions/bindings';
import { bundledFunction } from '../functions/bundled-function';
import { functionRole } from '../functions/function-role';
import { grantAddToFolder, grantReadFolder } from '../features/offline-grants';
import { addWakeUpQueue } from '../functions/wake-up-queue';
import { BINDINGS_VARIABLE } from '../contract/endpoint-spec';
import { INFERENCE_BUCKETS, INFERENCE_DOCUMENT_FILE, type InferenceDocument, INGEST_GROUP } from '../contract/inference-document';

/** The key of the function's CloudFormation metadata that tells the command line where the table is. */
const INFERENCE_METADATA = 'cdk-ml-serving:inferenceTable';

/** An object of 5 MB contains 50 MB of lines or more, which are read in pieces. Lambda allocates CPU in proportion to memory. */
const MEMORY = Size.gibibytes(2);

/**
 * The parts of an inference table that its ingestion needs.
 * @internal
 */
export interface IngestionParts {
  readonly document: InferenceDocument;
  readonly rawBucket: IBucket;
  readonly tableBucket: IBucket;
  readonly removalPolicy: RemovalPolicy;
}

/**
 * Writes raw objects to the Delta Lake table of an inference table. A Lambda function processes the messages of a queue, one at a time.
 */
export class InferenceIngestion extends Construct {
  /** @internal */
  public static _of(scope: Construct, id: string, parts: IngestionParts): InferenceIngestion {
    return new InferenceIngestion(scope, id, parts);
  }

  /** The function. */
  public readonly lambdaFunction: Function;
  /** The role of the function. It may read the raw objects, read and write the table, and receive messages from the queue. */
  public readonly role: Role;
  /** The log group of the function: one line of JSON for each object. */
  public readonly logGroup: LogGroup;
  /** The queue whose messages wake the function. */
  public readonly queue: Queue;
  /** Messages that failed three times. */
  public readonly deadLetterQueue: Queue;
  /** In alarm while raw objects could not be written. They are deleted after seven days. The alarm has no action until you add one. */
  public readonly failureAlarm: Alarm;

  private constructor(scope: Construct, id: string, parts: IngestionParts) {
    super(scope, id);
    const { document, rawBucket, tableBucket, removalPolicy } = parts;
    this.logGroup = new LogGroup(this, 'Log', { retention: RetentionDays.SIX_MONTHS, removalPolicy });
    ({ queue: this.queue, deadLetterQueue: this.deadLetterQueue } = addWakeUpQueue(this));
    this.role = functionRole(this, 'Role');
    this.logGroup.grantWrite(this.role);
    grantReadFolder(rawBucket, '', this.role);
    grantAddToFolder(tableBucket, document.prefix, this.role);
    this.queue.grantConsumeMessages(this.role);
    this.lambdaFunction = this.makeFunction(parts);
    new EventSourceMapping(this, 'EventSource', { target: this.lambdaFunction, eventSourceArn: this.queue.queueArn, batchSize: 1 });
    this.addRules(parts);
    this.failureAlarm = this.deadLetterQueue.metricApproximateNumberOfMessagesVisible().createAlarm(this, 'FailureAlarm', {
      alarmDescription: `Requests to the endpoint ${document.endpointName} could not be written to its inference table`,
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }

  private makeFunction({ document, rawBucket, tableBucket }: IngestionParts): Function {
    const environment = {
      [BINDINGS_VARIABLE]: renderBindings(
        this,
        [],
        [
          { name: INFERENCE_BUCKETS.raw, bucketName: rawBucket.bucketName },
          { name: INFERENCE_BUCKETS.table, bucketName: tableBucket.bucketName },
        ],
      ),
    };
    const made = bundledFunction(this, {
      bundle: 'ingest',
      handler: 'ingest',
      document: { file: INFERENCE_DOCUMENT_FILE, content: document },
      description: `Inference table of the endpoint ${document.endpointName}`,
      environment,
      memoryMiB: MEMORY.toMebibytes(),
      role: this.role,
      logGroup: this.logGroup,
      tracing: Tracing.ACTIVE,
    });
    const { endpointName, prefix } = document;
    (made.node.defaultChild as CfnFunction).addMetadata(INFERENCE_METADATA, { endpointName, prefix, bucket: tableBucket.bucketName });
    return made;
  }

  private addRules({ document: { endpointName, retentionDays }, rawBucket }: IngestionParts): void {
    const target = new SqsQueue(this.queue, { messageGroupId: INGEST_GROUP });
    new Rule(this, 'Objects', {
      description: `Logged requests to the endpoint ${endpointName}`,
      eventPattern: { source: ['aws.s3'], detailType: ['Object Created'], detail: { bucket: { name: [rawBucket.bucketName] } } },
      targets: [target],
    });
    if (retentionDays !== undefined) {
      new Rule(this, 'Daily', {
        description: `Removes days after the retention of the inference table of the endpoint ${endpointName}`,
        schedule: Schedule.rate(Duration.days(1)),
        targets: [target],
      });
    }
  }
}
