import { RemovalPolicy, Resource, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AttributeType, type ITable, Table, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { type Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import {
  Column,
  FeatureLookup,
  type FeatureLookupOptions,
  FeatureSpec,
  FeatureTable,
  type FeatureTableSchema,
  type IFeatureTable,
  OfflineStore,
  OnlineStore,
  ServedEntity,
  ServingEndpoint,
} from '../../../lib';
import { endpointFiles, testStack } from '../../helpers/app';

/** A feature table that a user of the library implements, with the public interface alone. */
class OwnTable extends Resource implements IFeatureTable {
  public readonly featureTableName = 'clicks';
  public readonly schema: FeatureTableSchema = { primaryKey: [Column.string('id')], features: [Column.long('clicks')] };
  public readonly table: ITable = new Table(this, 'Table', { partitionKey: { name: 'id', type: AttributeType.STRING } });
  public readonly onlineStore = OnlineStore.existing(this.table, { attributes: { clicks: 'n' } });
  public readonly tableName = this.table.tableName;
  public readonly tableArn = this.table.tableArn;

  public lookup(options: FeatureLookupOptions): FeatureLookup {
    return new FeatureLookup(this, options);
  }

  public grantRead(grantee: IGrantable): Grant {
    return this.table.grantReadData(grantee);
  }

  public grantWrite(): Grant {
    throw new Error('read only');
  }

  public grantReadOffline(): Grant {
    throw new Error('online only');
  }

  public grantWriteOffline(): Grant {
    throw new Error('online only');
  }
}

function serve(stack: Stack, table: IFeatureTable): ServingEndpoint {
  const features = new FeatureSpec({ lookups: [table.lookup({ lookupKey: ['id'] })] });
  return new ServingEndpoint(stack, 'features', { servedEntities: [ServedEntity.featureSpec('entity', features)] });
}

test('an endpoint looks up features of a table that a user implements', () => {
  const stack = testStack();
  serve(stack, new OwnTable(stack, 'Clicks'));
  expect(endpointFiles(stack).spec.tables).toEqual([
    {
      name: 'clicks',
      primaryKey: [{ name: 'id', type: 'string' }],
      features: [{ name: 'clicks', type: 'long' }],
      existing: { key: [{ name: 'id', type: 'S' }], features: ['n'] },
    },
  ]);
});

test('fails on an invalid schema of such a table', () => {
  class NoFeatures extends OwnTable {
    public override readonly schema = { primaryKey: [Column.string('id')], features: [] };
  }
  const stack = testStack();
  const table = new NoFeatures(stack, 'Clicks');
  expect(() => serve(stack, table)).toThrow(new Error('Stack/Clicks: `features` must have at least one column, got: none'));
});

describe('a feature table', () => {
  const SCHEMA = { primaryKey: [Column.string('id')], features: [Column.long('clicks')] };

  test('is a resource of its stack', () => {
    const stack = testStack(undefined, { env: { account: '111111111111', region: 'eu-west-1' } });
    const table: IFeatureTable = new FeatureTable(stack, 'Clicks', SCHEMA);
    expect(table.stack).toBe(stack);
    expect(table.env).toEqual({ account: '111111111111', region: 'eu-west-1' });
    expect(table.schema).toEqual({ ...SCHEMA, featureTableName: 'Clicks' });
  });

  test('applies a removal policy to both of its stores', () => {
    const stack = testStack();
    new FeatureTable(stack, 'Clicks', { ...SCHEMA, offlineStore: OfflineStore.delta() }).applyRemovalPolicy(RemovalPolicy.DESTROY);
    const template = Template.fromStack(stack);
    template.hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'Delete' });
    template.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Delete' });
  });

  test('fails to apply a removal policy to an existing online store', () => {
    const stack = testStack();
    const onlineStore = OnlineStore.existing(TableV2.fromTableName(stack, 'Table', 'clicks'));
    const table = new FeatureTable(stack, 'Clicks', { ...SCHEMA, onlineStore });
    expect(() => table.applyRemovalPolicy(RemovalPolicy.DESTROY)).toThrow(
      new Error(
        'Stack/Clicks: the removal policy of an externally managed online store cannot be changed, got: `applyRemovalPolicy` for an `OnlineStore.existing`',
      ),
    );
  });
});
