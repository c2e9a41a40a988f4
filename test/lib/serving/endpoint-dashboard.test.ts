import { type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { FeatureSpec, FeatureTable, Column, Materialization, OfflineStore, ServedEntity, ServingEndpoint } from '../../../lib';
import { houseModel, testStack } from '../../helpers/app';

interface Widget {
  readonly type: string;
  readonly properties: { readonly title: string; readonly query?: string; readonly view: string; readonly metrics?: unknown[][] };
}

/** The widgets of a stack's only dashboard; what is known at deployment is a mark. */
function widgetsOf(stack: Stack): Widget[] {
  const [dashboard] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard'));
  const { DashboardBody: body } = dashboard!.Properties as { DashboardBody: { 'Fn::Join': [string, unknown[]] } };
  const text = body['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : 'deployed')).join('');
  return (JSON.parse(text) as { widgets: Widget[] }).widgets;
}

test('shows traffic, errors, latency and concurrency, and what the log tells apart', () => {
  const stack = testStack();
  const endpoint = new ServingEndpoint(stack, 'prices', {
    servedEntities: [ServedEntity.model('model_A', houseModel(stack).version('1'))],
  });
  endpoint.addDashboard();
  const widgets = widgetsOf(stack);
  expect(widgets.map(({ type, properties: { title } }) => `${type} ${title}`)).toEqual([
    'metric prices: requests',
    'metric Latency, ms',
    'metric Concurrency',
    'log Traffic and errors by entity',
    'log Latency by step, ms',
  ]);
  expect(widgets[3]!.properties.query).toBe(
    "SOURCE 'deployed' | filter ispresent(served_entity)\n" +
      '| stats count(*) as requests, sum(rows) as records, sum(Refusals) as refused, sum(Errors) as failed, pct(Latency, 99) as p99_ms by served_entity\n' +
      '| sort requests desc',
  );
  Template.fromStack(stack).resourceCountIs('AWS::Logs::MetricFilter', 0);
});

test('shows misses and freshness of an endpoint that looks up materialized features', () => {
  const stack = testStack();
  const houses = new FeatureTable(stack, 'Houses', {
    featureTableName: 'houses',
    primaryKey: [Column.string('id')],
    timestampKey: Column.timestamp('updated_at'),
    features: [Column.integer('year_built')],
    offlineStore: OfflineStore.delta(),
    materialization: Materialization.continuous(),
  });
  const features = new FeatureSpec({ lookups: [houses.lookup({ lookupKey: ['id'] })] });
  const endpoint = new ServingEndpoint(stack, 'features', { servedEntities: [ServedEntity.featureSpec('house', features)] });
  endpoint.addDashboard({ dashboardName: 'houses' });
  expect(
    widgetsOf(stack)
      .slice(5)
      .map(({ properties: { title } }) => title),
  ).toEqual(['Features not found, too old or null', 'Freshness of its tables, seconds']);
  Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Dashboard', { DashboardName: 'houses' });
});
