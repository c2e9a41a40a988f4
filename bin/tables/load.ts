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

/** `cdk-ml-serving tables load`: writes the rows of a file to a feature table. */
export function tablesLoadCommand(): Command {
  const command = new Command('load')
    .summary('write the rows of a file to a feature table')
    .description(
      'Writes the rows of a file to a deployed feature table or, with --local, to the table of a running `dev`: in one commit to its offline ' +
        'store, if it has one, and then to its online store. Offline, a row replaces the row with its key and event time. Online, it replaces ' +
        'the row of its key, unless that row is newer. Rows that cannot be written are rejected: they are printed, and the exit code is 1.',
    )
    .argument('<feature table>', 'its name, or Stack/name if several stacks have it')
    .argument('<file>', 'a file that ends in .csv, .jsonl, .ndjson or .parquet, or the folder of a Delta Lake table');
  return addStoreOptions(command)
    .option('--force', 'replace newer rows of the online store, too')
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
