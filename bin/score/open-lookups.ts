import { setTimeout } from 'node:timers/promises';
import { latestLookups } from '../../lambda/lookups/latest-lookups';
import type { OfflineTable } from '../../lambda/lookups/offline-lookups';
import { readSnapshot } from '../../lambda/delta/snapshot';
import { onlineReader } from '../../lambda/online/dynamodb-reader';
import type { Item, OnlineReader, TableRead } from '../../lambda/online/reader';
import { LEAD_SECONDS } from '../../lambda/online/writer';
import type { LookupReader } from '../../lambda/lookups/lookup-reader';
import { onlineLookups } from '../../lambda/lookups/online-lookups';
import { openPlace } from '../stores/offline-store';
import { dynamoDbCallAt } from '../stores/online-store';
import type { LookupPlace } from './score-job';

/** How many keys are read online at once, and how long that may take, in milliseconds. */
const GROUP_KEYS = 3_200;
const ONLINE_DEADLINE = 60_000;

/**
 * Looks up the latest rows of each table where they are.
 * @param clock in milliseconds since 1970
 */
export async function openLookups(places: Readonly<Record<string, LookupPlace>>, clock: number): Promise<LookupReader> {
  const offline = new Map<string, OfflineTable>();
  const readers = new Map<string, LookupReader>();
  for (const [name, place] of Object.entries(places)) {
    if (place.kind === 'offline') offline.set(name, await openVersion(place));
    else readers.set(name, await openOnline(place));
  }
  const latest = latestLookups(offline, BigInt(clock) * 1000n, BigInt(LEAD_SECONDS) * 1_000_000n);
  return {
    read: (reads, deadline) =>
      Promise.all(reads.map(async (read) => (await (readers.get(read.table.spec.name) ?? latest).read([read], deadline))[0]!)),
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

/** A read makes all of its calls at once. */
async function readInGroups(reader: OnlineReader, read: TableRead): Promise<(Item | undefined)[]> {
  const items: (Item | undefined)[] = [];
  for (let start = 0; start < read.keys.length; start += GROUP_KEYS) {
    const keys = read.keys.slice(start, start + GROUP_KEYS);
    for (const item of (await reader.read([{ ...read, keys }], Date.now() + ONLINE_DEADLINE))[0]!) items.push(item);
  }
  return items;
}
