import { Duration, Lazy, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { type IMetric, type Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { TableEncryptionV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { ManagedPolicy, PermissionsBoundary, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, type CfnBucket, EventType, type IBucket } from 'aws-cdk-lib/aws-s3';
import { SnsDestination } from 'aws-cdk-lib/aws-s3-notifications';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { readFileSync } from 'node:fs';
import type * as FileSystem from 'node:fs';
import { join } from 'node:path';
import { Column, type DeltaStoreOptions, FeatureTable, type FeatureTableProps, Materialization, OfflineStore } from '../../../lib';
import { MATERIALIZATION_METRICS } from '../../../lib/contract/metrics';
import { type TableDocument } from '../../../lib/contract/table-document';
import { tableSpecOf } from '../../../lib/features/feature-lookup';
import { functionFolder, testApp, testStack } from '../../helpers/app';

jest.mock('node:fs', () => ({ ...jest.requireActual('node:fs') }));
const fs = jest.requireMock<typeof FileSystem>('node:fs');

const ONLINE_ACTIONS = ['dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem', 'dynamodb:Scan'];

const HOUSES: FeatureTableProps = {
  featureTableName: 'house_features',
  primaryKey: [Column.string('id')],
  timestampKey: Column.timestamp('updated_at'),
  features: [Column.integer('overall_qual')],
};

interface Made {
  readonly stack: Stack;
  readonly table: FeatureTable;
  readonly template: Template;
}

function make(stack: Stack, materialization: Materialization, store: DeltaStoreOptions = {}, props: Partial<FeatureTableProps> = {}): Made {
  const table = new FeatureTable(stack, 'Houses', { ...HOUSES, offlineStore: OfflineStore.delta(store), materialization, ...props });
  return { stack, table, template: Template.fromStack(stack) };
}

const EVERY_KIND: [string, Materialization][] = [
  ['snapshot', Materialization.snapshot()],
  ['triggered', Materialization.triggered()],
  ['continuous', Materialization.continuous()],
];

/** What the only policy of a template allows: actions and resource of each statement. */
function statementsOf(template: Template): [unknown, unknown][] {
  const [policy] = Object.values(template.findResources('AWS::IAM::Policy'));
  const { Statement } = policy!.Properties.PolicyDocument as { Statement: { Action: unknown; Resource: unknown }[] };
  return Statement.map(({ Action, Resource: resource }) => [Action, resource]);
}

const target = {
  Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^HousesMaterializerQueue'), 'Arn'] },
  SqsParameters: { MessageGroupId: 'materialization' },
};

describe('the function', () => {
  test("runs the bundle on arm64 with Lambda's longest timeout, its document and the names of its stores", () => {
    const { template } = make(testStack(), Materialization.continuous());
    template.hasResource('AWS::Lambda::Function', {
      Properties: {
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        Layers: Match.absent(),
        MemorySize: 1024,
        Timeout: 900,
        TracingConfig: { Mode: 'Active' },
        RecursiveLoop: 'Allow',
        LoggingConfig: { LogGroup: { Ref: Match.stringLikeRegexp('^HousesMaterializerLog') } },
        Environment: {
          Variables: {
            ML_SERVING_BINDINGS: {
              'Fn::Join': [
                '',
                [
                  '{"tables":{"house_features":"',
                  { Ref: 'HousesTable1E59D400' },
                  '"},"buckets":{"house_features":"',
                  { Ref: 'HousesBucket4D36FA59' },
                  '"}}',
                ],
              ],
            },
            ML_SERVING_QUEUE_URL: { Ref: Match.stringLikeRegexp('^HousesMaterializerQueue') },
          },
        },
      },
      Metadata: { 'cdk-ml-serving:materialization': 'house_features' },
    });
  });

  test.each(EVERY_KIND)('has a document of a %s materialization beside the bundle', (mode, materialization) => {
    const { stack, table } = make(testStack(), materialization, { prefix: 'gold/houses' });
    const folder = functionFolder(stack);
    expect(readFileSync(join(folder, 'index.js'), 'utf8')).toBe('exports.handler = require("./materialize.js").materialize(__dirname);\n');
    expect(readFileSync(join(folder, 'materialize.js')).equals(readFileSync('assets/materialize/materialize.js'))).toBe(true);
    expect(JSON.parse(readFileSync(join(folder, 'table.json'), 'utf8'))).toEqual({
      documentVersion: 1,
      table: tableSpecOf(table),
      offlineStore: { prefix: 'gold/houses' },
      materialization: { mode, tombstoneSeconds: 2_592_000 },
    });
  });

  test('has the given tombstone retention and memory size', () => {
    const options = { tombstoneRetention: Duration.days(2), memorySize: Size.gibibytes(3) };
    const { stack, template } = make(testStack(), Materialization.triggered(options));
    template.hasResourceProperties('AWS::Lambda::Function', { MemorySize: 3072 });
    const { materialization } = JSON.parse(readFileSync(join(functionFolder(stack), 'table.json'), 'utf8')) as TableDocument;
    expect(materialization.tombstoneSeconds).toBe(172_800);
  });

  test('has a log group with the removal policy of the table', () => {
    make(testStack(), Materialization.triggered()).template.hasResource('AWS::Logs::LogGroup', {
      DeletionPolicy: 'Retain',
      Properties: { RetentionInDays: 180, LogGroupName: Match.absent() },
    });
    const { template } = make(testStack(), Materialization.triggered(), {}, { removalPolicy: RemovalPolicy.DESTROY });
    template.hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete' });
  });

  test('may read the offline store, read and write the online store, and use its queue, and nothing else', () => {
    const { template } = make(testStack(), Materialization.continuous());
    const bucket = { 'Fn::GetAtt': ['HousesBucket4D36FA59', 'Arn'] };
    const queue = { 'Fn::GetAtt': [expect.stringMatching('^HousesMaterializerQueue'), 'Arn'] };
    expect(statementsOf(template)).toEqual([
      [['logs:CreateLogStream', 'logs:PutLogEvents'], { 'Fn::GetAtt': [expect.stringMatching('^HousesMaterializerLog'), 'Arn'] }],
      [ONLINE_ACTIONS, { 'Fn::GetAtt': ['HousesTable1E59D400', 'Arn'] }],
      ['s3:GetObject', { 'Fn::Join': ['', [bucket, '/house_features/*']] }],
      ['s3:ListBucket', bucket],
      [['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueUrl', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], queue],
      ['sqs:SendMessage', queue],
      [['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*'],
    ]);
  });

  test('may use customer managed keys of both stores', () => {
    const stack = testStack({}, { env: { region: 'eu-west-1' } });
    const [online, offline] = [new Key(stack, 'Online'), new Key(stack, 'Offline')];
    const encryption = TableEncryptionV2.customerManagedKey(online);
    const { template } = make(stack, Materialization.continuous(), { encryptionKey: offline }, { encryption });
    const arnOf = (key: Key): unknown => stack.resolve(key.keyArn);
    expect(statementsOf(template)).toEqual(
      expect.arrayContaining([
        [['kms:Decrypt', 'kms:Encrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'], arnOf(online)],
        ['kms:Decrypt', arnOf(offline)],
      ]),
    );
  });

  test('has a role to which permissions boundaries apply', () => {
    const stack = testStack();
    PermissionsBoundary.of(stack).apply(ManagedPolicy.fromAwsManagedPolicyName('PowerUserAccess'));
    const { template } = make(stack, Materialization.continuous());
    template.hasResourceProperties('AWS::IAM::Role', { PermissionsBoundary: Match.anyValue(), ManagedPolicyArns: Match.absent() });
  });
});

describe('the queue', () => {
  test('takes ten messages at once, and moves messages that failed three times to the dead-letter queue', () => {
    const { template } = make(testStack(), Materialization.continuous());
    template.hasResourceProperties('AWS::SQS::Queue', {
      FifoQueue: true,
      ContentBasedDeduplication: true,
      SqsManagedSseEnabled: true,
      VisibilityTimeout: 960,
      RedrivePolicy: {
        maxReceiveCount: 3,
        deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^HousesMaterializerDeadLetterQueue'), 'Arn'] },
      },
    });
    template.hasResourceProperties('AWS::SQS::Queue', {
      FifoQueue: true,
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 1_209_600,
      RedrivePolicy: Match.absent(),
    });
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', { BatchSize: 10, EventSourceArn: target.Arn });
  });

  test('and its dead-letter queue accept TLS only', () => {
    const { template } = make(testStack(), Materialization.continuous());
    template.resourceCountIs('AWS::SQS::Queue', 2);
    template.resourcePropertiesCountIs(
      'AWS::SQS::QueuePolicy',
      {
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({ Effect: 'Deny', Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          ]),
        },
      },
      2,
    );
  });
});

describe('the trigger', () => {
  test('is each commit and a sweep every five minutes for a continuous materialization', () => {
    const { template } = make(testStack(), Materialization.continuous());
    template.resourceCountIs('AWS::Events::Rule', 2);
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: {
          bucket: { name: [{ Ref: 'HousesBucket4D36FA59' }] },
          object: { key: [{ wildcard: 'house_features/_delta_log/*.json' }] },
        },
      },
      Targets: [Match.objectLike(target)],
    });
    // the whole event, which no other equals: the queue takes each for a message of its own
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(5 minutes)',
      Targets: [Match.objectLike({ ...target, Input: Match.absent(), InputPath: Match.absent(), InputTransformer: Match.absent() })],
    });
  });

  test("is a commit in the bucket's root for a table there", () => {
    make(testStack(), Materialization.continuous(), { prefix: '' }).template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: Match.objectLike({ detail: Match.objectLike({ object: { key: [{ wildcard: '_delta_log/*.json' }] } }) }),
    });
  });

  test('is the given sweep', () => {
    const { template } = make(testStack(), Materialization.continuous({ sweep: Duration.hours(1) }));
    template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 hour)' });
  });

  test.each(['snapshot', 'triggered'] as const)('is the schedule of a %s materialization', (kind) => {
    const schedule = Schedule.cron({ minute: '0', hour: '2' });
    const { template } = make(testStack(), Materialization[kind]({ schedule }));
    template.resourceCountIs('AWS::Events::Rule', 1);
    template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'cron(0 2 * * ? *)', Targets: [Match.objectLike(target)] });
  });

  test.each(['snapshot', 'triggered'] as const)('is nothing but a call of a %s materialization without a schedule', (kind) => {
    const stack = testStack();
    const table = new FeatureTable(stack, 'Houses', {
      ...HOUSES,
      offlineStore: OfflineStore.delta(),
      materialization: Materialization[kind](),
    });
    table.grantMaterialize(new Role(stack, 'Caller', { assumedBy: new ServicePrincipal('states.amazonaws.com') }));
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::Events::Rule', 0);
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({
            Action: 'lambda:InvokeFunction',
            Resource: Match.arrayWith([{ 'Fn::GetAtt': [Match.stringLikeRegexp('^HousesMaterializerFunction'), 'Arn'] }]),
          }),
        ],
      },
      Roles: [{ Ref: Match.stringLikeRegexp('^Caller') }],
    });
  });
});

