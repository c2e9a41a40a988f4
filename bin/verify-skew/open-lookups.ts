import type { LookupReader } from '../../lambda/lookups/lookup-reader';
import { offlineLookups, openOfflineTable, ROW_LEAD } from '../../lambda/lookups/offline-lookups';
import { lookupsByTable } from '../../lambda/lookups/shared-lookups';
import type { Plan } from '../../lambda/serving/plan';
import type { CloudAssembly, StackFeatureTable } from '../app/cloud-assembly';
import { type AppEndpoint, lookedUpTables } from '../app/endpoints';
import { openOfflineStore } from '../stores/offline-store';
import { openOnlineLookups } from '../stores/online-lookups';
import { findOnlineStore } from '../stores/online-store';
import type { StoreOptions } from '../stores/store-options';
import { withErrorPrefix } from '../terminal/user-error';

/** Both stores of the tables that a plan looks up. */
export interface BothLookups {
  /** The offline stores, at their latest versions. */
  readonly offline: LookupReader;
  readonly online: LookupReader;
}

/**
 * Opens both stores of the tables that a plan looks up.
 * @throws UserError if the app does not make a table, or if a table has no offline store or cannot be read
 */
export async function openBothLookups(
  assembly: CloudAssembly,
  endpoint: AppEndpoint,
  plan: Plan,
  options: StoreOptions,
): Promise<BothLookups> {
  const offline = new Map<string, LookupReader>();
  const online = new Map<string, LookupReader>();
  for (const table of lookedUpTables(assembly, endpoint, plan)) {
    offline.set(table.spec.name, await openOffline(table, options));
    online.set(table.spec.name, await openOnlineLookups(await findOnlineStore(table, options)));
  }
  return { offline: lookupsByTable(offline), online: lookupsByTable(online) };
}

async function openOffline(table: StackFeatureTable, options: StoreOptions): Promise<LookupReader> {
  const { files: store, place } = await openOfflineStore(table, options);
  const opened = await withErrorPrefix(place, () => openOfflineTable(store));
  return offlineLookups(new Map([[table.spec.name, opened]]), ROW_LEAD);
}
