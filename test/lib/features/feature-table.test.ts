import { App, Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Column, ElementType, FeatureTable, type FeatureTableProps } from 'cdk-ml-serving';
import { featureTableSpec, type Resource } from '../../../bin/app/cloud-assembly';
import { tableSpecOf } from '../../../lib/features/feature-lookup';

const HOUSES: FeatureTableProps = {
  featureTableName: 'house_features',
  primaryKey: [Column.string('id')],
  timestampKey: Column.timestamp('updated_at'),
  features: [Column.integer('overall_qual', { defaultValue: 5 }), Column.array('embedding', ElementType.FLOAT, { shape: [4] })],
  maxAge: Duration.days(30),
  timeToLive: Duration.days(60),
};

function houses(props: Partial<FeatureTableProps> = {}): { stack: Stack; table: FeatureTable } {
  const stack = new Stack(new App(), 'Stack');
  return { stack, table: new FeatureTable(stack, 'Houses', { ...HOUSES, ...props }) };
}

function encrypted(): { stack: Stack; table: FeatureTable } {
  const stack = new Stack(new App(), 'Stack', { env: { region: 'eu-west-1' } });
  const encryption = TableEncryptionV2.customerManagedKey(new Key(stack, 'Key'));
  return { stack, table: new FeatureTable(stack, 'Houses', { ...HOUSES, encryption }) };
}

function role(stack: Stack): Role {
  return new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
}

describe('the online store', () => {
  test('is an on-demand table with one string key, a time to live and point-in-time recovery', () => {
    const { stack } = houses();
    Template.fromStack(stack).hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        TableName: Match.absent(),
        AttributeDefinitions: [{ AttributeName: '_key', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: '_key', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
        TimeToLiveSpecification: { AttributeName: '_ttl', Enabled: true },
        Replicas: [Match.objectLike({ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } })],
      },
    });
  });

  test('has the metadata that the command line reads', () => {
    const { stack } = houses();
    Template.fromStack(stack).hasResource('AWS::DynamoDB::GlobalTable', {
      Metadata: {
        'cdk-ml-serving:featureTable': {
          name: 'house_features',
          primaryKey: [{ name: 'id', type: 'string' }],
          timestampKey: { name: 'updated_at', type: 'timestamp' },
          features: [
            { name: 'overall_qual', type: 'integer', defaultValue: 5 },
            { name: 'embedding', type: { element: 'float', shape: [4] } },
          ],
          maxAgeSeconds: 2_592_000,
          timeToLiveSeconds: 5_184_000,
        },
      },
    });
  });

  test('has -1 for any length in its metadata, because a template cannot hold null', () => {
    const { stack } = houses({ features: [Column.array('pixels', ElementType.FLOAT, { shape: [-1, 2] })] });
    const [{ Metadata }] = Object.values(Template.fromStack(stack).findResources('AWS::DynamoDB::GlobalTable')) as [Resource];
    expect(Metadata!['cdk-ml-serving:featureTable']).toMatchObject({
      features: [{ name: 'pixels', type: { element: 'float', shape: [-1, 2] } }],
    });
    expect(featureTableSpec({ Type: '', Metadata })).toMatchObject({
      features: [{ name: 'pixels', type: { element: 'float', shape: [null, 2] } }],
    });
  });

  test('is deleted with the stack if its removal policy says so', () => {
    const { stack } = houses({ removalPolicy: RemovalPolicy.DESTROY });
    Template.fromStack(stack).hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'Delete' });
  });

  test("is encrypted with the user's key", () => {
    const { stack } = encrypted();
    Template.fromStack(stack).hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
    });
  });

  test('has the id of the construct as its default name', () => {
    expect(houses({ featureTableName: undefined }).table.featureTableName).toBe('Houses');
    expect(houses().table.featureTableName).toBe('house_features');
  });
});

describe('grants', () => {
  test('allow a reader to look up rows and nothing else', () => {
    const { stack, table } = houses();
    table.grantRead(role(stack));
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [{ Action: 'dynamodb:BatchGetItem', Effect: 'Allow', Resource: { 'Fn::GetAtt': ['HousesTable1E59D400', 'Arn'] } }],
      },
    });
  });

  test('allow a loader to write', () => {
    const { stack, table } = houses();
    table.grantWrite(role(stack));
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [Match.objectLike({ Action: ['dynamodb:BatchGetItem', 'dynamodb:PutItem'] })],
      },
    });
  });

  test.each([
    ['grantRead', ['kms:Decrypt']],
    ['grantWrite', ['kms:Decrypt', 'kms:Encrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*']],
  ] as const)('%s covers a customer managed key', (grant, actions) => {
    const { stack, table } = encrypted();
    table[grant](role(stack));
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: actions.length === 1 ? actions[0] : actions })]) },
    });
  });
});

