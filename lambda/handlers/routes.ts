import { Refusal } from '../refusal';

/** What a request asks for. */
export type Route =
  | { readonly kind: 'invocations'; /** The name that the path says; absent where it says none. */ readonly servedEntity?: string }
  | { readonly kind: 'alive' | 'health' | 'version' };

/** Finds what is asked for. @throws Refusal with 404 for an unknown path, 405 for a method that the path does not take */
export type Router = (method: string, path: string) => Route;

/** The routes of an endpoint, whichever of them its API has. @param names those by which a served entity is called */
export function routesOf(endpointName: string, names: Iterable<string>): Router {
  const invocations: [string, { method: string; route: Route }][] = Array.from(names, (servedEntity) => [
    `/serving-endpoints/${endpointName}/served-models/${servedEntity}/invocations`,
    { method: 'POST', route: { kind: 'invocations', servedEntity } },
  ]);
  const routes = new Map<string, { readonly method: string; readonly route: Route }>([
    [`/serving-endpoints/${endpointName}/invocations`, { method: 'POST', route: { kind: 'invocations' } }],
    ...invocations,
    ['/invocations', { method: 'POST', route: { kind: 'invocations' } }],
    ['/', { method: 'GET', route: { kind: 'alive' } }],
    ['/health', { method: 'GET', route: { kind: 'health' } }],
    ['/version', { method: 'GET', route: { kind: 'version' } }],
  ]);
  return (method, path) => {
    const found = routes.get(path);
    if (found === undefined) {
      throw new Refusal('RESOURCE_DOES_NOT_EXIST', { expected: `one of ${[...routes.keys()].join(', ')}`, got: path.slice(0, 200) });
    }
    if (found.method !== method)
      throw new Refusal('INVALID_PARAMETER_VALUE', { expected: `${found.method} ${path}`, got: method }, { status: 405 });
    return found.route;
  };
}
