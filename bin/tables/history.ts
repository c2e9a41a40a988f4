import { Command } from 'commander';
import { type HistoryEntry, readHistory } from '../../lambda/delta/history';
import type { AppOptions } from '../app/app-settings';
import type { StackFeatureTable } from '../app/cloud-assembly';
import { openOfflineStore } from '../stores/offline-store';
import { addStoreOptions, type StoreOptions } from '../stores/store-options';
import { textTable } from '../terminal/text-table';
import { requireTable } from './offline-version';
import { onTable } from './on-table';
import { limitOf } from '../terminal/option-values';
import { countText, timeText } from '../terminal/quantities';

interface TablesHistoryOptions extends AppOptions, StoreOptions {
  readonly limit: number;
}

/** `cdk-ml-serving tables history`: lists the commits of a feature table's offline store. */
export function tablesHistoryCommand(): Command {
  const command = new Command('history')
    .summary("list the commits of a feature table's offline store")
    .description(
      'Lists the commits in the log of the offline store of a feature table, the latest first: when each was made, how many rows it changed, ' +
        'and which writer made it. What the log does not say is blank.',
    )
    .argument('<feature table>', 'its name, or Stack/name if several stacks have it')
    .option('-n, --limit <number>', 'the largest number of commits to print', limitOf, 20);
  return addStoreOptions(command).action((name: string, options: TablesHistoryOptions) =>
    onTable(name, options, (table) => history(table, options)),
  );
}

async function history(table: StackFeatureTable, options: TablesHistoryOptions): Promise<void> {
  const store = await openOfflineStore(table, options);
  await requireTable(store);
  process.stdout.write(`${historyText(await readHistory(store.files, options.limit))}\n`);
}

const COLUMNS = [
  { name: 'version', isNumber: true },
  { name: 'time' },
  { name: 'operation' },
  { name: 'added', isNumber: true },
  { name: 'updated', isNumber: true },
  { name: 'deleted', isNumber: true },
  { name: 'by' },
];

/** The names of the metrics in logs of ours, of Spark and of delta-rs. */
const METRICS = {
  added: ['numTargetRowsInserted', 'numOutputRows', 'num_target_rows_inserted', 'num_added_rows'],
  updated: ['numTargetRowsUpdated', 'numUpdatedRows', 'num_target_rows_updated', 'num_updated_rows'],
  deleted: ['numTargetRowsDeleted', 'numDeletedRows', 'num_target_rows_deleted', 'num_deleted_rows'],
};

/** The text of commits, as the command prints it. */
export function historyText(entries: readonly HistoryEntry[]): string {
  const rows = entries.map(({ version, timestamp, operation = '', operationMetrics: metrics, engineInfo = '' }) => [
    String(version),
    timeText(timestamp),
    operation,
    ...Object.values(METRICS).map((names) => metricText(metrics, names)),
    engineInfo,
  ]);
  return textTable(COLUMNS, rows);
}

function metricText(metrics: HistoryEntry['operationMetrics'], names: readonly string[]): string {
  const value = names.map((name) => metrics[name]).find((text) => text !== undefined);
  return value === undefined || !/^\d+$/.test(value) ? '' : countText(Number(value));
}