describe('a table of another app', () => {
  test('can be looked up and granted like a new one', () => {
    const stack = new Stack(new App(), 'Stack');
    const { timeToLive, ...schema } = HOUSES;
    expect(timeToLive).toBeDefined();
    const table = FeatureTable.fromFeatureTableAttributes(stack, 'Imported', {
      ...schema,
      table: TableV2.fromTableArn(stack, 'Table', 'arn:aws:dynamodb:eu-west-1:123456789012:table/houses'),
    });
    table.grantRead(role(stack));
    expect(table.featureTableName).toBe('house_features');
    expect(table.tableName).toBe('houses');
    expect(table.tableArn).toBe('arn:aws:dynamodb:eu-west-1:123456789012:table/houses');
    expect(table.lookup({ lookupKey: ['id'] }).featureTable).toBe(table);
    Template.fromStack(stack).resourceCountIs('AWS::DynamoDB::GlobalTable', 0);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: [Match.objectLike({ Action: 'dynamodb:BatchGetItem', Resource: table.tableArn })] },
    });
  });

  test('fails on an invalid schema with its own path', () => {
    const stack = new Stack(new App(), 'Stack');
    const table = TableV2.fromTableName(stack, 'Table', 'houses');
    expect(() => FeatureTable.fromFeatureTableAttributes(stack, 'Imported', { table, primaryKey: [], features: [] })).toThrow(
      new Error('Stack/Imported: `primaryKey` must have at least one column, got: none'),
    );
  });
});

describe('references from another stack', () => {
  function twoStacks(withTable: boolean, withReader: boolean): { tables: Template; endpoints: Template } {
    const app = new App();
    const tableStack = new Stack(app, 'Tables');
    const table = new FeatureTable(tableStack, 'Houses', HOUSES);
    const endpointStack = new Stack(app, 'Endpoints');
    if (withReader) table.grantRead(role(endpointStack));
    if (withTable) new FeatureTable(tableStack, 'More', { ...HOUSES, featureTableName: 'more' });
    return { tables: Template.fromStack(tableStack), endpoints: Template.fromStack(endpointStack) };
  }

  test('are weak: nothing is exported, and the reader looks up a stack output', () => {
    const { tables, endpoints } = twoStacks(false, true);
    const outputs = tables.findOutputs('*');
    expect(Object.values(outputs).map((output) => output.Export)).toEqual(Object.values(outputs).map(() => undefined));
    endpoints.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({
            Resource: { 'Fn::GetStackOutput': Match.objectLike({ StackName: 'Tables', OutputName: Object.keys(outputs)[0] }) },
          }),
        ],
      },
    });
  });

  test('do not block changes of the table, which depends on none of its readers', () => {
    expect(twoStacks(true, true).endpoints.toJSON()).toEqual(twoStacks(false, true).endpoints.toJSON());
  });

  test('do not block the deletion of the reader, because no import holds the output', () => {
    expect(JSON.stringify(twoStacks(false, true).endpoints.toJSON())).not.toContain('Fn::ImportValue');
    expect(twoStacks(false, false).tables.findOutputs('*')).toEqual({});
  });
});