describe('an existing bucket', () => {
  const message =
    'commits are materialized only at the next sweep unless the notifications of the bucket to Amazon EventBridge are on; ask its owner to turn them on';
  const warnings = (stack: Stack): unknown[] => Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('EventBridge'));

  test('gives a warning, because its owner must turn on its notifications', () => {
    const stack = testStack();
    make(stack, Materialization.continuous(), { bucket: Bucket.fromBucketName(stack, 'Lake', 'lake') });
    Annotations.fromStack(stack).hasWarning('/Stack/Houses/Materializer', `${message} [ack: cdk-ml-serving:bucketEvents]`);
  });

  test('gives no warning if the materialization does not need notifications', () => {
    const stack = testStack();
    make(stack, Materialization.triggered(), { bucket: Bucket.fromBucketName(stack, 'Lake', 'lake') });
    expect(warnings(stack)).toEqual([]);
  });

  test('gives no warning if its template turns them on', () => {
    const stack = testStack();
    const bucket = new Bucket(stack, 'Lake');
    (bucket.node.defaultChild as CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    make(stack, Materialization.continuous(), { bucket });
    expect(warnings(stack)).toEqual([]);
  });

  test.each<[string, (stack: Stack) => IBucket]>([
    ['one of the app', (stack) => new Bucket(stack, 'Lake', { eventBridgeEnabled: true })],
    [
      'one that is imported',
      (stack) => {
        const bucket = Bucket.fromBucketName(stack, 'Lake', 'lake');
        bucket.enableEventBridgeNotification();
        return bucket;
      },
    ],
  ])('gives no warning if the app turns them on with the CDK: %s', (_, bucketIn) => {
    const stack = testStack();
    make(stack, Materialization.continuous(), { bucket: bucketIn(stack) });
    expect(warnings(stack)).toEqual([]);
  });

  test('gives a warning if it notifies other targets only', () => {
    const stack = testStack();
    const bucket = new Bucket(stack, 'Lake');
    bucket.addEventNotification(EventType.OBJECT_CREATED, new SnsDestination(new Topic(stack, 'Topic')));
    make(stack, Materialization.continuous(), { bucket });
    expect(warnings(stack)).toHaveLength(1);
  });

  test('of the table itself has notifications', () => {
    expect(warnings(make(testStack(), Materialization.continuous()).stack)).toEqual([]);
  });
});

