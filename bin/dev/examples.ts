import { invocationsPath } from '../../lib/contract/routes';
import { type LocalFunction, servedBy, type ServedEndpoint } from '../functions/local-function';
import { curlOf, exampleRequest, type ExampleRow } from './example-request';
import type { LocalApiPlan } from './plan-apis';

/** An endpoint of a running app, with a request for it. */
export interface EndpointExample {
  readonly name: string;
  readonly url: string;
  readonly curl: string;
  /** The endpoint's answer to the request; absent if a row that the request looks up is missing. */
  readonly answer?: string;
}

/** A running app. */
export interface RunningApp {
  readonly functions: readonly LocalFunction[];
  readonly apis: readonly LocalApiPlan[];
  /** The addresses of the APIs, by their resource keys. */
  readonly urls: ReadonlyMap<string, string>;
  /** A row of each feature table that has rows, by the name of its DynamoDB table. */
  readonly rows: ReadonlyMap<string, ExampleRow>;
}

/** Sends one example request to each endpoint, so that a developer sees a request and its answer. @throws the signal's reason */
export async function endpointExamples(app: RunningApp, signal: AbortSignal): Promise<EndpointExample[]> {
  const examples = await Promise.all(app.functions.map((fn) => exampleOf(fn, app, signal)));
  return examples.filter((example) => example !== undefined);
}

async function exampleOf(fn: LocalFunction, { apis, urls, rows }: RunningApp, signal: AbortSignal): Promise<EndpointExample | undefined> {
  const served = servedBy(fn);
  if (fn.endpointName === undefined || served === undefined) return undefined;
  const path = invocationsPath(fn.endpointName);
  const api = apis.find(({ routes }) =>
    routes.some(({ routeKey, target }) => target.functionName === fn.name && routeKey === `POST ${path}`),
  );
  if (api === undefined) return undefined;
  const url = `${urls.get(api.key)!}${path}`;
  const request = exampleRequest(served.spec, lookedUpRows(served, rows), rows.values());
  const answer = request.isAnswerable ? await post(url, request.body, signal) : undefined;
  return { name: fn.endpointName, url, curl: curlOf(url, request), answer };
}

/** A row of each table that an endpoint looks up, by the table's name in the endpoint. */
function lookedUpRows({ spec, bindings }: ServedEndpoint, rows: ReadonlyMap<string, ExampleRow>): Map<string, ExampleRow> {
  return new Map(
    spec.tables.flatMap(({ name }) => {
      const row = rows.get(bindings.tables[name]!);
      return row === undefined ? [] : [[name, row] as const];
    }),
  );
}

async function post(url: string, body: unknown, signal: AbortSignal): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal });
  return (await response.text()).trim();
}
