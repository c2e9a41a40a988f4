import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { latestVersion } from '../../lambda/delta/log-segment';
import { readSnapshot } from '../../lambda/delta/snapshot';
import { tableWriterIo } from '../../lambda/delta/writer-io';
import { storedColumns } from '../../lambda/offline/feature-schema';
import type { StackFeatureTable } from '../app/cloud-assembly';
import { stateFolder } from '../app/dev-state';
import { type Output, writeFile } from '../rows/output';
import { PARQUET } from '../rows/part-format';
import { openOfflineStore } from '../stores/offline-store';
import { openOnlineStore } from '../stores/online-store';
import type { StoreOptions } from '../stores/store-options';
import { loadFile } from '../tables/load-file';
import { reportText } from '../tables/report-text';
import { withErrorPrefix } from '../terminal/user-error';

/** A feature table as an output. The rows are written to a Parquet file, which is loaded as by `tables load`. */
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
      await withErrorPrefix(place, async () => {
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
      return { lines: [reportText(report)], isWhole: report.rejected.length + report.notOnline.length === 0 };
    },
  };
}
