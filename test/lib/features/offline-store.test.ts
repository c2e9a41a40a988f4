import { App, Aspects, Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, CfnBucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import {
  Column,
  type DeltaStoreOptions,
  ElementType,
  FeatureTable,
  type FeatureTableProps,
  type IFeatureTable,
  OfflineStore,
} from 'cdk-ml-serving';

const HOUSES: FeatureTableProps = {
  featureTableName: 'house_features',
  primaryKey: [Column.string('id')],
  timestampKey: Column.timestamp('updated_at'),
  features: [Column.integer('overall_qual')],
};

type Options = (stack: Stack) => DeltaStoreOptions;

function houses(options: Options = () => ({}), props: Partial<FeatureTableProps> = {}): { stack: Stack; table: FeatureTable } {
  const stack = new Stack(new App(), 'Stack');
  return { stack, table: new FeatureTable(stack, 'Houses', { ...HOUSES, offlineStore: OfflineStore.delta(options(stack)), ...props }) };
}

const given: Options = (stack) => ({ bucket: Bucket.fromBucketName(stack, 'Given', 'lake') });

function role(stack: Stack): Role {
  return new Role(stack, 'Role', { assumedBy: new ServicePrincipal('glue.amazonaws.com') });
}

describe('the bucket of an offline store', () => {
  test('is private, encrypted, versioned and retained, with a lifecycle rule and EventBridge notifications', () => {
    Template.fromStack(houses().stack).hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BucketName: Match.absent(),
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
        VersioningConfiguration: { Status: 'Enabled' },
        LifecycleConfiguration: {
          Rules: [
            Match.objectLike({
              AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
              NoncurrentVersionExpiration: { NoncurrentDays: 30 },
              ExpiredObjectDeleteMarker: true,
              Status: 'Enabled',
            }),
          ],
        },
        NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
      },
    });
  });

  test('accepts TLS only', () => {
    Template.fromStack(houses().stack).hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: [Match.objectLike({ Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })],
      },
    });
  });

  test("is encrypted with the user's key", () => {
    Template.fromStack(houses((stack) => ({ encryptionKey: new Key(stack, 'Key') })).stack).hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          {
            BucketKeyEnabled: true,
            ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] } },
          },
        ],
      },
    });
  });

  test('keeps replaced and deleted files for the given time', () => {
    const { stack } = houses(() => ({ noncurrentVersionExpiration: Duration.days(2) }));
    Template.fromStack(stack).hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: { Rules: [Match.objectLike({ NoncurrentVersionExpiration: { NoncurrentDays: 2 } })] },
    });
  });

  test('is deleted with the table without a custom resource', () => {
    const template = Template.fromStack(houses(undefined, { removalPolicy: RemovalPolicy.DESTROY }).stack);
    template.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Delete' });
    expect(Object.values(template.toJSON().Resources as Record<string, { Type: string }>).map(({ Type }) => Type)).toEqual([
      'AWS::DynamoDB::GlobalTable',
      'AWS::S3::Bucket',
      'AWS::S3::BucketPolicy',
      'AWS::Glue::Table',
      'AWS::Glue::Database',
    ]);
  });

  test('can be an existing bucket', () => {
    const { stack, table } = houses(given);
    expect(table.offlineBucket?.bucketName).toBe('lake');
    Template.fromStack(stack).resourceCountIs('AWS::S3::Bucket', 0);
  });

  test('can be changed by an aspect', () => {
    const { stack } = houses();
    Aspects.of(stack).add({
      visit: (node) => {
        if (node instanceof CfnBucket) node.loggingConfiguration = { logFilePrefix: 'access/' };
      },
    });
    Template.fromStack(stack).hasResourceProperties('AWS::S3::Bucket', { LoggingConfiguration: { LogFilePrefix: 'access/' } });
  });
});

test('the command line finds the offline store in the metadata of the online store', () => {
  Template.fromStack(houses().stack).hasResource('AWS::DynamoDB::GlobalTable', {
    Metadata: { 'cdk-ml-serving:offlineStore': { bucket: { Ref: 'HousesBucket4D36FA59' }, prefix: 'house_features' } },
  });
});

