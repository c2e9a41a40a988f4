import { tmpdir } from 'node:os';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { type CloudAssembly, featureTablesOf, inferenceTablesOf } from '../app/cloud-assembly';
import { qualifiedName } from '../app/find-table';
import { inferenceFolders, offlineFolders } from '../stores/offline-folders';
import { localOnlineStore } from '../stores/online-store';
import { tableDocumentOf } from '../stores/table-document';
import { curlOf, exampleRequest, exampleRow, type ExampleRow } from './example-request';
import { foreignTables, foreignText } from './foreign-tables';
import { type FunctionHost, FunctionProcess, type Outcome } from '../functions/function-process';
import { type AnsweredRequest, LocalApi } from './local-api';
import { InferenceLog } from './inference-log';
import { LocalTables } from './local-tables';
import { httpApiKeys, type LocalPlan, type LocalTable, planLocalRun } from './plan';
import { provideModels } from '../functions/models-in-s3';
import { type LocalFunction, type ServedEndpoint, servedBy } from '../functions/local-function';
import { removeDevState, writeDevState } from '../app/dev-state';
import { type FollowerEvents, TableFollower } from './table-follower';

/** A feature table of a running app. */
export interface RunningTable {
  /** `<stack>/<feature table>` */
  readonly key: string;
  readonly tableName: string;
  readonly spec: TableSpec;
  /** The folder of its Delta Lake table; absent for a table that is online only. */
  readonly offlineFolder?: string;
}

/** An endpoint of a running app, with a request that it can read. */
export interface RunningEndpoint {
  readonly name: string;
  readonly url: string;
  readonly curl: string;
  /** What it answers to that request; absent where the rows are not there that the request needs. */
  readonly answer?: string;
}

/** What a session tells of while it runs. */
export interface SessionEvents extends FollowerEvents {
  readonly answered: (request: AnsweredRequest) => void;
  readonly printed: (fn: LocalFunction, line: string) => void;
  /** Lines of an endpoint could not be written to its inference table. */
  readonly notLogged: (endpointName: string, error: unknown) => void;
}

/** Where and how an app runs. */
export interface SessionOptions {
  readonly appFolder: string;
  /** In which the offline stores have a folder each. */
  readonly offlineRoot: string;
  /** That of the first API, or 0 for free ones. */
  readonly port: number;
  readonly host: Pick<FunctionHost, 'script' | 'modules'>;
  readonly events: SessionEvents;
  /** Tells when to come to an end. */
  readonly signal: AbortSignal;
}

/** An app that runs on this machine: its tables, its functions and its APIs. */
export class Session {
  /** Starts one that runs nothing yet. */
  public static async start(options: SessionOptions): Promise<Session> {
    return new Session(options, await LocalTables.start());
  }

  private readonly apis = new Map<string, LocalApi>();
  private functions = new Map<string, FunctionProcess>();
  private readonly host: FunctionHost;
  private current: LocalPlan = { tables: [], functions: [], apis: [], notRun: [] };
  private folders: ReadonlyMap<string, string> = new Map();
  /** Of the feature tables that have an offline store, by `<stack>/<feature table>`. */
  private followers: ReadonlyMap<string, TableFollower> = new Map();

  /** The folders of the inference tables, and what fills them, by `<stack>/<endpoint>`. */
  private readonly inference = new Map<string, { readonly folder: string; readonly log: InferenceLog }>();

  private constructor(
    private readonly options: SessionOptions,
    private readonly store: LocalTables,
  ) {
    const log: FunctionHost['log'] = (fn, line) => {
      if (fn.endpointName !== undefined) this.inference.get(`${fn.stack}/${fn.endpointName}`)?.log.take(line);
      options.events.printed(fn, line);
    };
    this.host = { ...options.host, dynamodbEndpoint: store.endpoint, log };
  }

  /** The address of the embedded DynamoDB. */
  public get dynamodbEndpoint(): string {
    return this.store.endpoint;
  }

