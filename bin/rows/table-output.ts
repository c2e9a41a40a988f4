import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { storedColumns } from '../../lambda/offline/feature-schema';
import { latestVersion } from '../../lambda/delta/log-segment';
import { readSnapshot } from '../../lambda/delta/snapshot';
import { tableWriterIo } from '../../lambda/delta/writer-io';
import type { StackFeatureTable } from '../app/cloud-assembly';
import { stateFolder } from '../app/dev-state';
import { loadFile } from '../tables/load-file';
import { reportText } from '../tables/report-text';
import { atPlace } from '../stores/at-place';
import { openOfflineStore } from '../stores/offline-store';
import { openOnlineStore } from '../stores/online-store';
import type { StoreOptions } from '../stores/store-options';
import { type Output, writeFile } from './output';
import { PARQUET } from './part-format';

/** A feature table as an output: its rows are loaded as those of a file are, offline and online. */
export function tableOutput(table: StackFeatureTable, options: StoreOptions): Output {
  const { name } = table.spec;
  const path = join(stateFolder(process.cwd()), name);
  return {
    name,
    path,
    format: PARQUET,
    async check() {
      await openOnlineStore(table, options);
      if (table.offlineStore === undefined) return;
      const { files, place } = await openOfflineStore(table, options);
      await atPlace(place, async () => {
        if ((await latestVersion(files)) !== undefined) storedColumns(table.spec, (await readSnapshot(files)).schema);
      });
    },
    async finish(parts) {
      const file = join(`${path}.parts`, `${name}.parquet`);
      await writeFile(file, PARQUET, parts);
      const report = await loadFile({
        table: table.spec,
        file,
        offline: table.offlineStore && tableWriterIo((await openOfflineStore(table, options)).files),
        online: await openOnlineStore(table, options),
        now: Date.now,
        secret: randomUUID(),
      });
      return { lines: [reportText(report)], isWhole: report.refused.length + report.notOnline.length === 0 };
    },
  };
}
