/** A route of an endpoint. */
export interface EndpointRoute {
  /** The id of its construct. It stays when other routes come and go, because API Gateway refuses two routes of one path, even during an update. */
  readonly id: string;
  readonly method: 'GET' | 'POST';
  /** Without variables: the names in it are known when the endpoint is made. */
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
 * The routes of an endpoint.
 * @param names the names of its served entities, with their aliases and stages
 */
export function endpointRoutes(endpointName: string, names: readonly string[]): readonly EndpointRoute[] {
  const invocations = { kind: 'invocations', protocol: 'mlflow' } as const;
  return [
    { id: 'InvocationsRoute', method: 'POST', path: invocationsPath(endpointName), isRoot: false, target: invocations },
    ...names.map((servedEntity): EndpointRoute => ({
      id: `ServedModelRoute-${servedEntity}`,
      method: 'POST',
      path: `/serving-endpoints/${endpointName}/served-models/${servedEntity}/invocations`,
      isRoot: false,
      target: { ...invocations, servedEntity },
    })),
    { id: 'RootInvocationsRoute', method: 'POST', path: ROOT_INVOCATIONS_PATH, isRoot: true, target: invocations },
    { id: 'RootRoute', method: 'GET', path: '/', isRoot: true, target: { kind: 'alive' } },
    { id: 'HealthRoute', method: 'GET', path: HEALTH_PATH, isRoot: true, target: { kind: 'health' } },
    { id: 'VersionRoute', method: 'GET', path: '/version', isRoot: true, target: { kind: 'version' } },
  ];
}