test.each<[string, Options, string]>([
  ['the name of the feature table by default', () => ({}), 'house_features'],
  ['given folders', () => ({ prefix: 'warehouse/gold/Houses 1' }), 'warehouse/gold/Houses 1'],
  ["the bucket's root when asked", () => ({ prefix: '' }), ''],
])('the folder is %s', (_, options, prefix) => {
  const { stack, table } = houses(options);
  expect(table.offlinePrefix).toBe(prefix);
  Template.fromStack(stack).hasResource('AWS::DynamoDB::GlobalTable', {
    Metadata: { 'cdk-ml-serving:offlineStore': Match.objectLike({ prefix }) },
  });
});

describe('the AWS Glue Data Catalog', () => {
  const location = { 'Fn::Join': ['', ['s3://', { Ref: 'HousesBucket4D36FA59' }, '/house_features/']] };

  test('lists the table with the parameters of Athena, Spark and Trino for Delta Lake', () => {
    Template.fromStack(houses().stack).hasResourceProperties('AWS::Glue::Table', {
      CatalogId: { Ref: 'AWS::AccountId' },
      DatabaseName: { Ref: Match.stringLikeRegexp('^MlServingFeatureTablesDatabase') },
      TableInput: {
        Name: 'house_features',
        TableType: 'EXTERNAL_TABLE',
        Parameters: { table_type: 'DELTA', 'spark.sql.sources.provider': 'delta', classification: 'delta', EXTERNAL: 'TRUE' },
        StorageDescriptor: {
          Location: location,
          InputFormat: 'org.apache.hadoop.mapred.SequenceFileInputFormat',
          OutputFormat: 'org.apache.hadoop.hive.ql.io.HiveSequenceFileOutputFormat',
          SerdeInfo: {
            SerializationLibrary: 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe',
            Parameters: { path: location, 'serialization.format': '1' },
          },
        },
      },
    });
  });

  test.each<[string, Column]>([
    ['boolean', Column.boolean('a')],
    ['int', Column.integer('a')],
    ['bigint', Column.long('a')],
    ['float', Column.float('a')],
    ['double', Column.double('a')],
    ['string', Column.string('a')],
    ['binary', Column.binary('a')],
    ['date', Column.date('a')],
    ['timestamp', Column.timestamp('a')],
    ['array<bigint>', Column.array('a', ElementType.LONG, { shape: [3] })],
    ['array<array<float>>', Column.array('a', ElementType.FLOAT, { shape: [-1, 2] })],
  ])('lists a column as %s', (type, column) => {
    Template.fromStack(houses(undefined, { features: [column] }).stack).hasResourceProperties('AWS::Glue::Table', {
      TableInput: {
        StorageDescriptor: {
          Columns: [
            { Name: 'id', Type: 'string' },
            { Name: 'updated_at', Type: 'timestamp' },
            { Name: 'a', Type: type },
          ],
        },
      },
    });
  });

  test('has one database with a generated name for the tables of a stack', () => {
    const { stack } = houses();
    new FeatureTable(stack, 'Towns', { ...HOUSES, featureTableName: 'Towns.2024-a', offlineStore: OfflineStore.delta() });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::Glue::Database', 1);
    template.hasResourceProperties('AWS::Glue::Database', {
      DatabaseName: Match.absent(),
      DatabaseInput: { Name: Match.absent() },
    });
    template.hasResourceProperties('AWS::Glue::Table', { TableInput: { Name: 'towns_2024_a' } });
  });

  test('lists the table in an existing database', () => {
    const template = Template.fromStack(houses(() => ({ databaseName: 'features' })).stack);
    template.hasResourceProperties('AWS::Glue::Table', { DatabaseName: 'features' });
    template.resourceCountIs('AWS::Glue::Database', 0);
  });

  test('fails on two names that are equal in SQL', () => {
    const { stack } = houses();
    const again = () =>
      new FeatureTable(stack, 'Again', { ...HOUSES, featureTableName: 'House-Features', offlineStore: OfflineStore.delta() });
    expect(again).toThrow(
      new Error(
        "Stack/Again: offline stores must have distinct names in the AWS Glue database, got: 'house_features' for Stack/Houses too; set `featureTableName`",
      ),
    );
  });
});

