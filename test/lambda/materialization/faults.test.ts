import { paginateScan } from '@aws-sdk/client-dynamodb';
import { materialize } from '../../../lambda/materialization/materialize';
import type { MaterializationIo } from '../../../lambda/materialization/run';
import { readJsonActions } from '../../../lambda/delta/commit-file';
import { readFeatureRows } from '../../../lambda/offline/feature-rows';
import { commitPath } from '../../../lambda/delta/log-path';
import type { ObjectStore } from '../../../lambda/stores/object-store';
import { fileKey } from '../../../lambda/delta/data-file';
import { readSnapshot } from '../../../lambda/delta/snapshot';
import { createJsonCall, type JsonCall, jsonCallerSettings } from '../../../lambda/aws/json-call';
import { OnlineTable } from '../../../lambda/online/online-table';
import type { Item } from '../../../lambda/online/reader';
import type { TableSpec } from '../../../lib/contract/endpoint-spec';
import { FeatureDelta, type Row } from '../../helpers/feature-delta';
import { type Generator, generator } from '../../helpers/generator';
import { documentOf, rowsOfItems, SIZES } from '../../helpers/materialization';
import { type Fault, faultyDynamoDb, memoryDynamoDb, type MemoryItems } from '../../helpers/memory-dynamodb';
import { memoryObjects } from '../../helpers/memory-objects';
import { createOnlineTable, startDynalite, storeClient, storeEnvironment } from '../../helpers/store';

/** The latest row of each key by event time and version, worked out from every commit of the log. */
async function latestOffline(store: ObjectStore, table: TableSpec): Promise<Record<string, unknown[]>> {
  const snapshot = await readSnapshot(store);
  const versionOf = new Map<string, number>();
  for (let version = 0; version <= snapshot.version; version++) {
    for (const action of await readJsonActions(store, commitPath(version))) {
      if (action.kind === 'add') versionOf.set(fileKey(action.add), version);
    }
  }
  const latest: Record<string, unknown[]> = {};
  const order: Record<string, readonly [bigint, number]> = {};
  for (const file of snapshot.files) {
    const version = versionOf.get(fileKey(file))!;
    for await (const slice of readFeatureRows(store, snapshot, file, table)) {
      for (const row of slice) {
        if (!('key' in row)) continue;
        const time = row.eventTime ?? 0n;
        const [before, beforeVersion] = order[row.key] ?? [-1n, -1];
        if (before > time || (before === time && beforeVersion > version)) continue;
        order[row.key] = [time, version];
        latest[row.key] = table.timestampKey === undefined ? [...row.features] : [time, ...row.features];
      }
    }
  }
  return latest;
}

const START = Date.UTC(2024, 0, 1);

/** Changes a table at random: new rows, late ones and ties, rows in the place of others, deleted rows and keys. */
class Changes {
  private clock = START;
  /** The latest time of each key that ever was. */
  private readonly last = new Map<string, number>();
  /** The latest time of each key when it was gone for the last time. */
  private readonly gone = new Map<string, number>();
  /** The times of each key's rows. */
  private readonly times = new Map<string, number[]>();
  public readonly delta: FeatureDelta;

  constructor(
    private readonly random: Generator,
    private readonly table: TableSpec,
    private readonly keys: number,
    private readonly rows: number,
  ) {
    this.delta = new FeatureDelta(memoryObjects(), table, () => this.clock++);
  }

  public async make(): Promise<void> {
    switch (this.random.int(10)) {
      case 0:
        return this.deleteKeys();
      case 1:
        return this.table.timestampKey === undefined ? this.deleteKeys() : this.deleteRows();
      case 2:
      case 3:
        return void (await this.delta.upsert(...this.unique(this.newRows(Math.ceil(this.rows / 4)))));
      default:
        return void (await this.delta.append(...this.newRows(this.rows)));
    }
  }

  private key(): string {
    return `k${this.random.int(this.keys)}`;
  }

  private newRows(count: number): Row[] {
    return Array.from({ length: 1 + this.random.int(count) }, () => {
      const key = this.key();
      const times = this.times.get(key) ?? [];
      const last = this.last.get(key) ?? 0;
      // a key that was gone comes back with later events only: older ones stay away by design
      if (times.length === 0) this.gone.set(key, last);
      const time = Math.max((this.gone.get(key) ?? 0) + 1, last - 5) + this.random.int(10);
      this.times.set(key, [...times, time]);
      this.last.set(key, Math.max(last, time));
      return this.rowOf(key, time);
    });
  }

  private rowOf(key: string, time: number): Row {
    return [key, ...(this.table.timestampKey === undefined ? [] : [BigInt(START) * 1000n + BigInt(time)]), this.random.int(1_000_000)];
  }

  private unique(rows: Row[]): Row[] {
    const by = this.table.timestampKey === undefined ? 1 : 2;
    return [...new Map(rows.map((row) => [row.slice(0, by).join('|'), row])).values()];
  }

  /** Some keys that have rows. */
  private presentKeys(): string[] {
    const keys = Array.from({ length: 1 + this.random.int(this.keys / 10) }, () => this.key());
    return [...new Set(keys)].filter((key) => this.times.has(key));
  }

  private async deleteKeys(): Promise<void> {
    const keys = this.presentKeys();
    if (keys.length === 0) return;
    await this.delta.delete(...keys.map((key) => [key]));
    keys.forEach((key) => this.times.delete(key));
  }

  /** Deletes the latest row of keys, or any other. */
  private async deleteRows(): Promise<void> {
    const keys = this.presentKeys();
    if (keys.length === 0) return;
    const rows = keys.map((key) => {
      const times = this.times.get(key)!;
      const time = this.random.int(2) === 0 ? Math.max(...times) : this.random.pick(times);
      const left = times.filter((one) => one !== time);
      if (left.length === 0) this.times.delete(key);
      else this.times.set(key, left);
      return [key, BigInt(START) * 1000n + BigInt(time)];
    });
    await this.delta.delete(...rows);
  }
}

