import { Command } from 'commander';
import { StateItem } from '../../lambda/materialization/state';
import { committedAt, readHistory } from '../../lambda/delta/history';
import { latestVersion } from '../../lambda/delta/log-segment';
import type { ObjectStore } from '../../lambda/stores/object-store';
import type { DataFile } from '../../lambda/delta/data-file';
import { readSnapshot } from '../../lambda/delta/snapshot';
import { TableError } from '../../lambda/stores/table-error';
import type { AppOptions } from '../app/app-settings';
import type { StackFeatureTable } from '../app/cloud-assembly';
import { openOfflineStore } from '../stores/offline-store';
import { openOnlineStore } from '../stores/online-store';
import { addStoreOptions, type StoreOptions } from '../stores/store-options';
import { descriptionText, type TableDescription, type VersionDescription } from './description-text';
import { onTable } from './on-table';

/** `cdk-ml-serving tables describe`: prints the columns of a feature table, where its rows are, and what is materialized. */
export function tablesDescribeCommand(): Command {
  const command = new Command('describe')
    .summary('print the columns of a feature table, where its rows are, and what is materialized')
    .argument('<feature table>', 'its name, or Stack/name if several stacks have it');
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
  const modified = (await committedAt(store, version))!;
  try {
    const { files } = await readSnapshot(store, version);
    // as `tables history` prints it: it may differ from the time of the commit's file
    const [commit] = await readHistory(store, 1);
    const committed = commit?.version === version ? commit.timestamp : modified;
    const size = files.reduce((sum, file) => sum + file.size, 0);
    return { version, committed, content: { files: files.length, size, rows: rowCountOf(files) } };
  } catch (error) {
    if (!(error instanceof TableError)) throw error;
    return { version, committed: modified, content: error.message };
  }
}

/** Counts the rows of data files by their statistics; undefined if a file has none. */
function rowCountOf(files: readonly DataFile[]): number | undefined {
  let rows = 0;
  for (const { stats, deletionVector } of files) {
    const written = recordsOf(stats);
    if (written === undefined) return undefined;
    rows += written - (deletionVector?.cardinality ?? 0);
  }
  return rows;
}

function recordsOf(stats: string | undefined): number | undefined {
  try {
    const { numRecords } = (JSON.parse(stats ?? 'null') ?? {}) as { readonly numRecords?: unknown };
    return Number.isSafeInteger(numRecords) ? (numRecords as number) : undefined;
  } catch (error) {
    // statistics are optional, so malformed statistics are ignored
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