describe('the metrics', () => {
  test.each([
    ['metricFreshness', MATERIALIZATION_METRICS.freshness, 'Maximum', 'Seconds'],
    ['metricRowsMaterialized', MATERIALIZATION_METRICS.rowsMaterialized, 'Sum', 'Count'],
    ['metricRowsRejected', MATERIALIZATION_METRICS.rowsRejected, 'Sum', 'Count'],
  ] as const)('%s is that which the runtime writes, of this function', (method, name, statistic, unit) => {
    const { stack, table } = make(testStack(), Materialization.continuous());
    expect(stack.resolve(table[method]().toMetricConfig().metricStat)).toMatchObject({
      namespace: 'CdkMlServing',
      metricName: name,
      statistic,
      unitFilter: unit,
      dimensions: [{ name: 'FunctionName', value: { Ref: expect.stringMatching('^HousesMaterializerFunction') } }],
    });
    expect(table[method]({ statistic: 'p99', period: Duration.hours(1) })).toMatchObject({ statistic: 'p99', period: Duration.hours(1) });
  });

  test('metricMaterializationFailures adds failed and crashed runs', () => {
    const { table } = make(testStack(), Materialization.continuous());
    const metric = table.metricMaterializationFailures({ period: Duration.minutes(1) });
    expect(metric.expression).toBe('FILL(reported, 0) + FILL(crashed, 0)');
    expect(metric.period).toEqual(Duration.minutes(1));
    const { reported, crashed } = metric.usingMetrics as Record<string, IMetric> as Record<'reported' | 'crashed', Metric>;
    expect([reported.namespace, reported.metricName]).toEqual(['CdkMlServing', MATERIALIZATION_METRICS.failures]);
    expect([crashed.namespace, crashed.metricName]).toEqual(['AWS/Lambda', 'Errors']);
  });
});

