import { type App, Fn, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Column, FeatureSpec, FeatureTable, InferenceTable, OfflineStore, OnlineStore, ServedEntity, ServingEndpoint } from '../../lib';
import { testApp } from '../helpers/app';

const HERE = { account: '111111111111', region: 'eu-west-1' };
const ELSEWHERE = [
  ['another region', { ...HERE, region: 'us-east-1' }, '111111111111/us-east-1'],
  ['another account', { ...HERE, account: '222222222222' }, '222222222222/eu-west-1'],
  ['an unknown environment', undefined, 'unknown/unknown'],
] as const;

const SCHEMA = { primaryKey: [Column.string('id')], features: [Column.long('clicks')] };

function clicks(app: App): FeatureTable {
  return new FeatureTable(new Stack(app, 'Tables', { env: HERE }), 'Clicks', { ...SCHEMA, offlineStore: OfflineStore.delta() });
}

function role(app: App, env: typeof HERE | undefined): Role {
  return new Role(new Stack(app, 'Roles', { env }), 'Reader', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
}

function serve(stack: Stack, table: FeatureTable, inferenceTable?: InferenceTable): ServingEndpoint {
  const features = new FeatureSpec({ lookups: [table.lookup({ lookupKey: ['id'] })] });
  return new ServingEndpoint(stack, 'features', { servedEntities: [ServedEntity.featureSpec('entity', features)], inferenceTable });
}

describe.each(ELSEWHERE)('in %s', (_, env, text) => {
  test('an endpoint fails to look up a table', () => {
    const app = testApp();
    const table = clicks(app);
    expect(() => serve(new Stack(app, 'Serving', { env }), table)).toThrow(
      new Error(
        `Serving/features/Function: the online store of feature table 'Clicks' must be in account and region ${text}, got: 111111111111/eu-west-1 for Tables/Clicks/Table; use a table or a replica in the same region, imported with FeatureTable.fromFeatureTableAttributes`,
      ),
    );
  });

  test.each(['grantRead', 'grantWrite', 'grantReadOffline', 'grantWriteOffline'] as const)('%s fails on a role', (method) => {
    const app = testApp();
    const table = clicks(app);
    const reader = role(app, env);
    expect(() => table[method](reader)).toThrow(
      new Error(
        `Tables/Clicks: \`${method}\` must get a principal of a stack in account and region 111111111111/eu-west-1, got: ${text} for Roles/Reader; import the role in the stack of the resource with Role.fromRoleArn`,
      ),
    );
    // the CDK would have given the table a name, and CloudFormation would replace it
    Template.fromStack(table.stack).hasResourceProperties('AWS::DynamoDB::GlobalTable', { TableName: Match.absent() });
  });

  test('a feature table fails on an existing online store', () => {
    const app = testApp();
    const existing = new FeatureTable(new Stack(app, 'Other', { env }), 'Clicks', SCHEMA).table;
    const stack = new Stack(app, 'Tables', { env: HERE });
    expect(
      () => new FeatureTable(stack, 'Clicks', { ...SCHEMA, onlineStore: OnlineStore.existing(existing, { attributes: { id: '_key' } }) }),
    ).toThrow(
      new Error(
        `Tables/Clicks: the table of \`onlineStore\` must be in account and region 111111111111/eu-west-1, got: ${text} for Other/Clicks/Table; use a table or a replica in this region`,
      ),
    );
  });

  test('an offline store and an inference table fail on a bucket', () => {
    const app = testApp();
    const bucket = new Bucket(new Stack(app, 'Other', { env }), 'Bucket');
    const stack = new Stack(app, 'Tables', { env: HERE });
    const message = (what: string) =>
      new Error(`${what} must be in account and region 111111111111/eu-west-1, got: ${text} for Other/Bucket; use a bucket in this region`);
    expect(() => new FeatureTable(stack, 'Clicks', { ...SCHEMA, offlineStore: OfflineStore.delta({ bucket }) })).toThrow(
      message('Tables/Clicks: `bucket` of an offline store'),
    );
    const table = new FeatureTable(stack, 'Visits', SCHEMA);
    expect(() => serve(stack, table, new InferenceTable(stack, 'Log', { bucket }))).toThrow(
      message('Tables/Log: `bucket` of an inference table'),
    );
  });
});

test('an imported table fails in another region, and works where its region is not known', () => {
  const stack = new Stack(testApp(), 'Tables', { env: HERE });
  const importTable = (id: string, region: string) => {
    const table = TableV2.fromTableArn(stack, `${id}Table`, `arn:aws:dynamodb:${region}:111111111111:table/clicks`);
    return FeatureTable.fromFeatureTableAttributes(stack, id, { ...SCHEMA, table });
  };
  expect(importTable('Here', 'eu-west-1').env.region).toBe('eu-west-1');
  expect(importTable('Unknown', Fn.ref('Region'))).toBeDefined();
  expect(() => importTable('There', 'us-east-1')).toThrow(
    new Error(
      'Tables/There: the `table` of an imported feature table must be in account and region 111111111111/eu-west-1, got: 111111111111/us-east-1 for Tables/ThereTable; import a table or a replica in this region',
    ),
  );
});

describe('an imported role of another account', () => {
  const imported = (table: FeatureTable) => Role.fromRoleArn(table.stack, 'Reader', 'arn:aws:iam::222222222222:role/reader');

  test.each(['grantRead', 'grantWrite'] as const)('%s fails, because it would have no effect', (method) => {
    const table = clicks(testApp());
    expect(() => table[method](imported(table))).toThrow(
      new Error(
        `Tables/Clicks: \`${method}\` must get a principal of account 111111111111, got: one of account 222222222222; grant to a role of account 111111111111 that it assumes`,
      ),
    );
  });

  test('may list only the folder of the offline store', () => {
    const table = clicks(testApp());
    expect(table.grantReadOffline(imported(table)).success).toBe(true);
    Template.fromStack(table.stack).hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 's3:ListBucket',
            Principal: { AWS: 'arn:aws:iam::222222222222:role/reader' },
            Condition: { StringLike: { 's3:prefix': ['Clicks', 'Clicks/*'] } },
          }),
        ]),
      },
    });
  });
});