describe('fails on', () => {
  const token = Lazy.string({ produce: () => 'later' });
  const numberToken = Lazy.number({ produce: () => 60 });

  test.each<[string, Partial<FeatureTableProps>, string]>([
    [
      'a name that is a token',
      { featureTableName: token },
      '`featureTableName` is part of the endpoint spec and must be a literal, got: a token',
    ],
    ['an empty name', { featureTableName: '' }, "`featureTableName` must match ^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$, got: ''"],
    ['a name with a slash', { featureTableName: 'a/b' }, "`featureTableName` must match ^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$, got: 'a/b'"],
    ['no primary key', { primaryKey: [] }, '`primaryKey` must have at least one column, got: none'],
    ...(['float', 'double', 'binary'] as const).map((type): [string, Partial<FeatureTableProps>, string] => [
      `a key of type ${type}`,
      { primaryKey: [Column[type]('id')] },
      `\`primaryKey\` must have columns of type string, integer, long, boolean, date, timestamp, got: ${type} for 'id'`,
    ]),
    [
      'an array as key',
      { primaryKey: [Column.array('id', ElementType.STRING, { shape: [-1, 2] })] },
      "`primaryKey` must have columns of type string, integer, long, boolean, date, timestamp, got: array<string>[?,2] for 'id'",
    ],
    [
      'a nullable key',
      { primaryKey: [Column.string('id', { nullable: true })] },
      "`primaryKey` must not be nullable, got: `nullable` for 'id'",
    ],
    [
      'a key with a default',
      { primaryKey: [Column.long('id', { defaultValue: 0 })] },
      "`primaryKey` must not have a default, got: `defaultValue` for 'id'",
    ],
    [
      'a timestamp key of another type',
      { timestampKey: Column.date('day') },
      "`timestampKey` must be a column of type timestamp, got: date for 'day'",
    ],
    [
      'a nullable timestamp key',
      { timestampKey: Column.timestamp('at', { nullable: true }) },
      "`timestampKey` must not be nullable, got: `nullable` for 'at'",
    ],
    [
      'a timestamp key with a default',
      { timestampKey: Column.timestamp('at', { defaultValue: '2020-01-01T00:00:00Z' }) },
      "`timestampKey` must not have a default, got: `defaultValue` for 'at'",
    ],
    ['no feature', { features: [] }, '`features` must have at least one column, got: none'],
    ['a reserved name', { features: [Column.float('_ts')] }, "the name of a feature must not start with an underscore, got: '_ts'"],
    [
      'one name for two features',
      { features: [Column.float('a'), Column.double('a')] },
      "columns of a feature table must have distinct names, got: 'a' twice",
    ],
    [
      'the name of the key for a feature',
      { features: [Column.float('id')] },
      "columns of a feature table must have distinct names, got: 'id' twice",
    ],
    [
      'the name of the timestamp key for a feature',
      { features: [Column.float('updated_at')] },
      "columns of a feature table must have distinct names, got: 'updated_at' twice",
    ],
    [
      'an age without a timestamp key',
      { timestampKey: undefined, timeToLive: undefined },
      '`maxAge` counts from the event time of a row and requires a `timestampKey`, got: none',
    ],
    [
      'a time to live without a timestamp key',
      { timestampKey: undefined, maxAge: undefined },
      '`timeToLive` counts from the event time of a row and requires a `timestampKey`, got: none',
    ],
    [
      'an age that is a token',
      { maxAge: Duration.seconds(numberToken) },
      '`maxAge` is part of the endpoint spec and must be a literal, got: a token',
    ],
    ['an age of no time', { maxAge: Duration.seconds(0) }, '`maxAge` must be whole seconds, at least 1, got: 0'],
    ['a time to live of half a second', { timeToLive: Duration.millis(500) }, '`timeToLive` must be whole seconds, at least 1, got: 0.5'],
    [
      'a time to live below the age',
      { maxAge: Duration.minutes(2), timeToLive: Duration.seconds(119) },
      '`timeToLive` must be at least `maxAge` (120 seconds), got: 119 seconds',
    ],
  ])('%s', (_, props, message) => {
    expect(() => houses(props)).toThrow(new Error(`Stack/Houses: ${message}`));
  });
});

test('a time to live may equal the age', () => {
  expect(tableSpecOf(houses({ timeToLive: HOUSES.maxAge }).table)).toMatchObject({
    maxAgeSeconds: 2_592_000,
    timeToLiveSeconds: 2_592_000,
  });
});

test('a column can be used by two tables', () => {
  const stack = new Stack(new App(), 'Stack');
  const first = new FeatureTable(stack, 'First', { ...HOUSES, featureTableName: 'first' });
  const second = new FeatureTable(new Stack(), 'Second', { ...HOUSES, featureTableName: 'second' });
  expect(tableSpecOf(second).features).toEqual(tableSpecOf(first).features);
});

test('a grant to a principal without a policy has no effect', () => {
  const { table } = houses();
  expect(table.grantRead(new AnyPrincipal()).principalStatements).toEqual([]);
});