describe('the alarms', () => {
  test('go off at the first failure, and have no action', () => {
    const { table, template } = make(testStack(), Materialization.continuous());
    expect(table.materializer!.failureAlarm.node.path).toBe('Stack/Houses/Materializer/FailureAlarm');
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription: 'The materialization of the feature table house_features fails',
      AlarmName: Match.absent(),
      AlarmActions: Match.absent(),
      Threshold: 1,
      EvaluationPeriods: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
    });
  });

  const daily = Materialization.triggered({ schedule: Schedule.rate(Duration.days(1)) });

  test.each<[string, Materialization, { period?: Duration; evaluationPeriods?: number }, number, number]>([
    ['three sweeps in a row', Materialization.continuous(), {}, 300, 3],
    ['sweeps as they were asked for', Materialization.continuous({ sweep: Duration.minutes(30) }), {}, 1800, 3],
    ['a day where sweeps are rarer', Materialization.continuous({ sweep: Duration.days(2) }), {}, 86_400, 3],
    ['a day without a sweep', daily, {}, 86_400, 1],
    ['what was asked for', daily, { period: Duration.hours(2), evaluationPeriods: 4 }, 7200, 4],
  ])('watch freshness by %s', (_, materialization, options, period, evaluationPeriods) => {
    const stack = testStack();
    const table = new FeatureTable(stack, 'Houses', { ...HOUSES, offlineStore: OfflineStore.delta(), materialization });
    const alarm = table.addFreshnessAlarm('Stale', { maxAge: Duration.hours(3), ...options });
    expect(alarm.node.path).toBe('Stack/Houses/Stale');
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription: 'The online store of the feature table house_features is older than 3 hours',
      MetricName: 'Freshness',
      Statistic: 'Maximum',
      Period: period,
      EvaluationPeriods: evaluationPeriods,
      Threshold: 10_800,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'breaching',
    });
  });
});

test('references from another stack are weak', () => {
  const app = testApp();
  const table = new FeatureTable(new Stack(app, 'Tables'), 'Houses', {
    ...HOUSES,
    offlineStore: OfflineStore.delta(),
    materialization: Materialization.continuous(),
  });
  const stack = new Stack(app, 'Watching');
  table.grantMaterialize(new Role(stack, 'Caller', { assumedBy: new ServicePrincipal('states.amazonaws.com') }));
  table.metricFreshness().createAlarm(stack, 'Alarm', { threshold: 1, evaluationPeriods: 1 });
  const text = JSON.stringify(Template.fromStack(stack).toJSON());
  expect(text).toContain('"Fn::GetStackOutput":{"StackName":"Tables"');
  expect(text).not.toContain('Fn::ImportValue');
});

