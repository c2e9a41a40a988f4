import { Command, InvalidArgumentError } from 'commander';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { FolderStore } from '../../lambda/stores/folder-store';
import { tableWriterIo } from '../../lambda/delta/writer-io';
import { FolderWatch } from './watch';
import type { EndpointExample } from './examples';
import type { AnsweredRequest } from './local-api';
import type { LocalFunction } from '../functions/local-function';
import { runtimeModules } from '../functions/runtime-modules';
import { onNpmEnd } from './parent-watch';
import { Session } from './session';
import { loadFile } from '../tables/load-file';
import { ProgressBar } from '../terminal/progress-bar';
import { reportText } from '../tables/report-text';
import { findTable, qualifiedName } from '../app/find-table';
import { OFFLINE_FOLDER } from '../stores/offline-folders';
import { addAppOptions, type AppOptions } from '../app/app-settings';
import { lookupProviders, type Synthesized, synthesize } from '../app/synthesize';
import { materializationText } from '../tables/materialization-text';
import { asUserError, errorText, UserError } from '../terminal/user-error';

/** A file to load into a feature table. */
interface LoadedFile {
  readonly table: string;
  readonly file: string;
}

interface DevOptions extends AppOptions {
  readonly port: number;
  readonly load: readonly LoadedFile[];
  readonly offline: string;
  readonly watch?: boolean;
  readonly verbose?: boolean;
}

const DEFAULT_PORT = 3000;

/** The signals of Ctrl-C, of a supervisor and of a closed terminal. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** `cdk-ml-serving dev`: runs an app on this machine until it is stopped. */
export function devCommand(): Command {
  const command = new Command('dev')
    .summary('run the app on this machine')
    .description(
      'Synthesizes the app and runs what its templates declare on this machine, without an AWS account: tables in an embedded DynamoDB, ' +
        'offline stores as folders whose commits are materialized, functions as processes, each HTTP API on a port. Ctrl-C stops it. The rows ' +
        'of offline stores persist, those of online stores do not.',
    )
    .option(
      '-p, --port <number>',
      'the port of the first HTTP API; the others count up from it; 0 takes any free ports',
      portOf,
      DEFAULT_PORT,
    )
    .option('-l, --load <table=file>', 'a file whose rows are written to a feature table at the start; may be repeated', gatherFiles, [])
    .option('--offline <folder>', 'the folder of the offline stores, which persist', OFFLINE_FOLDER)
    .option('-w, --watch', 'synthesize the app again when its files change; tables keep their rows')
    .option('-v, --verbose', 'print everything that functions log');
  return addAppOptions(command).action((options: DevOptions) => dev(options));
}

async function dev(options: DevOptions): Promise<void> {
  const stopped = new AbortController();
  const stop = (): void => stopped.abort();
  // a second signal ends the process at once, as it does by default
  for (const signal of STOP_SIGNALS) process.once(signal, stop);
  const stopWatching = onNpmEnd(stop);
  try {
    await new Dev(options, stopped.signal).run();
  } catch (error) {
    if (!stopped.signal.aborted) throw error;
  } finally {
    stopWatching();
    for (const signal of STOP_SIGNALS) process.off(signal, stop);
  }
}

class Dev {
  private readonly folder = process.cwd();
  private synthesized: Synthesized | undefined;
  /** False while `dev` itself sends the example requests, which are not printed. */
  private isReady = false;

  constructor(
    private readonly options: DevOptions,
    private readonly signal: AbortSignal,
  ) {}

  public async run(): Promise<void> {
    // before the app runs, which may take long
    for (const { file } of this.options.load) {
      if (!existsSync(resolve(this.folder, file))) throw new UserError(`--load: expected a file, got: ${file}, which does not exist`);
    }
    const modules = runtimeModules({
      platform: process.platform,
      arch: process.arch,
      assets: join(__dirname, '..'),
      appFolder: this.folder,
    });
    const session = await Session.start({
      appFolder: this.folder,
      offlineRoot: resolve(this.folder, this.options.offline),
      port: this.options.port,
      host: {
        script: join(__dirname, 'function-host.js'),
        modules: ({ endpointName }) => (endpointName === undefined ? [] : modules.folders),
      },
      events: {
        answered: (request) => this.showRequest(request),
        waiting: (name, seconds) => note(`[${name}] no answer for ${seconds} seconds`),
        printed: (fn, line) => this.showLine(fn, line),
        materialized: (report) => note(materializationText(report)),
        notLogged: (endpointName, error) => note(`inference table of ${endpointName}: ${errorText(asUserError(error))}`),
        failed: (featureTable, error) => note(`${featureTable}: ${errorText(asUserError(error))}`),
      },
      signal: this.signal,
    });
    try {
      await this.synthesizeInto(session);
      this.introduce(session, modules.advice);
      await session.bringOnline();
      for (const loaded of this.options.load) await this.load(session, loaded);
      this.signal.throwIfAborted();
      for (const example of await session.examples()) show(exampleText(example));
      this.isReady = true;
      this.signal.throwIfAborted();
      // watch before saying ready, so that no change is missed
      const stopped = this.untilStopped(session);
      note('\nready; Ctrl-C stops it');
      await stopped;
    } finally {
      await session.stop();
      this.synthesized?.dispose();
    }
  }

