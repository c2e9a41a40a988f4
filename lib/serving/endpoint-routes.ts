import { HttpMethod, HttpRoute, HttpRouteKey, type HttpRouteIntegration } from 'aws-cdk-lib/aws-apigatewayv2';
import { type Construct } from 'constructs';
import { ApiEndpoints } from './api-endpoints';
import { type IServingApi } from './serving-api';

interface Route {
  readonly id: string;
  readonly method: HttpMethod;
  readonly path: string;
}

/** Where a request for an endpoint goes, on every API. */
export function invocationsPath(endpointName: string): string {
  return `/serving-endpoints/${endpointName}/invocations`;
}

/** Where a request for one served entity goes, by its name, an alias or a stage. */
export function servedModelPath(endpointName: string, name: string): string {
  return `/serving-endpoints/${endpointName}/served-models/${name}/invocations`;
}

/**
 * The routes of an endpoint; those at the root belong to one endpoint of an API.
 * @param names those by which its served entities are called
 */
export function endpointRoutes(endpointName: string, isDefault: boolean, names: readonly string[]): Route[] {
  const own = [
    { id: 'InvocationsRoute', method: HttpMethod.POST, path: invocationsPath(endpointName) },
    // a route keeps its id where others come and go: API Gateway refuses two of one path, even for the time of an update
    ...names.map((name) => ({ id: `ServedModelRoute-${name}`, method: HttpMethod.POST, path: servedModelPath(endpointName, name) })),
  ];
  const root = [
    { id: 'RootInvocationsRoute', method: HttpMethod.POST, path: '/invocations' },
    { id: 'RootRoute', method: HttpMethod.GET, path: '/' },
    { id: 'HealthRoute', method: HttpMethod.GET, path: '/health' },
    { id: 'VersionRoute', method: HttpMethod.GET, path: '/version' },
  ];
  return isDefault ? [...own, ...root] : own;
}

/** Adds the routes of an endpoint to its API. They share one integration and the authorizer of the API. */
export function addRoutes(scope: Construct, api: IServingApi, integration: HttpRouteIntegration, routes: readonly Route[]): void {
  const { authorizer } = ApiEndpoints.of(api).auth;
  for (const { id, method, path } of routes) {
    new HttpRoute(scope, id, { httpApi: api.httpApi, routeKey: HttpRouteKey.with(path, method), integration, authorizer });
  }
}
