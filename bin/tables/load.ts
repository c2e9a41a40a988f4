import { Command } from 'commander';
import type { AppOptions } from '../app-settings';
import { loadFile } from '../load/load-file';
import { ProgressBar } from '../load/progress-bar';
import { reportText } from '../load/report-text';
import { asUserError } from '../stores/aws-error';
import { findTable } from '../stores/find-table';
import { openOnlineStore } from '../stores/online-store';
import { addStoreOptions, type StoreOptions } from '../stores/store-options';
import { synthesize } from '../synthesize';

interface TablesLoadOptions extends AppOptions, StoreOptions {
  readonly force?: boolean;
}

/** `cdk-ml-serving tables load`: writes a file's rows to the online store of a feature table. */
export function tablesLoadCommand(): Command {
  const command = new Command('load')
    .summary("write a file's rows to a feature table")
    .description(
      'Writes the rows of a file to the online store of a feature table, as it is deployed or, with --local, as a running ' +
        '`dev` has it. A row replaces the stored row of its key unless that is later. Rows that cannot be written are listed; then the exit code is 1.',
    )
    .argument('<feature table>', 'its name, or Stack/name where several have it')
    .argument('<file>', 'a file that ends in .csv, .jsonl, .ndjson or .parquet, or the folder of a Delta Lake table');
  return addStoreOptions(command)
    .option('--force', 'replace stored rows that are later, too')
    .action((table: string, file: string, options: TablesLoadOptions) => load(table, file, options));
}

async function load(name: string, file: string, options: TablesLoadOptions): Promise<void> {
  const { assembly, dispose } = await synthesize({ folder: process.cwd(), app: options.app, context: options.context });
  const bar = new ProgressBar(name, process.stderr);
  try {
    const found = findTable(assembly, name);
    const online = await openOnlineStore(found, options);
    const progress = (share: number): void => bar.show(share);
    const report = await loadFile({ table: found.spec, online, file, force: options.force, progress });
    bar.clear();
    process.stdout.write(`${reportText(report)}\n`);
    if (report.refused.length > 0) process.exitCode = 1;
  } catch (error) {
    bar.clear();
    throw asUserError(error);
  } finally {
    dispose();
  }
}
