import { tmpdir } from 'node:os';
import type { OnlineTable } from '../../lambda/online/online-table';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { type CloudAssembly, featureTablesOf } from '../app/cloud-assembly';
import { claimAppFolder, type DevState, removeDevState, writeDevState } from '../app/dev-state';
import { qualifiedName } from '../app/find-table';
import { type FunctionHost, FunctionProcess, type Outcome } from '../functions/function-process';
import type { LocalFunction } from '../functions/local-function';
import { provideModels } from '../functions/models-in-s3';
import { offlineFolders } from '../stores/offline-folders';
import { tableDocumentOf } from '../stores/table-document';
import { type ExampleRow, exampleRow } from './example-request';
import { type EndpointExample, endpointExamples, recordedRows } from './examples';
import { externalTables, externalTableText } from './external-tables';
import { InferenceTables, type NotLogged } from './inference-tables';
import { type ApiEvents, LocalApi } from './local-api';
import { LocalTables } from './local-tables';
import { type LocalPlan, type LocalTable, planLocalRun } from './plan';
import { httpApiKeys } from './plan-apis';
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

/** What a session reports while it runs. */
export interface SessionEvents extends FollowerEvents, ApiEvents {
  readonly printed: (fn: LocalFunction, line: string) => void;
  readonly notLogged: NotLogged;
}

/** Where and how an app runs. */
export interface SessionOptions {
  readonly appFolder: string;
  /** The folder that has a folder for each offline store and inference table. */
  readonly offlineRoot: string;
  /** The port of the first API; 0 takes any free port for each. */
  readonly port: number;
  readonly host: Pick<FunctionHost, 'script' | 'modules'>;
  readonly events: SessionEvents;
  /** Ends what takes long, with the signal's reason. {@link Session.stop} is still to be called. */
  readonly signal: AbortSignal;
}

/** An app that runs on this machine: its tables, its functions and its APIs. */
export class Session {
  /**
   * Starts a session that runs nothing yet.
   * @throws UserError if another session runs in the app's folder
   */
  public static async start(options: SessionOptions): Promise<Session> {
    const session = new Session(options, await LocalTables.start());
    try {
      await claimAppFolder(options.appFolder, session.state());
      return session;
    } catch (error) {
      await session.stop();
      throw error;
    }
  }

  private readonly apis = new Map<string, LocalApi>();
  private functions = new Map<string, FunctionProcess>();
  /** Functions of a previous assembly that still answer requests. */
  private retiring: readonly FunctionProcess[] = [];
  private readonly host: FunctionHost;
  private readonly inference: InferenceTables;
  private current: LocalPlan = { tables: [], functions: [], apis: [], notRun: [] };
  /** The folders of the offline stores, by `<stack>/<feature table>`. */
  private folders: ReadonlyMap<string, string> = new Map();
  /** Rows of recorded requests and cases, by `<stack>/<endpoint>`. */
  private recorded: ReadonlyMap<string, readonly ExampleRow[]> = new Map();
  /** One for each feature table with an offline store, by `<stack>/<feature table>`. */
  private followers: ReadonlyMap<string, TableFollower> = new Map();

  private constructor(
    private readonly options: SessionOptions,
    private readonly store: LocalTables,
  ) {
    this.inference = new InferenceTables(options.offlineRoot, options.events.notLogged);
    const log: FunctionHost['log'] = (fn, line) => {
      this.inference.take(fn, line);
      options.events.printed(fn, line);
    };
    this.host = { ...options.host, dynamodbEndpoint: store.endpoint, log };
  }

  /** Opens the online store in a DynamoDB table. */
  public onlineStore(tableName: string): OnlineTable {
    return this.store.onlineStore(tableName);
  }

  /** What runs. */
  public get plan(): LocalPlan {
    return this.current;
  }

  /** The addresses of the APIs, by their resource keys. */
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
   * Runs an assembly from now on. Tables keep their rows and APIs their ports. Functions start anew; the previous ones end when they have
   * answered their pending requests.
   */
  public async run(assembly: CloudAssembly): Promise<void> {
    const { signal } = this.options;
    const keys = httpApiKeys(assembly);
    for (const key of keys) if (!this.apis.has(key)) this.apis.set(key, await this.listen());
    const plan = planLocalRun(assembly, (key) => this.apis.get(key)?.url);
    const external = externalTables(plan.functions, plan.tables);
    await Promise.all([...this.followers.values()].map((follower) => follower.stop()));
    await this.store.provide([...plan.tables, ...external]);
    this.recorded = recordedRows(assembly, this.options.appFolder);
    this.folders = offlineFolders(featureTablesOf(assembly), this.options.offlineRoot);
    await this.inference.use(assembly);
    signal.throwIfAborted();

    this.retiring = [...this.functions.values()];
    this.functions = new Map(plan.functions.map((fn) => [fn.name, new FunctionProcess(fn, this.host)]));
    for (const api of plan.apis) this.apis.get(api.key)!.use(api);
    const models = provideModels(plan.functions, this.options.appFolder, tmpdir(), process.env);
    this.current = { ...plan, notRun: [...plan.notRun, ...external.map(externalTableText), ...models] };
    for (const [key, api] of this.apis) {
      if (keys.includes(key)) continue;
      this.apis.delete(key);
      await api.stop();
    }
    await this.retire();
    signal.throwIfAborted();
    this.followers = this.makeFollowers(assembly);
    writeDevState(this.options.appFolder, this.state());
  }

