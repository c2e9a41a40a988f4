import { extname } from 'node:path';
import { readSnapshot } from '../../lambda/delta/snapshot';
import type { SinglePlan } from '../../lambda/serving/plan';
import { type CloudAssembly, featureTablesOf, type StackFeatureTable } from '../app/cloud-assembly';
import { type AppEndpoint, lookedUpTables } from '../app/endpoints';
import { atPlace } from '../stores/at-place';
import { findTable, qualifiedName } from '../app/find-table';
import { findOfflineStore, placeText } from '../stores/offline-place';
import { openPlace } from '../stores/offline-store';
import { findOnlineStore } from '../stores/online-store';
import { clientSettings, type StoreOptions } from '../stores/store-options';
import type { LookupPlace } from './score-job';

/** The feature table that an input or output names; undefined where it is a path. */
export function namedTable(assembly: CloudAssembly, name: string): StackFeatureTable | undefined {
  const isNamed = featureTablesOf(assembly).some((table) => table.spec.name === name || qualifiedName(table) === name);
  return isNamed && extname(name) === '' ? findTable(assembly, name) : undefined;
}

/**
 * Where the features of the tables that a plan looks up are: in their offline stores, each at its latest version, else in their online stores.
 * @throws UserError when a table is not there
 */
export async function lookupPlaces(
  assembly: CloudAssembly,
  endpoint: AppEndpoint,
  plan: SinglePlan,
  options: StoreOptions,
): Promise<Record<string, LookupPlace>> {
  const places: Record<string, LookupPlace> = {};
  for (const table of lookedUpTables(assembly, endpoint, plan)) {
    places[table.spec.name] =
      table.offlineStore === undefined
        ? { kind: 'online', ...(await findOnlineStore(table, options)) }
        : await latestVersion(table, options);
  }
  return places;
}

async function latestVersion(table: StackFeatureTable, options: StoreOptions): Promise<LookupPlace> {
  const place = await findOfflineStore(table, options);
  const settings = clientSettings(table.stack, options);
  const { version } = await atPlace(placeText(place), () => readSnapshot(openPlace(place, settings)));
  return { kind: 'offline', place, settings, version };
}