test('a materialization can be used by two tables', () => {
  const materialization = Materialization.continuous();
  const made = ['First', 'Second'].map((id) => {
    return new FeatureTable(testStack(), id, { ...HOUSES, offlineStore: OfflineStore.delta(), materialization });
  });
  expect(made.map(({ materializer }) => materializer!.node.path)).toEqual(['Stack/First/Materializer', 'Stack/Second/Materializer']);
});

describe('without a materialization', () => {
  test.each(['metricFreshness', 'metricRowsMaterialized', 'metricRowsRejected', 'metricMaterializationFailures'] as const)(
    '%s fails',
    (method) => {
      const table = new FeatureTable(testStack(), 'Houses', { ...HOUSES, offlineStore: OfflineStore.delta() });
      expect(() => table[method]()).toThrow(
        new Error(`Stack/Houses: expected a feature table with a \`materialization\`, got: \`${method}\` without one`),
      );
    },
  );

  test('addFreshnessAlarm and grantMaterialize fail', () => {
    const table = new FeatureTable(testStack(), 'Houses', { ...HOUSES, offlineStore: OfflineStore.delta() });
    const message = (method: string) => `Stack/Houses: expected a feature table with a \`materialization\`, got: \`${method}\` without one`;
    expect(() => table.addFreshnessAlarm('Stale', { maxAge: Duration.hours(1) })).toThrow(new Error(message('addFreshnessAlarm')));
    expect(() => table.grantMaterialize(new ServicePrincipal('states.amazonaws.com'))).toThrow(new Error(message('grantMaterialize')));
  });
});

describe('fails on', () => {
  const token = Duration.minutes(Lazy.number({ produce: () => 5 }));

  test.each<[string, Materialization, string]>([
    ['a sweep that is a token', Materialization.continuous({ sweep: token }), '`sweep` must be a literal, got: a token'],
    [
      'a sweep of no time',
      Materialization.continuous({ sweep: Duration.minutes(0) }),
      '`sweep` must be whole minutes, at least 1, got: 0 minutes',
    ],
    [
      'a sweep of a minute and a half',
      Materialization.continuous({ sweep: Duration.seconds(90) }),
      '`sweep` must be whole minutes, at least 1, got: 1.5 minutes',
    ],
    [
      'a retention that is a token',
      Materialization.snapshot({ tombstoneRetention: token }),
      '`tombstoneRetention` is part of the function and must be a literal, got: a token',
    ],
    [
      'a retention of no time',
      Materialization.snapshot({ tombstoneRetention: Duration.days(0) }),
      '`tombstoneRetention` must be whole seconds, at least 1, got: 0 seconds',
    ],
    [
      'a retention of half a second',
      Materialization.snapshot({ tombstoneRetention: Duration.millis(500) }),
      '`tombstoneRetention` must be whole seconds, at least 1, got: 0.5 seconds',
    ],
    [
      'less memory than Lambda has',
      Materialization.snapshot({ memorySize: Size.mebibytes(127) }),
      '`memorySize` must be a whole number of MiB from 128 to 10240, got: 127',
    ],
  ])('%s', (_, materialization, message) => {
    expect(() => make(testStack(), materialization)).toThrow(new Error(`Stack/Houses/Materializer: ${message}`));
  });

  test('a materialization without an offline store', () => {
    expect(() => make(testStack(), Materialization.snapshot(), {}, { offlineStore: undefined })).toThrow(
      new Error('Stack/Houses: `materialization` requires an `offlineStore`, got: none'),
    );
  });

  test('a checkout that is not built', () => {
    const before = fs.existsSync;
    const spy = jest.spyOn(fs, 'existsSync').mockImplementation((path) => !String(path).endsWith('materialize') && before(path));
    try {
      expect(() => make(testStack(), Materialization.snapshot())).toThrow(
        new Error(
          `Stack/Houses/Materializer: expected the built runtime, run \`npm run build:assets\`, got: nothing at ${join(process.cwd(), 'assets', 'materialize')}`,
        ),
      );
    } finally {
      spy.mockRestore();
    }
  });
});