  /** Writes the rows of the offline stores to the online stores, and from then on each new commit of the tables that are followed. */
  public async bringOnline(): Promise<void> {
    await Promise.all([...this.followers.values()].map((follower) => follower.bringOnline()));
    for (const follower of this.followers.values()) follower.follow();
  }

  /** The follower of a table by `<stack>/<feature table>`; undefined if the table's materialization is not continuous. */
  public followerOf(key: string): TableFollower | undefined {
    const follower = this.followers.get(key);
    return follower?.isFollowing ? follower : undefined;
  }

  /** Sends one example request to each endpoint. */
  public async examples(): Promise<EndpointExample[]> {
    const { functions, apis } = this.current;
    const rows = await this.exampleRows();
    return endpointExamples({ functions, apis, urls: this.urls, recorded: this.recorded, rows }, this.options.signal);
  }

  /** Stops everything that runs. The rows of the online stores are lost. */
  public async stop(): Promise<void> {
    removeDevState(this.options.appFolder);
    await Promise.all([...this.apis.values()].map((api) => api.stop()));
    await Promise.all([...this.functions.values(), ...this.retiring].map((fn) => fn.stop()));
    await this.inference.flush();
    await Promise.all([...this.followers.values()].map((follower) => follower.stop()));
    await this.store.stop();
  }

  private makeFollowers(assembly: CloudAssembly): ReadonlyMap<string, TableFollower> {
    const { events, signal } = this.options;
    const names = new Map(this.featureTables.map(({ key, tableName }) => [key, tableName]));
    const stored = featureTablesOf(assembly).filter((table) => table.offlineStore !== undefined && names.has(qualifiedName(table)));
    return new Map(
      stored.map((table) => {
        const key = qualifiedName(table);
        const online = this.store.onlineStore(names.get(key)!);
        const followed = { document: tableDocumentOf(table), folder: this.folders.get(key)!, online };
        return [key, new TableFollower(followed, events, signal)];
      }),
    );
  }

  /** Ends the functions of the previous assembly when they have answered their pending requests, or at once on the signal. */
  private async retire(): Promise<void> {
    const { signal } = this.options;
    const stop = (): void => void Promise.all(this.retiring.map((fn) => fn.stop()));
    signal.addEventListener('abort', stop);
    try {
      await Promise.all(this.retiring.map((fn) => fn.retire()));
      this.retiring = [];
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  private state(): DevState {
    return {
      dynamodbEndpoint: this.store.endpoint,
      tables: Object.fromEntries(this.featureTables.map(({ key, tableName }) => [key, tableName])),
      offlineFolders: Object.fromEntries(this.folders),
      inferenceFolders: this.inference.folders,
    };
  }

  private async listen(): Promise<LocalApi> {
    const ports = [...this.apis.values()].map(({ port }) => port);
    const { port: first, events } = this.options;
    const port = first === 0 || ports.length === 0 ? first : Math.max(...ports) + 1;
    return LocalApi.listen(port, (name, requestId, event) => this.invoke(name, requestId, event), events);
  }

  private async invoke(functionName: string, requestId: string, event: unknown): Promise<Outcome> {
    const fn = this.functions.get(functionName);
    return fn === undefined ? { kind: 'failed', reason: 'the function does not run here' } : fn.invoke(requestId, event);
  }

  /** A row of each feature table that has rows, by the name of its DynamoDB table. */
  private async exampleRows(): Promise<Map<string, ExampleRow>> {
    const rows = new Map<string, ExampleRow>();
    for (const { tableName, spec } of this.featureTables) {
      const item = await this.store.anyItem(tableName);
      if (item !== undefined) rows.set(tableName, exampleRow(spec, item));
    }
    return rows;
  }
}

function isFeatureTable(table: LocalTable): table is LocalTable & { featureTable: TableSpec } {
  return table.featureTable !== undefined;
}
