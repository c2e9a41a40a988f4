import { Command } from 'commander';
import { type MaterializationReport, materialize } from '../../lambda/materialization/materialize';
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

/** `cdk-ml-serving tables materialize`: brings rows of a feature table's offline store online. */
export function tablesMaterializeCommand(): Command {
  const command = new Command('materialize')
    .summary("bring rows of a feature table's offline store online")
    .description(
      'Brings online what was committed to the offline store of a feature table and is not online yet, in this process and with your rights. ' +
        'Rows that cannot be online are listed; then, and when a version cannot be brought online, the exit code is 1.',
    )
    .argument('<feature table>', 'its name, or Stack/name where several have it')
    .option('--version <number>', 'up to this version; an older one than is online takes --force', versionOf)
    .option(
      '--force',
      'make the online store have exactly the rows of the version; with --version, which then stays until the latest is asked for',
    )
    .option('--skip <number>', 'move past this version, which stopped the materialization', versionOf);
  return addStoreOptions(command).action((name: string, options: TablesMaterializeOptions) =>
    onTable(name, options, (table) => bringOnline(table, options)),
  );
}

async function bringOnline(table: StackFeatureTable, options: TablesMaterializeOptions): Promise<void> {
  const document = tableDocumentOf(table);
  const { files } = await openOfflineStore(table, options);
  const online = await openOnlineStore(table, options);
  const { version, force, skip } = options;
  const bar = new ProgressBar(table.spec.name, process.stderr);
  let bytes = 0;
  const offline = countingStore(files, (more) => bar.tell(`${sizeText((bytes += more))} read`));
  const io = { offline, online, now: Date.now, log: () => undefined };
  const report = await materialize(document, io, { version, force, skip }).finally(() => bar.clear());
  process.stdout.write(`${materializationText(report)}\n`);
  if (isRefused(report)) process.exitCode = 1;
}

function isRefused({ rowsRejected, stopped }: MaterializationReport): boolean {
  return rowsRejected > 0 || stopped !== undefined;
}
