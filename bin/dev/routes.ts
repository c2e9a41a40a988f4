/** A route of an HTTP API, with its parsed key, such as `POST /items/{id}`. */
export interface Route<T> {
  readonly routeKey: string;
  /** A method, or ANY. */
  readonly method: string;
  readonly segments: readonly Segment[];
  readonly target: T;
}

/** A segment of a route's path. A greedy variable matches the rest of the path. */
export type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'greedy'; readonly name: string };

/** The route for a request, and the values of its path variables. */
export interface RouteMatch<T> {
  readonly route: Route<T>;
  readonly pathParameters: { readonly [name: string]: string };
}

const DEFAULT = '$default';
const SPECIFICITY = { literal: 0, variable: 1, greedy: 2 };

/** Parses a route key of an HTTP API. */
export function parseRoute<T>(routeKey: string, target: T): Route<T> {
  if (routeKey === DEFAULT) return { routeKey, method: 'ANY', segments: [{ kind: 'greedy', name: '' }], target };
  const [method = '', path = ''] = routeKey.split(' ');
  const segments = path.split('/').slice(1).map(parseSegment);
  return { routeKey, method, segments, target };
}

/**
 * Finds the route that API Gateway selects: the route with the most specific path, and `$default` last. If two routes have the same path, the
 * route with the method wins. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 * @param path decoded, without the stage
 */
export function matchRoute<T>(routes: readonly Route<T>[], method: string, path: string): RouteMatch<T> | undefined {
  const parts = path.split('/').slice(1);
  const matches = routes
    .filter((route) => route.method === 'ANY' || route.method === method)
    .flatMap((route) => {
      const pathParameters = matchSegments(route.segments, parts);
      return pathParameters === undefined ? [] : [{ route, pathParameters }];
    });
  return matches.sort((a, b) => compareRoutes(a.route, b.route))[0];
}

function parseSegment(text: string): Segment {
  const [, name, plus] = /^\{([^}+]+)(\+?)\}$/.exec(text) ?? [];
  if (name === undefined) return { kind: 'literal', text };
  return plus === '+' ? { kind: 'greedy', name } : { kind: 'variable', name };
}

function matchSegments(segments: readonly Segment[], parts: readonly string[]): Record<string, string> | undefined {
  const values: Record<string, string> = {};
  for (const [i, segment] of segments.entries()) {
    if (segment.kind === 'greedy') {
      const rest = parts.slice(i).join('/');
      if (segment.name === '') return values;
      return rest === '' ? undefined : { ...values, [segment.name]: rest };
    }
    const part = parts[i];
    if (part === undefined) return undefined;
    if (segment.kind === 'variable') {
      if (part === '') return undefined;
      values[segment.name] = part;
    } else if (part !== segment.text) return undefined;
  }
  return parts.length === segments.length ? values : undefined;
}

function compareRoutes(a: Route<unknown>, b: Route<unknown>): number {
  if (a.routeKey === DEFAULT || b.routeKey === DEFAULT) return Number(a.routeKey === DEFAULT) - Number(b.routeKey === DEFAULT);
  for (const [i, segment] of a.segments.entries()) {
    const other = b.segments[i];
    if (other === undefined) break;
    const difference = SPECIFICITY[segment.kind] - SPECIFICITY[other.kind];
    if (difference !== 0) return difference;
  }
  return Number(a.method === 'ANY') - Number(b.method === 'ANY');
}
