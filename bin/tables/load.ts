import { Command } from 'commander';
import { randomUUID } from 'node:crypto';
import { tableWriterIo } from '../../lambda/delta/writer-io';
import type { AppOptions } from '../app/app-settings';
import type { StackFeatureTable } from '../app/cloud-assembly';
import { loadFile } from './load-file';
import { ProgressBar } from '../terminal/progress-bar';
import { reportText } from './report-text';
import { openOfflineStore } from '../stores/offline-store';
import { openOnlineStore } from '../stores/online-store';
import { addStoreOptions, type StoreOptions } from '../stores/store-options';
import { onTable } from './on-table';

interface TablesLoadOptions extends AppOptions, StoreOptions {
  readonly force?: boolean;
}

/** `cdk-ml-serving tables load`: writes a file's rows to a feature table. */
export function tablesLoadCommand(): Command {
  const command = new Command('load')
    .summary("write a file's rows to a feature table")
    .description(
      'Writes the rows of a file to a feature table, as it is deployed or, with --local, as a running `dev` has it: in one commit to its ' +
        'offline store, if it has one, and to its online store. Offline a row takes the place of the one with its key and event time; online it ' +
        'replaces the row of its key unless that is later. Rows that cannot be written are listed; then the exit code is 1.',
    )
    .argument('<feature table>', 'its name, or Stack/name where several have it')
    .argument('<file>', 'a file that ends in .csv, .jsonl, .ndjson or .parquet, or the folder of a Delta Lake table');
  return addStoreOptions(command)
    .option('--force', 'replace stored rows that are later, too; online')
    .action((name: string, file: string, options: TablesLoadOptions) => onTable(name, options, (table) => load(table, file, options)));
}

async function load(table: StackFeatureTable, file: string, options: TablesLoadOptions): Promise<void> {
  const online = await openOnlineStore(table, options);
  const offline = table.offlineStore && tableWriterIo((await openOfflineStore(table, options)).files);
  const bar = new ProgressBar(table.spec.name, process.stderr);
  try {
    const report = await loadFile({
      table: table.spec,
      file,
      offline,
      online,
      force: options.force,
      now: Date.now,
      secret: randomUUID(),
      progress: (share) => bar.show(share),
    });
    bar.clear();
    process.stdout.write(`${reportText(report)}\n`);
    if (report.rejected.length + report.notOnline.length > 0) process.exitCode = 1;
  } finally {
    bar.clear();
  }
}
