import { Duration, Lazy, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AttributeType, type ITable, Table, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Column,
  ElementType,
  EventTimeFormat,
  type ExistingOnlineStoreOptions,
  FeatureSpec,
  FeatureTable,
  type FeatureTableProps,
  Materialization,
  OfflineStore,
  OnlineStore,
  ServedEntity,
  ServingEndpoint,
} from '../../../lib';
import { tableSpecOf } from '../../../lib/features/feature-lookup';
import { endpointFiles, testStack } from '../../helpers/app';

const VISITS: FeatureTableProps = {
  featureTableName: 'visits',
  primaryKey: [Column.string('user'), Column.integer('day')],
  timestampKey: Column.timestamp('at'),
  features: [Column.long('clicks'), Column.string('page')],
};
const MILLISECONDS = { eventTimeFormat: EventTimeFormat.MILLISECONDS };

function existing(stack: Stack): ITable {
  return TableV2.fromTableName(stack, 'Existing', 'legacy-visits');
}

function visits(
  options: ExistingOnlineStoreOptions = MILLISECONDS,
  props: Partial<FeatureTableProps> = {},
): { stack: Stack; table: FeatureTable } {
  const stack = testStack();
  return {
    stack,
    table: new FeatureTable(stack, 'Visits', { ...VISITS, onlineStore: OnlineStore.existing(existing(stack), options), ...props }),
  };
}

function serve(stack: Stack, table: FeatureTable): void {
  const features = new FeatureSpec({ lookups: [table.lookup({ lookupKey: ['user', 'day'] })] });
  new ServingEndpoint(stack, 'features', { servedEntities: [ServedEntity.featureSpec('visit', features)] });
}

test('the endpoint spec has the attributes of the columns', () => {
  const { stack, table } = visits({ attributes: { user: 'pk', at: 'ts', page: 'last_page' }, ...MILLISECONDS });
  serve(stack, table);
  expect(endpointFiles(stack).spec.tables).toMatchObject([
    {
      name: 'visits',
      existing: {
        key: [
          { name: 'pk', type: 'S' },
          { name: 'day', type: 'N' },
        ],
        eventTime: { attribute: 'ts', format: 'milliseconds' },
        features: ['clicks', 'last_page'],
      },
    },
  ]);
});

test('the endpoint spec has no layout for an online store of this library', () => {
  const { stack, table } = visits(undefined, { onlineStore: undefined });
  serve(stack, table);
  expect(endpointFiles(stack).spec.tables[0]).not.toHaveProperty('existing');
});

test('creates no resources', () => {
  const { stack, table } = visits();
  expect(table.tableName).toBe('legacy-visits');
  expect(Template.fromStack(stack).toJSON().Resources).toBeUndefined();
});

test('allows a grantee to look up rows', () => {
  const { stack, table } = visits();
  table.grantRead(new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }));
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: { Statement: [Match.objectLike({ Action: 'dynamodb:BatchGetItem' })] },
  });
});

test.each([
  [Column.string('id'), 'S'],
  [Column.date('id'), 'S'],
  [Column.integer('id'), 'N'],
  [Column.long('id'), 'N'],
])('a key column has an attribute type', (column, type) => {
  const { table } = visits({}, { primaryKey: [column], timestampKey: undefined });
  expect(tableSpecOf(table).existing).toEqual({ key: [{ name: 'id', type }], features: ['clicks', 'page'] });
});

