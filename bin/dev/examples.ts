import { invocationsPath } from '../../lib/contract/routes';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelCases } from '../../lib/contract/model-cases';
import { type CloudAssembly, endpointNameOf } from '../app/cloud-assembly';
import { type LocalFunction, servedBy, type ServedEndpoint } from '../functions/local-function';
import { curlOf, exampleRequest, type ExampleRow } from './example-request';
import type { LocalApiPlan } from './plan-apis';

const REQUEST_FILE = 'request.json';

/** An endpoint of a running app, with a request for it. */
export interface EndpointExample {
  readonly name: string;
  readonly url: string;
  readonly curl: string;
  /** The columns of the request whose values are made up. */
  readonly madeUp: readonly string[];
  /** The endpoint's answer to the request; absent if a row that the request looks up is missing. */
  readonly answer?: string;
}

/** A running app. */
export interface RunningApp {
  readonly functions: readonly LocalFunction[];
  readonly apis: readonly LocalApiPlan[];
  /** The addresses of the APIs, by their resource keys. */
  readonly urls: ReadonlyMap<string, string>;
  /** Rows of recorded requests and cases, by `<stack>/<endpoint>`. */
  readonly recorded: ReadonlyMap<string, readonly ExampleRow[]>;
  /** A row of each feature table that has rows, by the name of its DynamoDB table. */
  readonly rows: ReadonlyMap<string, ExampleRow>;
}

/** Sends one example request to each endpoint, so that a developer sees a request and its answer. @throws the signal's reason */
export async function endpointExamples(app: RunningApp, signal: AbortSignal): Promise<EndpointExample[]> {
  const examples = await Promise.all(app.functions.map((fn) => exampleOf(fn, app, signal)));
  return examples.filter((example) => example !== undefined);
}

async function exampleOf(
  fn: LocalFunction,
  { apis, urls, recorded, rows }: RunningApp,
  signal: AbortSignal,
): Promise<EndpointExample | undefined> {
  const served = servedBy(fn);
  if (fn.endpointName === undefined || served === undefined) return undefined;
  const path = invocationsPath(fn.endpointName);
  const api = apis.find(({ routes }) =>
    routes.some(({ routeKey, target }) => target.functionName === fn.name && routeKey === `POST ${path}`),
  );
  if (api === undefined) return undefined;
  const url = `${urls.get(api.key)!}${path}`;
  const known = recorded.get(`${fn.stack}/${fn.endpointName}`);
  const request = exampleRequest(served.spec, lookedUpRows(served, rows), known, rows.values());
  const answer = request.isAnswerable ? await post(url, request.body, signal) : undefined;
  return { name: fn.endpointName, url, curl: curlOf(url, request), madeUp: request.madeUp, answer };
}

/**
 * Reads the recorded rows of an app's endpoints: the records of `request.json`, which `init` writes, and a case of each model version.
 * @returns the rows by `<stack>/<endpoint>`
 */
export function recordedRows({ stacks }: CloudAssembly, appFolder: string): Map<string, ExampleRow[]> {
  const rows = new Map<string, ExampleRow[]>();
  const requests = requestRows(join(appFolder, REQUEST_FILE));
  for (const { displayName, template, cases } of stacks) {
    for (const [logicalId, resource] of Object.entries(template.Resources ?? {})) {
      const endpointName = endpointNameOf(resource);
      if (endpointName === undefined) continue;
      const firstCases = (cases.get(logicalId) ?? []).flatMap(({ file }) => readCases(file).slice(0, 1));
      rows.set(`${displayName}/${endpointName}`, [...requests, ...firstCases]);
    }
  }
  return rows;
}

function readCases(file: string): ExampleRow[] {
  return (JSON.parse(readFileSync(file, 'utf8')) as ModelCases).cases.map(({ row }) => row as ExampleRow);
}

/** The records of a request file; none if there is no such file, or if it is something else than a request. */
function requestRows(file: string): ExampleRow[] {
  if (!existsSync(file)) return [];
  try {
    const request = JSON.parse(readFileSync(file, 'utf8')) as { readonly dataframe_records?: unknown } | null;
    return Array.isArray(request?.dataframe_records) ? (request.dataframe_records as ExampleRow[]) : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
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
