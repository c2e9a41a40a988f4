/** A route of an endpoint. */
export interface EndpointRoute {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Whether the path is the same for all endpoints, so that one endpoint of an API has it. */
  readonly isRoot: boolean;
  readonly target: RouteTarget;
}

/** What a route answers. */
export type RouteTarget =
  | {
      readonly kind: 'invocations';
      readonly protocol: ProtocolName;
      /** The entity, alias or stage in the path; absent where the endpoint's traffic decides. */
      readonly servedEntity?: string;
    }
  | { readonly kind: 'alive' | 'health' | 'version' };

/** The wire protocols: each has a folder in the runtime. */
export type ProtocolName = 'mlflow';

/** The path of requests for an endpoint, on every API. */
export function invocationsPath(endpointName: string): string {
  return `/serving-endpoints/${endpointName}/invocations`;
}

/** The path that answers whether an endpoint's models are loaded. */
export const HEALTH_PATH = '/health';

/** The path of requests for the endpoint that has the root of its API. */
export const ROOT_INVOCATIONS_PATH = '/invocations';

/**
 * The routes that the API of an endpoint needs, with a path variable for the name of a served entity. Their number is the same for all endpoints,
 * because API Gateway limits the routes of an API.
 * @param isDefault whether the endpoint has the root paths of the API
 */
export function apiRoutes(endpointName: string, isDefault: boolean): readonly EndpointRoute[] {
  return endpointRoutes(endpointName, ['{served_entity}']).filter(({ isRoot }) => isDefault || !isRoot);
}

/**
 * The routes of an endpoint.
 * @param names the names of its served entities, with their aliases and stages
 */
export function endpointRoutes(endpointName: string, names: readonly string[]): readonly EndpointRoute[] {
  const invocations = { kind: 'invocations', protocol: 'mlflow' } as const;
  return [
    { method: 'POST', path: invocationsPath(endpointName), isRoot: false, target: invocations },
    ...names.map((servedEntity): EndpointRoute => ({
      method: 'POST',
      path: `/serving-endpoints/${endpointName}/served-models/${servedEntity}/invocations`,
      isRoot: false,
      target: { ...invocations, servedEntity },
    })),
    { method: 'POST', path: ROOT_INVOCATIONS_PATH, isRoot: true, target: invocations },
    { method: 'GET', path: '/', isRoot: true, target: { kind: 'alive' } },
    { method: 'GET', path: HEALTH_PATH, isRoot: true, target: { kind: 'health' } },
    { method: 'GET', path: '/version', isRoot: true, target: { kind: 'version' } },
  ];
}