describe('fails on', () => {
  const keyMessage = (got: string) =>
    `\`primaryKey\` of an existing table must have columns of type string, date, integer, long, got: ${got}`;
  const alone = '`eventTimeFormat` and `timestampKey` must be set together, got: only';

  test.each<[string, ExistingOnlineStoreOptions, Partial<FeatureTableProps>, string]>([
    [
      'three key columns',
      MILLISECONDS,
      { primaryKey: ['a', 'b', 'c'].map((name) => Column.string(name)) },
      '`primaryKey` of an existing table must be its partition key and at most one sort key, got: 3 columns',
    ],
    ['a boolean key', MILLISECONDS, { primaryKey: [Column.boolean('a')] }, keyMessage("boolean for 'a'")],
    ['a timestamp as sort key', MILLISECONDS, { primaryKey: [Column.string('a'), Column.timestamp('b')] }, keyMessage("timestamp for 'b'")],
    ['a timestamp key without a format', {}, {}, `${alone} \`timestampKey\``],
    ['a format without a timestamp key', MILLISECONDS, { timestampKey: undefined }, `${alone} \`eventTimeFormat\``],
    [
      'an attribute of no column',
      { ...MILLISECONDS, attributes: { users: 'pk' } },
      {},
      "`attributes` must name columns of the feature table (user, day, at, clicks, page), got: 'users'",
    ],
    [
      'an attribute of a name that every object has',
      { ...MILLISECONDS, attributes: { constructor: 'pk' } as unknown as Record<string, string> },
      {},
      "`attributes` must name columns of the feature table (user, day, at, clicks, page), got: 'constructor'",
    ],
    [
      'an attribute that is a token',
      { ...MILLISECONDS, attributes: { page: Lazy.string({ produce: () => 'page' }) } },
      {},
      "the attribute of column 'page' must be a literal, got: a token",
    ],
    [
      'an attribute without a name',
      { ...MILLISECONDS, attributes: { page: '' } },
      {},
      "the attribute of column 'page' must have at least one character, got: ''",
    ],
    ...(
      [
        ['offlineStore', OfflineStore.delta()],
        ['materialization', Materialization.snapshot()],
        ['timeToLive', Duration.days(1)],
        ['encryption', TableEncryptionV2.awsManagedKey()],
        ['removalPolicy', RemovalPolicy.RETAIN],
      ] as const
    ).map(([prop, value]): [string, ExistingOnlineStoreOptions, Partial<FeatureTableProps>, string] => [
      `${prop} beside it`,
      MILLISECONDS,
      { [prop]: value },
      `\`${prop}\` cannot be combined with an \`OnlineStore.existing\`, got: both`,
    ]),
  ])('%s', (_, options, props, message) => {
    expect(() => visits(options, props)).toThrow(new Error(`Stack/Visits: ${message}`));
  });

  test('a grant to write', () => {
    const { table } = visits();
    expect(() => table.grantWrite(new ServicePrincipal('lambda.amazonaws.com'))).toThrow(
      new Error('Stack/Visits: an externally managed online store cannot be written, got: `grantWrite` for an `OnlineStore.existing`'),
    );
  });
});

test('arrays and every other type can be features', () => {
  const features = [Column.array('vector', ElementType.FLOAT, { shape: [-1] }), Column.timestamp('seen'), Column.boolean('active')];
  expect(tableSpecOf(visits(undefined, { features }).table).existing!.features).toEqual(['vector', 'seen', 'active']);
});

describe('the key of an existing table of this app', () => {
  const SCHEMA = { primaryKey: [Column.string('id'), Column.long('day')], features: [Column.long('clicks')] };
  const key = { partitionKey: { name: 'id', type: AttributeType.STRING }, sortKey: { name: 'day', type: AttributeType.NUMBER } };

  test.each([
    ['Table', (stack: Stack): ITable => new Table(stack, 'Existing', key)],
    ['TableV2', (stack: Stack): ITable => new TableV2(stack, 'Existing', key)],
  ])('must be the primary key (%s)', (_, make) => {
    const stack = testStack();
    const existing = make(stack);
    expect(() => new FeatureTable(stack, 'Clicks', { ...SCHEMA, onlineStore: OnlineStore.existing(existing) })).not.toThrow();
    const onlineStore = OnlineStore.existing(existing, { attributes: { id: 'user' } });
    expect(() => new FeatureTable(stack, 'Renamed', { ...SCHEMA, onlineStore })).toThrow(
      new Error(
        'Stack/Renamed: `primaryKey` must be stored in the key attributes of the existing table, id (S), day (N), got: user (S), day (N)',
      ),
    );
  });
});
