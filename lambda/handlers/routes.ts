import { Refusal } from '../refusal';

/** What a request asks for. */
export type Route = 'invocations' | 'alive' | 'health' | 'version';

/** Finds what is asked for. @throws Refusal with 404 for an unknown path, 405 for a method that the path does not take */
export type Router = (method: string, path: string) => Route;

/** The routes of an endpoint, whichever of them its API has. */
export function routesOf(endpointName: string): Router {
  const routes = new Map<string, { readonly method: string; readonly route: Route }>([
    [`/serving-endpoints/${endpointName}/invocations`, { method: 'POST', route: 'invocations' }],
    ['/invocations', { method: 'POST', route: 'invocations' }],
    ['/', { method: 'GET', route: 'alive' }],
    ['/health', { method: 'GET', route: 'health' }],
    ['/version', { method: 'GET', route: 'version' }],
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
