import { type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  FeatureSpec,
  FeatureTable,
  Column,
  Materialization,
  OfflineStore,
  ServedEntity,
  ServingEndpoint,
  TrafficSplit,
} from '../../../lib';
import { endpointFiles, HOUSE_COLUMNS, houseModel, testStack } from '../../helpers/app';
import { endpointOf, event, testHost } from '../../helpers/http-api';
import { memoryReader } from '../../helpers/memory-reader';
import { randoms } from '../../helpers/price-split';

interface Widget {
  readonly type: string;
  readonly properties: { readonly title: string; readonly query?: string; readonly view: string; readonly metrics?: unknown[][] };
}

/** The widgets of a stack's only dashboard. The text `deployed` stands for values that are known only at deployment. */
function widgetsOf(stack: Stack): Widget[] {
  const [dashboard] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard'));
  const { DashboardBody: body } = dashboard!.Properties as { DashboardBody: { 'Fn::Join': [string, unknown[]] } };
  const text = body['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : 'deployed')).join('');
  return (JSON.parse(text) as { widgets: Widget[] }).widgets;
}

test('shows traffic, errors, latency and concurrency, and details from the log', () => {
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
    "SOURCE 'deployed' | filter ispresent(Invocations)\n" +
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

describe('of an endpoint with two entities, one by a lookup', () => {
  const PATH = '/serving-endpoints/prices/invocations';

  /** The fields that the widgets' queries read, by widget. */
  function fieldsOf(stack: Stack): Map<string, string[]> {
    const queries = widgetsOf(stack).flatMap(({ properties: { title, query } }) => (query === undefined ? [] : [[title, query] as const]));
    const named = (query: string) =>
      [...query.matchAll(/(?:ispresent|sum|avg|pct)\(`?([\w.-]+)`?|by ([a-z_]+)$/gm)].flatMap(([, of, by]) => of ?? by ?? []);
    return new Map(queries.map(([title, query]) => [title, [...new Set(named(query))].filter((field) => field !== 'bin')]));
  }

  test('each query reads fields that lines of its function have', async () => {
    const stack = testStack();
    const table = new FeatureTable(stack, 'Houses', {
      featureTableName: 'houses',
      primaryKey: [Column.string('id')],
      features: [Column.float('lot_area')],
    });
    const features = new FeatureSpec({ lookups: [table.lookup({ lookupKey: ['id'] })] });
    const model = houseModel(stack).version('1');
    const endpoint = new ServingEndpoint(stack, 'prices', {
      servedEntities: [ServedEntity.model('model-A', model, { features }), ServedEntity.model('model_B', model, { features })],
      traffic: TrafficSplit.random({ weights: { 'model-A': 50, model_B: 50 } }),
    });
    endpoint.addDashboard();
    const { folder, spec } = endpointFiles(stack);
    const host = testHost({
      random: randoms(0.1, 0.9),
      reader: memoryReader({ physical: { spec: spec.tables[0]!, rows: [{ id: 'a', lot_area: 9000 }] } }),
      env: { ML_SERVING_BINDINGS: JSON.stringify({ tables: { houses: 'physical' } }) },
    });
    const record = Object.fromEntries(HOUSE_COLUMNS.filter((name) => name !== 'lot_area').map((name) => [name, 5]));
    const records = {
      dataframe_records: [
        { ...record, id: 'a' },
        { ...record, id: 'a' },
        { ...record, id: 'a' },
      ],
    };
    expect((await endpointOf(folder, host).send(event('POST', PATH, { body: JSON.stringify(records) }))).status).toBe(200);

    const [line] = host.lines as [Record<string, Record<string, unknown>>];
    const has = (field: string) => field.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], line);
    const fields = fieldsOf(stack);
    expect(widgetsOf(stack)[3]!.properties.query).toBe(
      "SOURCE 'deployed' | filter ispresent(Invocations)\n" +
        '| stats sum(`entity_rows.model-A`) as `model-A`, sum(`entity_rows.model_B`) as `model_B` by bin(5m)',
    );
    expect(line.entity_rows).toEqual({ 'model-A': 2, model_B: 1 });
    expect([...fields.keys()]).toEqual([
      'Records by entity',
      'Traffic and errors by entity',
      'Latency by step, ms',
      'Features not found, too old or null',
    ]);
    const absent = [...fields.values()].flat().filter((field) => has(field) === undefined);
    // the models have no routines
    expect(absent).toEqual(['steps.preprocess', 'steps.postprocess']);
    expect([...fields.values()].flat().length).toBeGreaterThan(15);

    const drawn = widgetsOf(stack).flatMap(({ properties: { metrics = [] } }) =>
      metrics.filter(([namespace]) => namespace === 'CdkMlServing'),
    );
    const [metrics] = (line._aws as unknown as { CloudWatchMetrics: { Dimensions: string[][]; Metrics: { Name: string }[] }[] })
      .CloudWatchMetrics;
    expect(new Set(drawn.map(([, name]) => name))).toEqual(new Set(metrics!.Metrics.map(({ Name }) => Name)));
    const dimensions = [...new Set(drawn.map(([, , dimension]) => dimension))];
    expect(metrics!.Dimensions).toContainEqual(dimensions);
  });
});
