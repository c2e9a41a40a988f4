import { join } from 'node:path';
import { writeDevState } from '../../bin/app/dev-state';
import { tablesCommand } from '../../bin/tables/command';
import { UserError } from '../../bin/terminal/user-error';
import { FolderStore } from '../../lambda/stores/folder-store';
import type { OnlineTable } from '../../lambda/online/online-table';
import { type TableWriterIo, tableWriterIo } from '../../lambda/delta/writer-io';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import type { MaterializationSpec } from '../../lib/contract/table-document';
import { temporaryFile, temporaryFolder } from './files';
import { createOnlineTable, onlineTable, storeClient, type TestStore } from './store';

/** A feature table with history. */
export const HOUSES: TableSpec = {
  name: 'houses',
  primaryKey: [{ name: 'id', type: 'string' }],
  timestampKey: { name: 'updated_at', type: 'timestamp' },
  features: [{ name: 'rooms', type: 'long', defaultValue: 5 }, { name: 'price', type: 'double', nullable: true }],
}; // prettier-ignore

/** What a run of the command line came to. */
export interface Ran {
  /** What it printed, without the last line's end. */
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** A feature table with an offline store as a running `dev` has it, and `cdk-ml-serving tables` for it. */
export interface TableApp {
  /** The folder of the Delta Lake table. */
  readonly folder: string;
  readonly io: TableWriterIo;
  readonly online: OnlineTable;
  /** Runs `tables <command> <the table> --local`, with `more` before the options. */
  run(command: string, ...more: string[]): Promise<Ran>;
  /** Loads lines of CSV. */
  load(...lines: string[]): Promise<Ran>;
}

let made = 0;

/** @param materialization absent for a table whose rows come online by hand */
export async function tableApp(store: TestStore, table: TableSpec, materialization?: MaterializationSpec): Promise<TableApp> {
  const tableName = `table_app_${made++}`;
  const client = storeClient(store);
  await createOnlineTable(client, tableName);
  client.destroy();
  const appFolder = temporaryFolder({ 'manifest.json': MANIFEST, 'template.json': templateOf(table, materialization) });
  const folder = join(appFolder, 'offline', table.name);
  const key = `Stack/${table.name}`;
  writeDevState(appFolder, {
    dynamodbEndpoint: store.endpoint,
    tables: { [key]: tableName },
    offlineFolders: { [key]: folder },
    inferenceFolders: {},
  });
  const run = (command: string, ...more: string[]): Promise<Ran> =>
    runTables(appFolder, [command, table.name, ...more, '--local', '--app', appFolder]);
  return {
    folder,
    io: tableWriterIo(new FolderStore(folder)),
    online: onlineTable(store, tableName),
    run,
    load: (...lines) => run('load', temporaryFile('rows.csv', lines.join('\n'))),
  };
}

const MANIFEST = JSON.stringify({
  version: '54.0.0',
  artifacts: {
    Stack: {
      type: 'aws:cloudformation:stack',
      environment: 'aws://unknown-account/unknown-region',
      properties: { templateFile: 'template.json' },
    },
  },
});

function templateOf(table: TableSpec, materialization: MaterializationSpec | undefined): string {
  const offlineStore = { bucket: 'bucket', prefix: table.name, ...(materialization && { materialization }) };
  const Metadata = { 'cdk-ml-serving:featureTable': table, 'cdk-ml-serving:offlineStore': offlineStore };
  return JSON.stringify({ Resources: { Table1: { Type: 'AWS::DynamoDB::GlobalTable', Metadata } } });
}

async function runTables(appFolder: string, args: readonly string[]): Promise<Ran> {
  jest.spyOn(process, 'cwd').mockReturnValue(appFolder);
  const [out, error] = [process.stdout, process.stderr].map((stream) => jest.spyOn(stream, 'write').mockReturnValue(true));
  const printed = (spy: jest.SpyInstance): string =>
    spy.mock.calls
      .map(([text]) => String(text))
      .join('')
      .replace(/\n$/, '');
  try {
    await tablesCommand().parseAsync(args, { from: 'user' });
    return { stdout: printed(out!), stderr: printed(error!), exitCode: Number(process.exitCode ?? 0) };
  } catch (failure) {
    if (!(failure instanceof UserError)) throw failure;
    return { stdout: printed(out!), stderr: failure.message, exitCode: 1 };
  } finally {
    process.exitCode = undefined;
    jest.restoreAllMocks();
  }
}
