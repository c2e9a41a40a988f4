import { Command } from 'commander';
import { type MaterializationState, StateItem } from '../../lambda/materialization/state';
import { committedAt } from '../../lambda/delta/history';
import { latestVersion } from '../../lambda/delta/log-segment';
import type { ObjectStore } from '../../lambda/stores/object-store';
import { readSnapshot } from '../../lambda/delta/snapshot';
import { TableError } from '../../lambda/stores/table-error';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import type { MaterializationSpec } from '../../lib/contract/table-document';
import type { AppOptions } from '../app/app-settings';
import type { StackFeatureTable } from '../app/cloud-assembly';
import { openOfflineStore } from '../stores/offline-store';
import { openOnlineStore } from '../stores/online-store';
import { addStoreOptions, type StoreOptions } from '../stores/store-options';
import { descriptionText } from './description-text';
import { onTable } from './on-table';
import { rowCountOf } from './row-count';

/** What is known of a feature table. */
export interface TableDescription {
  readonly table: TableSpec;
  /** The physical name of the DynamoDB table. */
  readonly online: string;
  /** Absent for a table that is online only. */
  readonly offline?: OfflineDescription;
}

/** What is known of an offline store. */
export interface OfflineDescription {
  /** A folder, or `s3://bucket/prefix`. */
  readonly place: string;
  /** Absent where nothing was written yet. */
  readonly latest?: VersionDescription;
  /** Absent where nothing brings rows online. */
  readonly mode?: MaterializationSpec['mode'];
  /** How far rows came online. */
  readonly state: MaterializationState;
  /** When the first commit was made that is not online, in milliseconds since 1970; absent where none waits, or the log does not tell. */
  readonly behindSince?: number;
}

/** What is known of a version of an offline store. */
export interface VersionDescription {
  readonly version: number;
  /** In milliseconds since 1970. */
  readonly committed: number;
  /** What it has, or why it cannot be read. */
  readonly content: VersionContent | string;
}

/** What a version has. */
export interface VersionContent {
  readonly files: number;
  /** In bytes. */
  readonly size: number;
  /** Undefined where a file does not say how many it has. */
  readonly rows: number | undefined;
}

/** `cdk-ml-serving tables describe`: tells what a feature table is and where its rows are. */
export function tablesDescribeCommand(): Command {
  const command = new Command('describe')
    .summary('tell what a feature table is, where its rows are and how far they came online')
    .argument('<feature table>', 'its name, or Stack/name where several have it');
  return addStoreOptions(command).action((name: string, options: AppOptions & StoreOptions) =>
    onTable(name, options, async (table) => {
      process.stdout.write(`${descriptionText(await describe(table, options), Date.now())}\n`);
    }),
  );
}

async function describe(table: StackFeatureTable, options: StoreOptions): Promise<TableDescription> {
  const online = await openOnlineStore(table, options);
  const description = { table: table.spec, online: online.name };
  if (table.offlineStore === undefined) return description;
  const { files, place } = await openOfflineStore(table, options);
  const { state } = await StateItem.read(online);
  const version = await latestVersion(files);
  const latest = version === undefined ? undefined : await describeVersion(files, version);
  const waiting = (state.done?.version ?? -1) + 1;
  const behindSince = version !== undefined && waiting <= version ? await committedAt(files, waiting) : undefined;
  return { ...description, offline: { place, latest, mode: table.offlineStore.materialization?.mode, state, behindSince } };
}

async function describeVersion(store: ObjectStore, version: number): Promise<VersionDescription> {
  const committed = (await committedAt(store, version))!;
  try {
    const { files } = await readSnapshot(store, version);
    const size = files.reduce((sum, file) => sum + file.size, 0);
    return { version, committed, content: { files: files.length, size, rows: rowCountOf(files) } };
  } catch (error) {
    if (!(error instanceof TableError)) throw error;
    return { version, committed, content: error.message };
  }
}
