import { Duration, type Stack, Size, Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { InferenceTable, type InferenceTableProps, Sampling, ServedEntity, ServingEndpoint } from '../../../lib';
import { endpointFiles, HOUSE_COLUMNS, houseModel, testStack } from '../../helpers/app';

function makeTable(props: InferenceTableProps = {}): { stack: Stack; table: InferenceTable; endpoint: ServingEndpoint } {
  const stack = testStack();
  const table = new InferenceTable(stack, 'Log', props);
  const endpoint = new ServingEndpoint(stack, 'prices', {
    servedEntities: [ServedEntity.model('model_A', houseModel(stack).version('1'))],
    inferenceTable: table,
  });
  return { stack, table, endpoint };
}

describe('the endpoint spec', () => {
  test('stores all requests up to 48 KiB by default', () => {
    expect(endpointFiles(makeTable().stack).spec.inferenceTable).toEqual({ sampledShare: 1, maxPayloadBytes: 49_152 });
  });

  test('contains the share, the redacted columns and the size', () => {
    const { stack } = makeTable({ sampling: Sampling.share(0.1), redactedColumns: ['lot_area'], maxPayload: Size.kibibytes(100) });
    expect(endpointFiles(stack).spec.inferenceTable).toEqual({
      sampledShare: 0.1,
      redactedColumns: ['lot_area'],
      maxPayloadBytes: 102_400,
    });
  });

  test('contains nothing without an inference table', () => {
    const stack = testStack();
    new ServingEndpoint(stack, 'prices', { servedEntities: [ServedEntity.model('model_A', houseModel(stack).version('1'))] });
    expect(endpointFiles(stack).spec).not.toHaveProperty('inferenceTable');
  });
});

describe('fails on', () => {
  test.each([0, -0.1, 1.1, Number.NaN])('a share of %d', (share) => {
    expect(() => makeTable({ sampling: Sampling.share(share) })).toThrow(
      new Error(`Stack/Log: \`sampling\` must be above 0 and at most 1, got: ${share}`),
    );
  });

  test('a share that is a token', () => {
    expect(() => makeTable({ sampling: Sampling.share(Token.asNumber({ Ref: 'Share' })) })).toThrow(
      new Error('Stack/Log: `sampling` is part of the endpoint spec and must be a literal, got: a token'),
    );
  });

  test.each([1023, 256 * 1024 + 1])('payloads of up to %d bytes', (bytes) => {
    expect(() => makeTable({ maxPayload: Size.bytes(bytes) })).toThrow(
      new Error(`Stack/Log: \`maxPayload\` must be from 1 KiB to 256 KiB, got: ${bytes} bytes`),
    );
  });

  test('a redacted column that the endpoint does not have', () => {
    const known = [...HOUSE_COLUMNS, 'variable'].sort().join(', ');
    expect(() => makeTable({ redactedColumns: ['lot_aera'] })).toThrow(
      new Error(
        `Stack/Log: \`redactedColumns\` must be columns of the endpoint's requests, features or answers (${known}), got: 'lot_aera'`,
      ),
    );
  });

  test.each([Duration.hours(36), Duration.days(0)])('a retention of %s', (retention) => {
    expect(() => makeTable({ retention })).toThrow(
      new Error(`Stack/Log: \`retention\` must be whole days, at least 1, got: ${retention.toDays({ integral: false })} days`),
    );
  });

  test('a second endpoint', () => {
    const { stack, table } = makeTable();
    const servedEntities = [ServedEntity.model('model_A', houseModel(stack, 'Other').version('1'))];
    expect(() => new ServingEndpoint(stack, 'others', { servedEntities, inferenceTable: table })).toThrow(
      new Error('Stack/Log: an inference table belongs to one endpoint, got: a second one, Stack/others'),
    );
  });

  test('no endpoint', () => {
    const stack = testStack();
    new InferenceTable(stack, 'Log');
    expect(() => Template.fromStack(stack)).toThrow(
      '[Stack/Log] an inference table must be the `inferenceTable` of an endpoint, got: an inference table that no endpoint uses',
    );
  });
});

test('only the log lines of stored requests are delivered', () => {
  Template.fromStack(makeTable().stack).hasResourceProperties('AWS::Logs::SubscriptionFilter', {
    FilterPattern: '{ $.inference.sampling_fraction > 0 }',
    LogGroupName: { Ref: Match.stringLikeRegexp('^pricesFunctionLog') },
  });
});

test('raw objects are private and deleted after seven days; rows are retained', () => {
  const template = Template.fromStack(makeTable().stack);
  const day = { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 }, Status: 'Enabled' };
  const buckets = Object.values(template.findResources('AWS::S3::Bucket')).map(({ Properties }) => Properties as Record<string, unknown>);
  expect(buckets.map(({ LifecycleConfiguration }) => LifecycleConfiguration)).toEqual([
    { Rules: [{ ...day, Id: 'Clean up' }] },
    { Rules: [{ ...day, Id: 'Expire', ExpirationInDays: 7 }] },
  ]);
  for (const { PublicAccessBlockConfiguration, BucketEncryption } of buckets) {
    expect(PublicAccessBlockConfiguration).toEqual(
      Object.fromEntries(['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'].map((name) => [name, true])),
    );
    expect(BucketEncryption).toBeDefined();
  }
  template.resourcePropertiesCountIs(
    'AWS::S3::BucketPolicy',
    { PolicyDocument: { Statement: [Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })] } },
    2,
  );
});

test('with a retention, old days are removed daily and their files a week later', () => {
  const template = Template.fromStack(makeTable({ retention: Duration.days(30) }).stack);
  template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 day)' });
  template.hasResourceProperties('AWS::S3::Bucket', {
    LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: 37, Prefix: 'inference/date=' })] },
  });
});

test('a renamed endpoint keeps the folder and the lifecycle rule of its rows', () => {
  const bucketsOf = (endpointName: string) => {
    const stack = testStack();
    const inferenceTable = new InferenceTable(stack, 'Log', { retention: Duration.days(30) });
    const servedEntities = [ServedEntity.model('model_A', houseModel(stack).version('1'))];
    new ServingEndpoint(stack, 'Prices', { endpointName, servedEntities, inferenceTable });
    return Template.fromStack(stack).findResources('AWS::S3::Bucket');
  };
  expect(bucketsOf('after')).toEqual(bucketsOf('before'));
});

test('a given bucket receives the rows, and the function may read and write its files', () => {
  const stack = testStack();
  const bucket = Bucket.fromBucketName(stack, 'Bucket', 'logs');
  const table = new InferenceTable(stack, 'Log', { bucket, prefix: 'requests' });
  new ServingEndpoint(stack, 'prices', {
    servedEntities: [ServedEntity.model('model_A', houseModel(stack).version('1'))],
    inferenceTable: table,
  });
  expect(table.bucket).toBe(bucket);
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Action: ['s3:GetObject', 's3:PutObject'],
          Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::logs/requests/*']] },
        }),
      ]),
    },
  });
});

test('the AWS Glue table has the columns with the types of Hive', () => {
  Template.fromStack(makeTable().stack).hasResourceProperties('AWS::Glue::Table', {
    TableInput: {
      Name: 'prices_inference',
      StorageDescriptor: {
        Columns: Match.arrayWith([
          { Name: 'timestamp_ms', Type: 'bigint' },
          { Name: 'status_code', Type: 'int' },
          { Name: 'request_metadata', Type: 'map<string,string>' },
        ]),
      },
    },
  });
});
