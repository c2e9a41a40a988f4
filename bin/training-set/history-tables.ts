import { filesOverTime } from '../../lambda/lookups/files-over-time';
import type { OfflineTable } from '../../lambda/lookups/offline-lookups';
import { readSnapshot } from '../../lambda/delta/snapshot';
import type { Plan } from '../../lambda/serving/plan';
import type { CloudAssembly } from '../app/cloud-assembly';
import { type AppEndpoint, lookedUpTables } from '../app/endpoints';
import { openOfflineStore } from '../stores/offline-store';
import type { StoreOptions } from '../stores/store-options';
import { UserError, withErrorPrefix } from '../terminal/user-error';

/**
 * Opens the offline stores of the tables that a plan looks up, at their latest versions.
 * @param asKnown whether a row is known only from the time of its commit
 * @throws UserError naming a table that has no timestamp key, has no offline store, or cannot be read
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
        `expected feature tables with a timestamp key for a point-in-time join, got: ${name}, which has none and keeps no history`,
      );
    }
    const { files: store, place } = await openOfflineStore(table, options);
    opened.set(
      name,
      await withErrorPrefix(place, async () => {
        const snapshot = await readSnapshot(store);
        const files = asKnown ? await filesOverTime(store, snapshot) : snapshot.files.map((file) => ({ file }));
        return { store, snapshot, files };
      }),
    );
  }
  return opened;
}