  private async synthesizeInto(session: Session): Promise<void> {
    const { app, context } = this.options;
    const made = await synthesize({
      folder: this.folder,
      app,
      context,
      signal: this.signal,
      onMissingContext: (missing) =>
        note(
          `the app looks values up in an AWS account (${lookupProviders(missing)}) and gets dummy values here; for the real ones run ` +
            '`npx cdk synth` once with credentials, so that cdk.context.json has them',
        ),
    });
    try {
      await session.run(made.assembly);
    } catch (error) {
      made.dispose();
      throw error;
    }
    this.synthesized?.dispose();
    this.synthesized = made;
  }

  private async load(session: Session, { table, file }: LoadedFile): Promise<void> {
    const found = findTable(this.synthesized!.assembly, table);
    const { key, tableName, offlineFolder } = session.featureTables.find((running) => running.key === qualifiedName(found))!;
    const follower = session.followerOf(key);
    const bar = new ProgressBar(table, process.stderr);
    try {
      const report = await loadFile({
        table: found.spec,
        file,
        offline: offlineFolder === undefined ? undefined : tableWriterIo(new FolderStore(offlineFolder)),
        online: follower === undefined ? session.onlineStore(tableName) : undefined,
        now: Date.now,
        secret: randomUUID(),
        progress: (share) => {
          this.signal.throwIfAborted();
          bar.show(share);
        },
      });
      bar.clear();
      note(reportText(report));
      await follower?.bringOnline();
    } finally {
      bar.clear();
    }
  }

  private async untilStopped(session: Session): Promise<void> {
    const stopped = new Promise((done) => this.signal.addEventListener('abort', done));
    if (!this.options.watch) {
      await stopped;
      return;
    }
    let running = Promise.resolve();
    const failed = new Promise<never>((_, fail) => {
      const watch = new FolderWatch(this.folder, resolve(this.folder, this.options.offline), () => {
        running = running.then(() => this.update(session)).catch(fail);
      });
      this.signal.addEventListener('abort', () => watch.close());
    });
    await Promise.race([stopped, failed]);
    await running;
  }

  /** Runs the changed app; if the change breaks the app, the previous version keeps running. */
  private async update(session: Session): Promise<void> {
    if (this.signal.aborted) return;
    note('\nthe app changed');
    try {
      await this.synthesizeInto(session);
      note('running the changed app');
      await session.bringOnline();
    } catch (error) {
      if (this.signal.aborted) return;
      if (!(error instanceof UserError)) throw error;
      note(`${error.message}\nstill running the previous version of the app`);
    }
  }

  private introduce(session: Session, advice: string | undefined): void {
    const { notRun, apis } = session.plan;
    for (const [key, url] of session.urls) note(`${url}  ${key}`);
    if (apis.length === 0) note('the app has no HTTP API');
    const authorization = [...new Set(apis.flatMap((api) => api.authorization))];
    if (authorization.length > 0) note(`${authorization.join(' and ')} authorization is not checked here`);
    if (notRun.length > 0) note(`not run here:\n${notRun.map((line) => `  ${line}`).join('\n')}`);
    if (advice !== undefined) note(advice);
  }

  private showRequest({ method, url, status, milliseconds, failure, routes }: AnsweredRequest): void {
    if (this.isReady) note(`${method} ${url} ${status} ${Math.round(milliseconds)} ms`);
    if (failure !== undefined) note(`[${failure.functionName}] ${failure.reason}`);
    if (routes !== undefined) note(`no route matches; the API has:\n${routes.map((routeKey) => `  ${routeKey}`).join('\n')}`);
  }

  private showLine({ name, endpointName }: LocalFunction, line: string): void {
    const shown = this.options.verbose ? line : withoutRecords(line);
    if (shown !== undefined) note(`[${endpointName ?? name}] ${shown}`);
  }
}

/** For the log record of a request, returns only why it failed; undefined if it did not. Returns other lines unchanged. */
function withoutRecords(line: string): string | undefined {
  if (!line.startsWith('{') || !line.includes('"_aws"')) return line;
  try {
    const { error_code, reason } = JSON.parse(line) as { error_code?: string; reason?: readonly string[] };
    return reason === undefined || reason.length === 0 ? undefined : `${error_code}: ${reason.join(', because of ')}`;
  } catch {
    // the line only looks like a record
    return line;
  }
}

function exampleText({ name, url, curl, answer, madeUp }: EndpointExample): string {
  return [
    `\n${name}: ${url}`,
    `  ${curl}`,
    ...(answer === undefined ? [] : [`  ${answer}`]),
    ...(madeUp.length === 0 ? [] : [`  made-up values: ${madeUp.join(', ')}`]),
  ].join('\n');
}

function show(text: string): void {
  process.stdout.write(`${text}\n`);
}

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

function gatherFiles(text: string, previous: readonly LoadedFile[]): LoadedFile[] {
  const [, table, file] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (table === undefined || file === undefined) throw new InvalidArgumentError('expected <feature table>=<file>');
  return [...previous, { table, file }];
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('expected a number from 0 to 65535');
  return port;
}
