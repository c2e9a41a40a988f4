import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, LogQueryVisualizationType, LogQueryWidget, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { type IFunction } from 'aws-cdk-lib/aws-lambda';
import { type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { type Construct } from 'constructs';
import { errorsMetric, invocationsMetric, latencyMetric, refusalsMetric } from './endpoint-metrics';

/** The steps of a request, as the log names them, in their order. */
const STEPS = ['decode', 'validate', 'assign', 'join', 'compute', 'preprocess', 'score', 'postprocess', 'encode'];

/** A third of a dashboard's width, in its units. */
const THIRD = 8;

/** What a dashboard shows. */
export interface ShownEndpoint {
  readonly endpointName: string;
  /** Those that are enabled. */
  readonly servedEntities: readonly string[];
  readonly lambdaFunction: IFunction;
  readonly logGroup: ILogGroup;
  /** How long ago what is online was committed, for each table that is materialized. */
  readonly freshness: readonly IMetric[];
  /** Whether features are looked up. */
  readonly looksUp: boolean;
}

/**
 * A dashboard of an endpoint. What is told apart by entity, step or feature comes from the lines of the log: as metrics of their own they would
 * cost more each month than the looks at them.
 */
export function addEndpointDashboard(scope: Construct, id: string, shown: ShownEndpoint, dashboardName?: string): Dashboard {
  const { endpointName, servedEntities, lambdaFunction, logGroup, freshness, looksUp } = shown;
  const graph = (title: string, left: IMetric[], right: IMetric[] = []): GraphWidget =>
    new GraphWidget({ title, left, right, width: THIRD });
  const query = (title: string, view: LogQueryVisualizationType, ...queryLines: string[]): LogQueryWidget =>
    new LogQueryWidget({ title, view, logGroupNames: [logGroup.logGroupName], queryLines, width: THIRD });
  const requests = 'filter ispresent(Invocations)'; // not those by which a new version is tried
  const dashboard = new Dashboard(scope, id, { dashboardName, defaultInterval: Duration.hours(3) });
  dashboard.addWidgets(
    graph(
      `${endpointName}: requests`,
      [invocationsMetric(lambdaFunction, { label: 'Requests' }), refusalsMetric(lambdaFunction, { label: 'Refused (4xx)' })],
      [errorsMetric(lambdaFunction, { label: 'Failed' })],
    ),
    graph(
      'Latency, ms',
      [Stats.p(50), Stats.p(90), Stats.p(99)].map((statistic) => latencyMetric(lambdaFunction, { statistic, label: statistic })),
    ),
    graph(
      'Concurrency',
      [lambdaFunction.metric('ConcurrentExecutions', { statistic: Stats.MAXIMUM, label: 'Concurrent requests' })],
      [lambdaFunction.metricThrottles({ label: 'Throttled' })],
    ),
  );
  const byEntity = servedEntities.map((name) => `sum(\`entity_rows.${name}\`) as \`${name}\``).join(', ');
  dashboard.addWidgets(
    ...(servedEntities.length > 1
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