describe('grants', () => {
  const list = {
    Action: 's3:ListBucket',
    Effect: 'Allow',
    Condition: { StringLike: { 's3:prefix': ['house_features', 'house_features/*'] } },
    Resource: { 'Fn::GetAtt': ['HousesBucket4D36FA59', 'Arn'] },
  };
  const files = { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['HousesBucket4D36FA59', 'Arn'] }, '/house_features/*']] };

  function statements(stack: Stack): unknown {
    const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    return policy!.Properties.PolicyDocument.Statement;
  }

  test('allow a reader to read the folder and nothing else', () => {
    const { stack, table } = houses();
    table.grantReadOffline(role(stack));
    expect(statements(stack)).toEqual([{ Action: 's3:GetObject', Effect: 'Allow', Resource: files }, list]);
  });

  test('allow a writer to read, write and delete in the folder', () => {
    const { stack, table } = houses();
    table.grantWriteOffline(role(stack));
    const actions = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'];
    expect(statements(stack)).toEqual([{ Action: actions, Effect: 'Allow', Resource: files }, list]);
  });

  test("cover the bucket where the folder is the bucket's root", () => {
    const { stack, table } = houses(() => ({ prefix: '' }));
    table.grantReadOffline(role(stack));
    expect(statements(stack)).toEqual([
      { Action: 's3:GetObject', Effect: 'Allow', Resource: { 'Fn::Join': ['', [list.Resource, '/*']] } },
      { Action: 's3:ListBucket', Effect: 'Allow', Resource: list.Resource },
    ]);
  });

  test.each([
    ['grantReadOffline', 'kms:Decrypt'],
    ['grantWriteOffline', ['kms:Decrypt', 'kms:Encrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*']],
  ] as const)('%s covers a customer managed key', (grant, action) => {
    const { stack, table } = houses((scope) => ({ encryptionKey: new Key(scope, 'Key') }));
    table[grant](role(stack));
    expect(statements(stack)).toContainEqual({ Action: action, Effect: 'Allow', Resource: { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] } });
  });

  test.each(['grantReadOffline', 'grantWriteOffline'] as const)('%s fails without an offline store', (grant) => {
    const { stack, table } = houses(undefined, { offlineStore: undefined });
    expect(() => table[grant](role(stack))).toThrow(
      new Error(`Stack/Houses: expected a feature table with an \`offlineStore\`, got: \`${grant}\` without one`),
    );
  });

  test('in another stack have weak references to the bucket', () => {
    const app = new App();
    const table = new FeatureTable(new Stack(app, 'Tables'), 'Houses', { ...HOUSES, offlineStore: OfflineStore.delta() });
    const stack = new Stack(app, 'Training');
    table.grantReadOffline(role(stack));
    const text = JSON.stringify(statements(stack));
    expect(text).toContain('"Fn::GetStackOutput":{"StackName":"Tables"');
    expect(text).not.toContain('Fn::ImportValue');
  });
});

