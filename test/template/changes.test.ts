// Random changes of an app: deployments must not replace data, take permissions of versions that still serve, or create a route twice.
import { type App, Stack } from 'aws-cdk-lib';
import { droppedPermissions } from '../../bin/check/dropped-permissions';
import type { Resource, Template } from '../../bin/app/cloud-assembly';
import {
  Column,
  FeatureSpec,
  FeatureTable,
  InferenceTable,
  KeptPermission,
  Materialization,
  OfflineStore,
  ServedEntity,
  ServingApi,
  ServingEndpoint,
} from '../../lib';
import { testApp } from '../helpers/app';
import { generator, type Generator } from '../helpers/generator';

/** The number of pairs of apps. */
const PAIRS = process.env.SOAK === undefined ? 10 : 200;

const TABLES = ['Houses', 'Flats', 'Cities'];
const ENDPOINTS = ['prices', 'rents', 'sales'];

/** The properties that CloudFormation replaces a resource for, by type. */
const REPLACING: { readonly [type: string]: readonly string[] } = {
  'AWS::DynamoDB::GlobalTable': ['TableName', 'KeySchema'],
  'AWS::S3::Bucket': ['BucketName'],
  'AWS::Logs::LogGroup': ['LogGroupName'],
};

interface AppState {
  /** The number of features of each table. */
  readonly tables: { readonly [id: string]: number };
  readonly endpoints: { readonly [name: string]: EndpointState };
  readonly defaultEndpoint: string;
}

interface EndpointState {
  /** The id of the construct. */
  readonly id: string;
  readonly table: string;
  readonly keeps: readonly string[];
  readonly hasInferenceTable: boolean;
}

function randomState(random: Generator): AppState {
  const endpoints = ENDPOINTS.filter(() => random.int(4) > 0);
  if (endpoints.length === 0) endpoints.push('prices');
  const state = (name: string): EndpointState => ({
    id: `${name}${random.int(2)}`,
    table: random.pick(TABLES),
    keeps: [],
    hasInferenceTable: random.int(3) === 0,
  });
  return {
    tables: Object.fromEntries(TABLES.map((id) => [id, 1 + random.int(3)])),
    endpoints: Object.fromEntries(endpoints.map((name) => [name, state(name)])),
    defaultEndpoint: random.pick(endpoints),
  };
}

/** A later state of an app, by the procedure that the docs give: an endpoint keeps permissions for the table that it read before. */
function changed(before: AppState, random: Generator): AppState {
  const after = randomState(random);
  const endpoints = Object.entries(after.endpoints).map(([name, endpoint]) => {
    const former = before.endpoints[name];
    if (former === undefined) return [name, endpoint] as const;
    return [name, { ...endpoint, hasInferenceTable: former.hasInferenceTable, keeps: [former.table] }] as const;
  });
  return { ...after, endpoints: Object.fromEntries(endpoints) };
}

function synthesize({ tables, endpoints, defaultEndpoint }: AppState): { [stack: string]: Template } {
  const app: App = testApp();
  const [data, serving] = [new Stack(app, 'Data'), new Stack(app, 'Serving')];
  const made = new Map(
    Object.entries(tables).map(([id, count]) => [
      id,
      new FeatureTable(data, id, {
        primaryKey: [Column.string('id')],
        features: Array.from({ length: count }, (_, i) => Column.long(`${id}_${i}`)),
        offlineStore: OfflineStore.delta(),
        materialization: Materialization.continuous(),
      }),
    ]),
  );
  const api = new ServingApi(serving, 'Api');
  for (const [endpointName, { id, table, keeps, hasInferenceTable }] of Object.entries(endpoints)) {
    const features = new FeatureSpec({ lookups: [made.get(table)!.lookup({ lookupKey: ['id'] })] });
    new ServingEndpoint(serving, id, {
      endpointName,
      servedEntities: [ServedEntity.featureSpec('entity', features)],
      api,
      defaultEndpoint: endpointName === defaultEndpoint,
      inferenceTable: hasInferenceTable ? new InferenceTable(serving, `${endpointName}Log`) : undefined,
      keepPermissionsFor: keeps.map((kept) => KeptPermission.featureTable(made.get(kept)!)),
    });
  }
  return Object.fromEntries(app.synth().stacks.map(({ stackName, template }) => [stackName, template as Template]));
}

function resourcesOf({ Resources = {} }: Template, types: readonly string[]): [string, Resource][] {
  return Object.entries(Resources).filter(([, { Type }]) => types.includes(Type));
}

/** The logical ids of routes, by key. */
function routesOf(template: Template): Map<string, string> {
  const routes = resourcesOf(template, ['AWS::ApiGatewayV2::Route']);
  const byKey = new Map(routes.map(([id, { Properties }]) => [String(Properties!['RouteKey']), id]));
  expect(byKey.size).toBe(routes.length);
  return byKey;
}

test.each(Array.from({ length: PAIRS }, (_, seed) => seed))('change %d keeps data, permissions and routes', (seed) => {
  const random = generator(seed);
  const before = randomState(random);
  const after = changed(before, random);
  const [old, next] = [synthesize(before), synthesize(after)];
  expect(synthesize(before)).toEqual(old);

  // tables and their stores stay, whatever endpoints and features do
  const stateful = Object.keys(REPLACING);
  const kept = resourcesOf(old['Data']!, stateful).map(([id, { Type, Properties }]) => [
    id,
    REPLACING[Type]!.map((name) => Properties?.[name]),
  ]);
  const found = resourcesOf(next['Data']!, stateful).map(([id, { Type, Properties }]) => [
    id,
    REPLACING[Type]!.map((name) => Properties?.[name]),
  ]);
  expect(found).toEqual(kept);
  for (const [id, { Type, Properties }] of resourcesOf(old['Serving']!, stateful)) {
    const same = next['Serving']!.Resources![id];
    if (same === undefined) continue;
    for (const name of REPLACING[Type]!) expect([id, same.Properties?.[name]]).toEqual([id, Properties?.[name]]);
  }

  expect(droppedPermissions(old['Serving']!, next['Serving']!)).toEqual([]);

  // a route key of both apps is the same resource, so that CloudFormation never creates it beside itself
  const nextRoutes = routesOf(next['Serving']!);
  for (const [key, id] of routesOf(old['Serving']!)) if (nextRoutes.has(key)) expect([key, nextRoutes.get(key)]).toEqual([key, id]);
});