  /** What runs. */
  public get plan(): LocalPlan {
    return this.current;
  }

  /** The addresses of the APIs, by the keys of their resources. */
  public get urls(): ReadonlyMap<string, string> {
    return new Map([...this.apis].map(([key, api]) => [key, api.url]));
  }

  /** The feature tables that run. */
  public get featureTables(): RunningTable[] {
    return this.current.tables.filter(isFeatureTable).map(({ stack, name, featureTable }) => {
      const key = `${stack}/${featureTable.name}`;
      return { key, tableName: name, spec: featureTable, offlineFolder: this.folders.get(key) };
    });
  }

  /**
   * Runs what an assembly says from now on. Tables keep their rows, APIs their ports; functions start anew, and those that ran
   * end when they have answered.
   */
  public async run(assembly: CloudAssembly): Promise<void> {
    const keys = httpApiKeys(assembly);
    for (const key of keys) if (!this.apis.has(key)) this.apis.set(key, await this.listen());
    const plan = planLocalRun(assembly, (key) => this.apis.get(key)?.url);
    const foreign = foreignTables(plan.functions, plan.tables);
    await Promise.all([...this.followers.values()].map((follower) => follower.stop()));
    await this.store.provide([...plan.tables, ...foreign]);
    this.folders = offlineFolders(featureTablesOf(assembly), this.options.offlineRoot);

    await this.provideInferenceTables(assembly);

    const before = [...this.functions.values()];
    this.functions = new Map(plan.functions.map((fn) => [fn.name, new FunctionProcess(fn, this.host)]));
    for (const api of plan.apis) this.apis.get(api.key)!.use(api);
    const models = provideModels(plan.functions, this.options.appFolder, tmpdir(), process.env);
    this.current = { ...plan, notRun: [...plan.notRun, ...foreign.map(foreignText), ...models] };
    for (const [key, api] of this.apis) {
      if (keys.includes(key)) continue;
      this.apis.delete(key);
      await api.stop();
    }
    await Promise.all(before.map((fn) => fn.retire()));
    this.followers = this.makeFollowers(assembly);
    writeDevState(this.options.appFolder, this.state());
  }

  /** Brings online what the offline stores have, since nothing of it is there yet, and from then on each new commit of those that are followed. */
  public async bringOnline(): Promise<void> {
    await Promise.all([...this.followers.values()].map((follower) => follower.bringOnline()));
    for (const follower of this.followers.values()) follower.follow();
  }

  /** What brings the commits of a feature table online, by `<stack>/<feature table>`; undefined where they do not come by themselves. */
  public followerOf(key: string): TableFollower | undefined {
    const follower = this.followers.get(key);
    return follower?.isFollowing ? follower : undefined;
  }

  /** Asks each endpoint for an example, so that a developer sees one request and its answer. */
  public async endpoints(): Promise<RunningEndpoint[]> {
    const rows = await this.exampleRows();
    const made = this.current.functions.map(async (fn) => {
      const { endpointName, name } = fn;
      const place = this.current.apis.find(({ routes }) =>
        routes.some((route) => route.target.functionName === name && route.routeKey === routeKeyOf(endpointName)),
      );
      if (endpointName === undefined || place === undefined) return [];
      const url = `${this.apis.get(place.key)!.url}${pathOf(endpointName)}`;
      const served = servedBy(fn);
      if (served === undefined) return [];
      const request = exampleRequest(served.spec, rowsOf(served, rows), rows.values());
      const answer = request.isAnswerable ? await ask(url, request.body) : undefined;
      return [{ name: endpointName, url, curl: curlOf(url, request), answer }];
    });
    return (await Promise.all(made)).flat();
  }

