import { readSnapshot } from '../../lambda/delta/snapshot';
import { latestLookups } from '../../lambda/lookups/latest-lookups';
import type { LookupReader } from '../../lambda/lookups/lookup-reader';
import { type OfflineTable, openOfflineTable, ROW_LEAD } from '../../lambda/lookups/offline-lookups';
import { lookupsByTable } from '../../lambda/lookups/shared-lookups';
import type { SinglePlan } from '../../lambda/serving/plan';
import type { CloudAssembly, StackFeatureTable } from '../app/cloud-assembly';
import { type AppEndpoint, lookedUpTables } from '../app/endpoints';
import { findOfflineStore, type OfflinePlace, placeText } from '../stores/offline-place';
import { openPlace } from '../stores/offline-store';
import { openOnlineLookups } from '../stores/online-lookups';
import { findOnlineStore, type OnlinePlace } from '../stores/online-store';
import { type AwsOptions, clientSettings, type StoreOptions } from '../stores/store-options';
import { withErrorPrefix } from '../terminal/user-error';

/** Where the features of a table are looked up: in a version of its offline store, or in its online store. */
export type LookupPlace =
  | { readonly kind: 'offline'; readonly place: OfflinePlace; readonly settings: AwsOptions; readonly version: number }
  | ({ readonly kind: 'online' } & OnlinePlace);

/** The places of tables, by the tables' names. */
export type LookupPlaces = Readonly<Record<string, LookupPlace>>;

/**
 * Finds where the tables of a plan are looked up: in the latest versions of their offline stores, or online for a table without one.
 * @throws UserError if a table does not exist
 */
export async function findLookupPlaces(
  assembly: CloudAssembly,
  endpoint: AppEndpoint,
  plan: Pick<SinglePlan, 'rounds'>,
  options: StoreOptions,
): Promise<LookupPlaces> {
  const places: Record<string, LookupPlace> = {};
  for (const table of lookedUpTables(assembly, endpoint, plan)) {
    const isOffline = table.offlineStore !== undefined;
    places[table.spec.name] = isOffline
      ? await latestVersion(table, options)
      : { kind: 'online', ...(await findOnlineStore(table, options)) };
  }
  return places;
}

async function latestVersion(table: StackFeatureTable, options: StoreOptions): Promise<LookupPlace> {
  const place = await findOfflineStore(table, options);
  const settings = clientSettings(table.stack, options);
  const { version } = await withErrorPrefix(placeText(place), () => readSnapshot(openPlace(place, settings)));
  return { kind: 'offline', place, settings, version };
}

/**
 * Opens places to look up the latest rows there.
 * @param clock in milliseconds since 1970
 */
export async function openLookups(places: LookupPlaces, clock: number): Promise<LookupReader> {
  const offline = new Map<string, OfflineTable>();
  const online = new Map<string, LookupReader>();
  for (const [name, place] of Object.entries(places)) {
    if (place.kind === 'online') online.set(name, await openOnlineLookups(place));
    else offline.set(name, await openOfflineTable(openPlace(place.place, place.settings), place.version));
  }
  const latest = latestLookups(offline, BigInt(clock) * 1000n, ROW_LEAD);
  return lookupsByTable(new Map([...Array.from(offline.keys(), (name) => [name, latest] as const), ...online]));
}
