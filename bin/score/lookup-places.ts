import { setTimeout } from 'node:timers/promises';
import { readSnapshot } from '../../lambda/delta/snapshot';
import { latestLookups } from '../../lambda/lookups/latest-lookups';
import type { LookupReader } from '../../lambda/lookups/lookup-reader';
import type { OfflineTable } from '../../lambda/lookups/offline-lookups';
import { onlineLookups } from '../../lambda/lookups/online-lookups';
import { onlineReader } from '../../lambda/online/dynamodb-reader';
import type { Item, OnlineReader, TableRead } from '../../lambda/online/reader';
import { LEAD_SECONDS } from '../../lambda/online/writer';
import type { SinglePlan } from '../../lambda/serving/plan';
import type { CloudAssembly, StackFeatureTable } from '../app/cloud-assembly';
import { type AppEndpoint, lookedUpTables } from '../app/endpoints';
import { findOfflineStore, type OfflinePlace, placeText } from '../stores/offline-place';
import { openPlace } from '../stores/offline-store';
import { dynamoDbCallAt, findOnlineStore, type OnlinePlace } from '../stores/online-store';
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
  plan: SinglePlan,
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

/** How many keys are read online at once, and how long that may take, in milliseconds. */
const GROUP_KEYS = 3_200;
const ONLINE_DEADLINE = 60_000;

/**
 * Opens places to look up the latest rows there.
 * @param clock in milliseconds since 1970
 */
export async function openLookups(places: LookupPlaces, clock: number): Promise<LookupReader> {
  const offline = new Map<string, OfflineTable>();
  const online = new Map<string, LookupReader>();
  for (const [name, place] of Object.entries(places)) {
    if (place.kind === 'offline') offline.set(name, await openVersion(place));
    else online.set(name, await openOnline(place));
  }
  const latest = latestLookups(offline, BigInt(clock) * 1000n, BigInt(LEAD_SECONDS) * 1_000_000n);
  return {
    read: (reads, deadline) =>
      Promise.all(reads.map(async (read) => (await (online.get(read.table.spec.name) ?? latest).read([read], deadline))[0]!)),
  };
}

async function openVersion({ place, settings, version }: LookupPlace & { kind: 'offline' }): Promise<OfflineTable> {
  const store = openPlace(place, settings);
  const snapshot = await readSnapshot(store, version);
  return { store, snapshot, files: snapshot.files.map((file) => ({ file })) };
}

async function openOnline({ at }: LookupPlace & { kind: 'online' }): Promise<LookupReader> {
  const reader = onlineReader(await dynamoDbCallAt(at), {
    now: Date.now,
    random: Math.random,
    sleep: (milliseconds) => setTimeout(milliseconds),
  });
  return onlineLookups({ read: async ([read]) => [await readInGroups(reader, read!)] });
}

/** Reads keys group by group, because a read starts all of its calls at once. */
async function readInGroups(reader: OnlineReader, read: TableRead): Promise<(Item | undefined)[]> {
  const items: (Item | undefined)[] = [];
  for (let start = 0; start < read.keys.length; start += GROUP_KEYS) {
    const keys = read.keys.slice(start, start + GROUP_KEYS);
    for (const item of (await reader.read([{ ...read, keys }], Date.now() + ONLINE_DEADLINE))[0]!) items.push(item);
  }
  return items;
}
