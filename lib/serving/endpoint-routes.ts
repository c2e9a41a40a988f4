import { type HttpMethod, HttpRoute, HttpRouteKey, type HttpRouteIntegration } from 'aws-cdk-lib/aws-apigatewayv2';
import { type Construct } from 'constructs';
import { type EndpointRoute, endpointRoutes } from '../contract/routes';
import { ApiEndpoints } from './api-endpoints';
import { type IServingApi } from './serving-api';

/**
 * The routes that an endpoint has on its API; routes at the root belong to one endpoint of an API.
 * @param names the names of its served entities, with their aliases and stages
 */
export function apiRoutes(endpointName: string, isDefault: boolean, names: readonly string[]): EndpointRoute[] {
  return endpointRoutes(endpointName, names).filter(({ isRoot }) => isDefault || !isRoot);
}

/** Adds the routes of an endpoint to its API. They share one integration and the authorizer of the API. */
export function addRoutes(scope: Construct, api: IServingApi, integration: HttpRouteIntegration, routes: readonly EndpointRoute[]): void {
  const { authorizer } = ApiEndpoints.of(api).auth;
  for (const { id, method, path } of routes) {
    new HttpRoute(scope, id, { httpApi: api.httpApi, routeKey: HttpRouteKey.with(path, method as HttpMethod), integration, authorizer });
  }
}
