import { Command } from 'commander';
import { materialize } from '../../lambda/materialization/materialize';
import type { MaterializeOptions } from '../../lambda/materialization/next-work';
import type { AppOptions } from '../app/app-settings';
import type { StackFeatureTable } from '../app/cloud-assembly';
import { countingStore } from '../stores/counting-store';
import { ProgressBar } from '../terminal/progress-bar';
import { sizeText } from '../terminal/quantities';
import { openOfflineStore } from '../stores/offline-store';
import { openOnlineStore } from '../stores/online-store';
import { addStoreOptions, type StoreOptions } from '../stores/store-options';
import { tableDocumentOf } from '../stores/table-document';
import { materializationText } from './materialization-text';
import { onTable } from './on-table';
import { versionOf } from '../terminal/option-values';

type TablesMaterializeOptions = AppOptions & StoreOptions & Pick<MaterializeOptions, 'version' | 'force' | 'skip'>;

/** `cdk-ml-serving tables materialize`: writes the rows of a feature table's offline store to its online store. */
export function tablesMaterializeCommand(): Command {
  const command = new Command('materialize')
    .summary("write rows of a feature table's offline store to its online store")
    .description(
      'Writes the rows of new commits of the offline store of a feature table to its online store, in this process and with your permissions. ' +
        'Rows that the online store does not take are rejected: they are printed, and the exit code is 1. It is 1, too, if a version cannot be ' +
        'materialized.',
    )
    .argument('<feature table>', 'its name, or Stack/name if several stacks have it')
    .option('--version <number>', 'materialize up to this version; a version older than the one online needs --force', versionOf)
    .option(
      '--force',
      'make the online store have exactly the rows of the version; with --version, it stays pinned until `tables materialize` runs without it',
    )
    .option('--skip <number>', 'skip this version, which stopped the materialization', versionOf);
  return addStoreOptions(command).action((name: string, options: TablesMaterializeOptions) =>
    onTable(name, options, (table) => materializeTable(table, options)),
  );
}

async function materializeTable(table: StackFeatureTable, options: TablesMaterializeOptions): Promise<void> {
  const document = tableDocumentOf(table);
  const { files } = await openOfflineStore(table, options);
  const online = await openOnlineStore(table, options);
  const { version, force, skip } = options;
  const bar = new ProgressBar(table.spec.name, process.stderr);
  let bytes = 0;
  const offline = countingStore(files, (more) => bar.showText(`${sizeText((bytes += more))} read`));
  const io = { offline, online, now: Date.now, log: () => undefined };
  const report = await materialize(document, io, { version, force, skip }).finally(() => bar.clear());
  process.stdout.write(`${materializationText(report)}\n`);
  if (report.rowsRejected > 0 || report.stopped !== undefined) process.exitCode = 1;
}
