import { setTimeout } from 'node:timers/promises';
import { offlineLookups } from '../../lambda/lookups/offline-lookups';
import { readSnapshot } from '../../lambda/delta/snapshot';
import { onlineReader } from '../../lambda/online/dynamodb-reader';
import { LEAD_SECONDS } from '../../lambda/online/writer';
import type { LookupReader } from '../../lambda/lookups/lookup-reader';
import { onlineLookups } from '../../lambda/lookups/online-lookups';
import type { Plan } from '../../lambda/serving/plan';
import type { CloudAssembly, StackFeatureTable } from '../app/cloud-assembly';
import { type AppEndpoint, lookedUpTables } from '../app/endpoints';
import { openOfflineStore } from '../stores/offline-store';
import { dynamoDbCallAt, findOnlineStore } from '../stores/online-store';
import type { StoreOptions } from '../stores/store-options';
import { withErrorPrefix } from '../terminal/user-error';

/** The time limit of a read of the online store, in milliseconds. */
const ONLINE_DEADLINE = 60_000;

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
    online.set(table.spec.name, await openOnline(table, options));
  }
  return { offline: byTable(offline), online: byTable(online) };
}

async function openOffline(table: StackFeatureTable, options: StoreOptions): Promise<LookupReader> {
  const { files: store, place } = await openOfflineStore(table, options);
  const snapshot = await withErrorPrefix(place, () => readSnapshot(store));
  const files = snapshot.files.map((file) => ({ file }));
  return offlineLookups(new Map([[table.spec.name, { store, snapshot, files }]]), BigInt(LEAD_SECONDS) * 1_000_000n);
}

async function openOnline(table: StackFeatureTable, options: StoreOptions): Promise<LookupReader> {
  const { at, tableName } = await findOnlineStore(table, options);
  const sleep = (milliseconds: number): Promise<void> => setTimeout(milliseconds);
  const reader = onlineReader(await dynamoDbCallAt(at), { now: Date.now, random: Math.random, sleep });
  // the plan has the table's logical name
  const physical = <Read extends object>(read: Read) => ({ ...read, tableName });
  return onlineLookups({ read: (reads) => reader.read(reads.map(physical), Date.now() + ONLINE_DEADLINE) });
}

/** Reads each table by its own reader. */
function byTable(readers: ReadonlyMap<string, LookupReader>): LookupReader {
  return {
    read: (reads, deadline) =>
      Promise.all(reads.map(async (read) => (await readers.get(read.table.spec.name)!.read([read], deadline))[0]!)),
  };
}
