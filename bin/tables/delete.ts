import { Command } from 'commander';
import { randomUUID } from 'node:crypto';
import { tableWriterIo } from '../../lambda/delta/writer-io';
import type { AppOptions } from '../app/app-settings';
import type { StackFeatureTable } from '../app/cloud-assembly';
import { deleteFile, type DeleteReport, type OfflineDeleted } from './delete-file';
import { rejectedLines } from '../rows/rejected-rows';
import { countOf, countText } from '../terminal/quantities';
import { openOfflineStore } from '../stores/offline-store';
import { openOnlineStore } from '../stores/online-store';
import { addStoreOptions, type StoreOptions } from '../stores/store-options';
import { materializationOf } from '../stores/table-document';
import { onTable } from './on-table';

/** `cdk-ml-serving tables delete`: deletes rows of a feature table. */
export function tablesDeleteCommand(): Command {
  const command = new Command('delete')
    .summary('delete rows from a feature table by their keys')
    .description(
      'Deletes all rows of the keys in a file: in one commit from the offline store of a feature table, if it has one, and then from its online ' +
        'store. A tombstone replaces each online row for the tombstone retention of the table, so that an older row that arrives late is not ' +
        'written.',
    )
    .argument('<feature table>', 'its name, or Stack/name if several stacks have it')
    .argument('<file>', 'a file as for `tables load`, with the columns of the primary key; other columns are ignored');
  return addStoreOptions(command).action((name: string, file: string, options: AppOptions & StoreOptions) =>
    onTable(name, options, (table) => deleteKeys(table, file, options)),
  );
}

async function deleteKeys(table: StackFeatureTable, file: string, options: StoreOptions): Promise<void> {
  const online = await openOnlineStore(table, options);
  const offline = table.offlineStore && tableWriterIo((await openOfflineStore(table, options)).files);
  const { tombstoneSeconds } = materializationOf(table);
  const report = await deleteFile({ table: table.spec, file, offline, online, tombstoneSeconds, now: Date.now, secret: randomUUID() });
  process.stdout.write(`${deleteText(report)}\n`);
  if (report.rejected.length > 0) process.exitCode = 1;
}

/** The text of a report, as the command prints it. */
export function deleteText(report: DeleteReport): string {
  const { table, offline, online, notOnline, rejected } = report;
  const onlineText = [`${countOf(online, 'key')} deleted`, ...(notOnline > 0 ? [`${countText(notOnline)} not found`] : [])];
  const first = [
    ...(offline === undefined ? onlineText : offlineText(offline)),
    ...(rejected.length > 0 ? [`${countText(rejected.length)} rejected`] : []),
  ];
  return [
    `${table}: ${first.join(', ')}${offline === undefined ? '' : `; version ${offline.version}`}`,
    ...(offline === undefined ? [] : [`  online: ${onlineText.join(', ')}`]),
    ...rejectedLines(rejected, report),
  ].join('\n');
}

function offlineText({ rows, notFound }: OfflineDeleted): string[] {
  return [`${countOf(rows, 'row')} deleted`, ...(notFound > 0 ? [`${countOf(notFound, 'key')} not found`] : [])];
}
