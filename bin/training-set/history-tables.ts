import { filesOverTime } from '../../lambda/lookups/files-over-time';
import type { OfflineTable } from '../../lambda/lookups/offline-lookups';
import { readSnapshot } from '../../lambda/delta/snapshot';
import type { Plan } from '../../lambda/serving/plan';
import type { CloudAssembly } from '../app/cloud-assembly';
import { type AppEndpoint, lookedUpTables } from '../app/endpoints';
import { atPlace } from '../stores/at-place';
import { openOfflineStore } from '../stores/offline-store';
import type { StoreOptions } from '../stores/store-options';
import { UserError } from '../terminal/user-error';

/**
 * The offline stores of the tables that a plan looks up, each at its latest version.
 * @param asKnown whether rows are there only from their commit on
 * @throws UserError naming a table without a timestamp key, without an offline store, or that cannot be read
 */
export async function historyTables(
  assembly: CloudAssembly,
  endpoint: AppEndpoint,
  plan: Plan,
  asKnown: boolean,
  options: StoreOptions,
): Promise<ReadonlyMap<string, OfflineTable>> {
  const opened = new Map<string, OfflineTable>();
  for (const table of lookedUpTables(assembly, endpoint, plan)) {
    const { name, timestampKey } = table.spec;
    if (timestampKey === undefined) {
      throw new UserError(
        `expected feature tables with a timestamp key for a point-in-time join, got: ${name}, which has none: its past is not kept`,
      );
    }
    const { files: store, place } = await openOfflineStore(table, options);
    opened.set(
      name,
      await atPlace(place, async () => {
        const snapshot = await readSnapshot(store);
        const files = asKnown ? await filesOverTime(store, snapshot) : snapshot.files.map((file) => ({ file }));
        return { store, snapshot, files };
      }),
    );
  }
  return opened;
}