describe('a table of another app', () => {
  const imported = (attributes: { offlineBucket?: boolean; offlinePrefix?: string }): { stack: Stack; table: IFeatureTable } => {
    const { stack, table } = houses();
    return {
      stack,
      table: FeatureTable.fromFeatureTableAttributes(stack, 'Imported', {
        ...HOUSES,
        table: table.table,
        offlinePrefix: attributes.offlinePrefix,
        offlineBucket: attributes.offlineBucket ? Bucket.fromBucketName(stack, 'Lake', 'lake') : undefined,
      }),
    };
  };

  test.each([
    [undefined, 'house_features'],
    ['gold/houses', 'gold/houses'],
    ['', ''],
  ])('grants its folder, prefix %s', (offlinePrefix, expected) => {
    const { stack, table } = imported({ offlineBucket: true, offlinePrefix });
    expect([table.offlineBucket?.bucketName, table.offlinePrefix]).toEqual(['lake', expected]);
    table.grantReadOffline(role(stack));
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 's3:GetObject',
            Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:s3:::lake/${expected === '' ? '' : `${expected}/`}*`]] },
          }),
        ]),
      },
    });
  });

  test('has no offline store by default', () => {
    const { table } = imported({});
    expect([table.offlineBucket, table.offlinePrefix]).toEqual([undefined, undefined]);
  });

  test.each([
    [false, 'gold', '`offlinePrefix` requires an `offlineBucket`, got: none'],
    [
      true,
      'gold/',
      "`offlinePrefix` must be folders of letters, digits, blanks and _!.'()=+,:@&- with one slash between them, got: 'gold/'",
    ],
  ])('fails on an invalid prefix', (offlineBucket, offlinePrefix, message) => {
    expect(() => imported({ offlineBucket, offlinePrefix })).toThrow(new Error(`Stack/Imported: ${message}`));
  });
});

describe('fails on', () => {
  const prefixMessage = (got: string) =>
    `\`prefix\` must be folders of letters, digits, blanks and _!.'()=+,:@&- with one slash between them, got: '${got}'`;

  test.each<[string, Options, string]>([
    ['a prefix that is a token', () => ({ prefix: Lazy.string({ produce: () => 'a' }) }), '`prefix` must be a literal, got: a token'],
    ...['/a', 'a/', 'a//b', 'a/../b', './a', 'a*', 'a?', 'a\\b', '${a}', 's3://a/b'].map((prefix): [string, Options, string] => [
      `the prefix ${prefix}`,
      () => ({ prefix }),
      prefixMessage(prefix),
    ]),
    [
      'a key beside a bucket',
      (stack) => ({ ...given(stack), encryptionKey: new Key(stack, 'Key') }),
      '`encryptionKey` configures a new bucket and cannot be set together with `bucket`, got: both',
    ],
    [
      'an expiration beside a bucket',
      (stack) => ({ ...given(stack), noncurrentVersionExpiration: Duration.days(1) }),
      '`noncurrentVersionExpiration` configures a new bucket and cannot be set together with `bucket`, got: both',
    ],
    [
      'an expiration of no time',
      () => ({ noncurrentVersionExpiration: Duration.days(0) }),
      '`noncurrentVersionExpiration` must be whole days, at least 1, got: 0 days',
    ],
    [
      'an expiration of half a day',
      () => ({ noncurrentVersionExpiration: Duration.hours(12) }),
      '`noncurrentVersionExpiration` must be whole days, at least 1, got: 0.5 days',
    ],
  ])('%s', (_, options, message) => {
    expect(() => houses(options)).toThrow(new Error(`Stack/Houses: ${message}`));
  });

  test.each<[string, Column[], string]>([
    ...[' ', ',', ';', '{', '}', '(', ')', '\n', '\t', '='].map((sign): [string, Column[], string] => [
      `${JSON.stringify(sign)} in a name`,
      [Column.float(`a${sign}b`)],
      `column names of an offline store must not contain a blank or any of ,;{}()=, got: ${JSON.stringify(`a${sign}b`)}`,
    ]),
    [
      'a name that the catalog has no room for',
      [Column.float('a'.repeat(256))],
      `column names of an offline store must have at most 255 characters, got: 256 in '${'a'.repeat(20)}…'`,
    ],
    [
      'names that differ in case alone',
      [Column.float('ID')],
      "column names of an offline store must differ in more than letter case, got: 'id' and 'ID'",
    ],
  ])('%s', (_, features, message) => {
    expect(() => houses(undefined, { features })).toThrow(new Error(`Stack/Houses: ${message}`));
    expect(() => houses(undefined, { features, offlineStore: undefined })).not.toThrow();
  });
});

test('a store can be used by two tables', () => {
  const offlineStore = OfflineStore.delta();
  const made = ['First', 'Second'].map((id) => new FeatureTable(new Stack(), id, { ...HOUSES, offlineStore }));
  expect(made.map(({ offlineBucket }) => offlineBucket!.node.path)).toEqual(['Default/First/Bucket', 'Default/Second/Bucket']);
});

describe('of the tables in one bucket', () => {
  function add(stack: Stack, bucket: IBucket, id: string, prefix: string | undefined) {
    return new FeatureTable(stack, id, { ...HOUSES, featureTableName: id, offlineStore: OfflineStore.delta({ bucket, prefix }) });
  }

  test.each([
    ['features', 'features_new'],
    ['a/b', 'a/c'],
    [undefined, undefined],
  ])('can have different folders: %s and %s', (first, second) => {
    const stack = new Stack();
    const bucket = Bucket.fromBucketName(stack, 'Lake', 'lake');
    add(stack, bucket, 'First', first);
    expect(() => add(stack, bucket, 'Second', second)).not.toThrow();
  });

  test.each([
    ['houses', 'houses'],
    ['houses', 'houses/new'],
    ['houses/new', 'houses'],
    ['', 'houses'],
    ['houses', ''],
  ])('cannot overlap: fails on %j and %j', (first, second) => {
    const stack = new Stack();
    const bucket = Bucket.fromBucketName(stack, 'Lake', 'lake');
    add(stack, bucket, 'First', first);
    expect(() => add(stack, bucket, 'Second', second)).toThrow(
      new Error(
        `Default/Second: \`prefix\` must not overlap with another offline store in the bucket, got: '${second}' beside '${first}' of Default/First`,
      ),
    );
  });
});