const FAULTS: readonly Fault[] = ['throttled', 'failed', 'lost answer', 'unprocessed'];

class Crash extends Error {}

/** An online store that fails now and then, and dies after some calls. */
function faulty(call: JsonCall, random: Generator, share: number, callsLeft: number): JsonCall {
  let left = callsLeft;
  const withFaults = faultyDynamoDb(call, () => (random.int(1000) < share * 1000 ? random.pick(FAULTS) : undefined));
  return async (operation, body) => {
    if (left-- <= 0) throw new Crash('the process died');
    // answers come in any order
    for (let turns = random.int(4); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
    if (left <= 0) throw new Crash('the process died');
    return withFaults(operation, body);
  };
}

/** How an online store is called, and what it holds at the end. */
interface Store {
  readonly call: JsonCall;
  readonly items: () => Promise<Iterable<Item>>;
}

interface Torment {
  readonly seed: number;
  readonly table: TableSpec;
  readonly mode?: 'continuous' | 'snapshot';
  /** How many keys there are, how many rows a commit has at most, and how many commits there are. */
  readonly keys: number;
  readonly rows: number;
  readonly changes: number;
  /** How many runs there are side by side, at most. */
  readonly parallel: number;
}

const NOW = START + 86_400_000;

/**
 * Materializes a table that changes meanwhile, by runs that fail, die, run out of time, come twice, late and side by side, at the end once in
 * peace; then the online store must have the latest row of every key.
 * @returns how many keys that is
 */
async function torment(
  { call, items }: Store,
  { seed, table, mode = 'continuous', keys, rows, changes, parallel }: Torment,
): Promise<number> {
  const random = generator(seed);
  const made = new Changes(random, table, keys, rows);
  await made.delta.create();
  const onlineOf = (share: number, callsLeft: number) =>
    new OnlineTable({ call: faulty(call, random, share, callsLeft), random: () => 0, sleep: () => Promise.resolve() }, ONLINE);
  const materializeIt = (io: Pick<MaterializationIo, 'online' | 'now' | 'deadline'>) =>
    materialize(documentOf(table, mode), { offline: made.delta.store, log: () => undefined, ...io }, { wakeUp: true });
  const oneRun = async () => {
    const dies = random.int(3) === 0 ? random.int(rows) : Infinity;
    let time = NOW;
    const deadline = time + (random.int(3) === 0 ? 1 + random.int(rows) : 1e9);
    await materializeIt({ online: onlineOf(0.05, dies), now: () => time++, deadline }).catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error;
    });
  };
  for (let i = 0; i < changes; i++) {
    await made.make();
    const runs = Array.from({ length: random.int(parallel + 1) }, oneRun);
    if (random.int(2) === 0) await made.make();
    await Promise.all(runs);
  }
  const report = await materializeIt({ online: onlineOf(0, Infinity), now: () => NOW });
  expect(report).toMatchObject({ to: (await readSnapshot(made.delta.store)).version, isUnfinished: false, stopped: undefined });
  const expected = await latestOffline(made.delta.store, table);
  expect(rowsOfItems(table, await items())).toEqual(expected);
  return Object.keys(expected).length;
}

const ONLINE = 'online';
const UNTIMED: TableSpec = { ...SIZES, timestampKey: undefined };

/** The full size is for the soak; a twentieth of it says as much about most faults. */
const SCALE = process.env.SOAK === undefined ? 1 : 20;
const SEEDS = Array.from({ length: 4 * SCALE }, (_, i) => i + 1);

function inMemory(): Store {
  const items: MemoryItems = new Map();
  return { call: memoryDynamoDb(items), items: async () => items.values() };
}

describe.each([
  ['with a timestamp key', SIZES],
  ['without one', UNTIMED],
])('%s', (_, table) => {
  const small = { table, keys: 30, rows: 40, changes: 25 };

  test.each(SEEDS)('one run after another, %i', async (seed) => {
    expect(await torment(inMemory(), { ...small, seed, parallel: 1 })).toBeGreaterThan(5);
  });

  test.each(SEEDS)('runs side by side, %i', async (seed) => {
    expect(await torment(inMemory(), { ...small, seed: 1000 + seed, parallel: 3 })).toBeGreaterThan(5);
  });

  test.each(SEEDS)('snapshots, %i', async (seed) => {
    expect(await torment(inMemory(), { ...small, seed: 2000 + seed, mode: 'snapshot', parallel: 2 })).toBeGreaterThan(5);
  });
});

describe('many rows', () => {
  const many = { seed: 7, table: SIZES, keys: 1000 * SCALE, rows: 900 * SCALE, changes: 12, parallel: 2 };

  test('in memory', async () => {
    expect(await torment(inMemory(), many)).toBeGreaterThan(800 * SCALE);
  }, 600_000);

  test('in dynalite', async () => {
    const store = await startDynalite();
    const client = storeClient(store);
    try {
      await createOnlineTable(client, ONLINE);
      const call = createJsonCall(jsonCallerSettings(storeEnvironment(store), 'dynamodb', Date.now), Date.now);
      const items = async () => {
        const all: Item[] = [];
        for await (const page of paginateScan({ client }, { TableName: ONLINE })) all.push(...(page.Items as Item[]));
        return all;
      };
      expect(await torment({ call, items }, many)).toBeGreaterThan(800 * SCALE);
    } finally {
      client.destroy();
      await store.close();
    }
  }, 3_600_000);
});
