import { answerChunk } from '../../../lambda/batch/answer-chunk';
import { type OfflineTable, offlineLookups } from '../../../lambda/lookups/offline-lookups';
import { readSnapshot } from '../../../lambda/delta/snapshot';
import { makeFeaturePlan } from '../../../lambda/serving/make-plan';
import type { TableSpec } from '../../../lib/contract/endpoint-spec';
import { type FeatureTableRow, writeFeatureTable } from '../../helpers/feature-store';
import { memoryObjects } from '../../helpers/memory-objects';
import { ACCOUNTS, type Label, PLAN_ENDPOINT, PLANS, type PointInTimeWorld, pointInTimeWorld } from '../../helpers/point-in-time';

const plan = makeFeaturePlan(PLAN_ENDPOINT, { tables: { accounts: 'accounts', plans: 'plans' } }, () => undefined);

async function offlineTable(table: TableSpec, commits: readonly (readonly FeatureTableRow[])[]): Promise<OfflineTable> {
  const store = memoryObjects();
  await writeFeatureTable(store, table, commits);
  const snapshot = await readSnapshot(store);
  return { store, snapshot, files: snapshot.files.map((file) => ({ file })) };
}

/** What the labels' rows get, by column. */
async function joined({ accounts, plans, labels }: PointInTimeWorld, lead?: bigint): Promise<Record<string, unknown>[]> {
  const tables = new Map([
    ['accounts', await offlineTable(ACCOUNTS, accounts)],
    ['plans', await offlineTable(PLANS, plans)],
  ]);
  const cells = [labels.map(({ user }) => user), labels.map(({ region }) => region)];
  const chunk = { rows: labels.length, cells, times: (row: number) => labels[row]!.time };
  const rows: Record<string, unknown>[] = [];
  for await (const { rows: numbers, result } of answerChunk(
    plan,
    { lookups: offlineLookups(tables, lead), scorer: undefined },
    chunk,
    fail,
  )) {
    numbers.forEach((_, i) => rows.push(Object.fromEntries(plan.columns.map(({ name }, at) => [name, result.known[at]![i]]))));
  }
  return rows;
}

function fail(row: number, refusal: Error): never {
  throw new Error(`row ${row} was refused`, { cause: refusal });
}

function expectedRow({ user, region, time, expected }: Label): Record<string, unknown> {
  // CEL keeps instants in milliseconds
  return { user, region, ...expected, asked_at: time - (time % 1000n) };
}

test.each(Array.from({ length: 40 }, (_, seed) => seed))(
  'a label gets the last rows that were there at its time, as looking at every row finds them: seed %d',
  async (seed) => {
    const world = pointInTimeWorld(seed, 250);
    expect(await joined(world)).toEqual(world.labels.map(expectedRow));
  },
);

test('the labels of these tables find, miss, tie and age', () => {
  const labels = Array.from({ length: 40 }, (_, seed) => pointInTimeWorld(seed, 250).labels).flat();
  const shareOf = (is: (label: Label) => boolean) => labels.filter(is).length / labels.length;
  expect(shareOf(({ expected }) => expected.plan !== null)).toBeGreaterThan(0.1);
  expect(shareOf(({ expected }) => expected.plan === null)).toBeGreaterThan(0.1);
  expect(shareOf(({ expected }) => expected.price !== -1n)).toBeGreaterThan(0.02);
});

test('one second of rows from after the label shows', async () => {
  const world = pointInTimeWorld(1, 250);
  const leaked = await joined(world, 1_000_000n);
  const expected = world.labels.map(expectedRow);
  expect(leaked.filter((row, i) => row.plan !== expected[i]!.plan || row.score !== expected[i]!.score).length).toBeGreaterThan(0);
});