  /** Ends everything that runs; the rows are gone. */
  public async stop(): Promise<void> {
    removeDevState(this.options.appFolder, this.state());
    await Promise.all([...this.apis.values()].map((api) => api.stop()));
    await Promise.all([...this.functions.values()].map((fn) => fn.stop()));
    await Promise.all([...this.inference.values()].map(({ log }) => log.flush()));
    await Promise.all([...this.followers.values()].map((follower) => follower.stop()));
    await this.store.stop();
  }

  private async provideInferenceTables(assembly: CloudAssembly): Promise<void> {
    const tables = inferenceTablesOf(assembly);
    const folders = inferenceFolders(tables, this.options.offlineRoot);
    for (const { stack, endpointName } of tables) {
      const key = `${stack.displayName}/${endpointName}`;
      const folder = folders.get(key)!;
      const before = this.inference.get(key);
      if (before?.folder === folder) continue;
      await before?.log.flush();
      this.inference.set(key, { folder, log: new InferenceLog(folder, endpointName, this.options.events.notLogged) });
    }
  }

  private makeFollowers(assembly: CloudAssembly): ReadonlyMap<string, TableFollower> {
    const { events, signal } = this.options;
    const names = new Map(this.featureTables.map(({ key, tableName }) => [key, tableName]));
    const stored = featureTablesOf(assembly).filter((table) => table.offlineStore !== undefined && names.has(qualifiedName(table)));
    return new Map(
      stored.map((table) => {
        const key = qualifiedName(table);
        const online = localOnlineStore(this.store.endpoint, names.get(key)!);
        const followed = { document: tableDocumentOf(table), folder: this.folders.get(key)!, online };
        return [key, new TableFollower(followed, events, signal)];
      }),
    );
  }

  private state(): Parameters<typeof writeDevState>[1] {
    return {
      dynamodbEndpoint: this.store.endpoint,
      tables: Object.fromEntries(this.featureTables.map(({ key, tableName }) => [key, tableName])),
      offlineFolders: Object.fromEntries(this.folders),
      inferenceFolders: Object.fromEntries([...this.inference].map(([key, { folder }]) => [key, folder])),
    };
  }

  private async listen(): Promise<LocalApi> {
    const ports = [...this.apis.values()].map(({ port }) => port);
    const { port: first, events } = this.options;
    const port = first === 0 || ports.length === 0 ? first : Math.max(...ports) + 1;
    return LocalApi.listen(port, (name, requestId, event) => this.invoke(name, requestId, event), events.answered);
  }

  private async invoke(functionName: string, requestId: string, event: unknown): Promise<Outcome> {
    const fn = this.functions.get(functionName);
    return fn === undefined ? { kind: 'failed', reason: 'it does not run here' } : fn.invoke(requestId, event);
  }

  /** A row of each feature table that has any, by the name of its DynamoDB table. */
  private async exampleRows(): Promise<Map<string, ExampleRow>> {
    const rows = new Map<string, ExampleRow>();
    for (const { tableName, spec } of this.featureTables) {
      const item = await this.store.anyItem(tableName);
      if (item !== undefined) rows.set(tableName, exampleRow(spec, item));
    }
    return rows;
  }
}

/** The rows of those tables that an endpoint looks up, by the names by which it knows them. */
function rowsOf({ spec, bindings }: ServedEndpoint, rows: ReadonlyMap<string, ExampleRow>): Map<string, ExampleRow> {
  return new Map(
    spec.tables.flatMap(({ name }) => {
      const row = rows.get(bindings.tables[name]!);
      return row === undefined ? [] : [[name, row] as const];
    }),
  );
}

function isFeatureTable(table: LocalTable): table is LocalTable & { featureTable: TableSpec } {
  return table.featureTable !== undefined;
}

function pathOf(endpointName: string): string {
  return `/serving-endpoints/${endpointName}/invocations`;
}

function routeKeyOf(endpointName: string | undefined): string | undefined {
  return endpointName === undefined ? undefined : `POST ${pathOf(endpointName)}`;
}

async function ask(url: string, body: unknown): Promise<string> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  return (await response.text()).trim();
}
