import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, LogQueryVisualizationType, LogQueryWidget, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { type Construct } from 'constructs';
import { type EndpointCompute } from '../compute/endpoint-compute';

/** The steps of a request in their order, by their names in the log. */
const STEPS = ['decode', 'validate', 'assign', 'join', 'compute', 'preprocess', 'score', 'postprocess', 'encode'];

/** A third of the dashboard's width of 24 units. */
const THIRD = 8;

/** What a dashboard shows. */
export interface DashboardSource extends Pick<EndpointCompute, 'metrics' | 'usage' | 'logGroup'> {
  readonly endpointName: string;
  readonly enabledEntities: readonly string[];
  /** The freshness of each materialized table. */
  readonly freshness: readonly IMetric[];
  /** Whether the endpoint looks up features. */
  readonly looksUp: boolean;
}

/**
 * Adds the dashboard of an endpoint. Numbers for each entity, step or feature come from log queries: custom metrics for them would cost more
 * each month than the queries.
 */
export function addEndpointDashboard(scope: Construct, id: string, source: DashboardSource, dashboardName?: string): Dashboard {
  const { endpointName, enabledEntities, metrics, usage, logGroup, freshness, looksUp } = source;
  const graph = (title: string, left: IMetric[], right: IMetric[] = []): GraphWidget =>
    new GraphWidget({ title, left, right, width: THIRD });
  const query = (title: string, view: LogQueryVisualizationType, ...queryLines: string[]): LogQueryWidget =>
    new LogQueryWidget({ title, view, logGroupNames: [logGroup.logGroupName], queryLines, width: THIRD });
  const requests = 'filter ispresent(Invocations)'; // without the requests that test a new version before a roll-out
  const dashboard = new Dashboard(scope, id, { dashboardName, defaultInterval: Duration.hours(3) });
  dashboard.addWidgets(
    graph(
      `${endpointName}: requests`,
      [metrics.invocations({ label: 'Requests' }), metrics.refusals({ label: 'Refused (4xx)' })],
      [metrics.errors({ label: 'Failed' })],
    ),
    graph(
      'Latency, ms',
      [Stats.p(50), Stats.p(90), Stats.p(99)].map((statistic) => metrics.latency({ statistic, label: statistic })),
    ),
    graph(usage.title, usage.left, usage.right),
  );
  const byEntity = enabledEntities.map((name) => `sum(\`entity_rows.${name}\`) as \`${name}\``).join(', ');
  dashboard.addWidgets(
    ...(enabledEntities.length > 1
      ? [query('Records by entity', LogQueryVisualizationType.STACKEDAREA, requests, `stats ${byEntity} by bin(5m)`)]
      : []),
    query(
      'Traffic and errors by entity',
      LogQueryVisualizationType.TABLE,
      requests,
      'stats count(*) as requests, sum(rows) as records, sum(Refusals) as refused, sum(Errors) as failed, pct(Latency, 99) as p99_ms by served_entity',
      'sort requests desc',
    ),
    query(
      'Latency by step, ms',
      LogQueryVisualizationType.STACKEDAREA,
      requests,
      `stats ${STEPS.map((step) => `avg(steps.${step}) as ${step}`).join(', ')} by bin(5m)`,
    ),
  );
  const misses = query(
    'Features not found, too old or null',
    LogQueryVisualizationType.LINE,
    'filter ispresent(lookup_misses)',
    'stats sum(lookup_misses) as misses, sum(rows) as records by bin(5m)',
  );
  dashboard.addWidgets(
    ...(looksUp ? [misses] : []),
    ...(freshness.length > 0 ? [graph('Freshness of its tables, seconds', [...freshness])] : []),
  );
  return dashboard;
}
