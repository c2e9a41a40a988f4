import { InvalidKey } from '../online/key';
import { describeValue } from '../protocols/describe-value';
import { Refusal } from '../refusal';
import { type Batch, type Column, type Missing, type MissingState, type RowTimes, withColumns } from './batch';
import { fillMissing } from './fill-missing';
import type { FoundRow, LookupReader } from '../lookups/lookup-reader';
import type { LookedUpFeaturePlan, LookupPlan, LookupRound } from '../lookups/lookup-plan';
import type { Plan } from './plan';

/** The index of the key of a row that has no key. */
const NO_KEY = -1;

/** The keys of a round. */
interface RoundKeys {
  /** The keys to read from each table, with the times of their rows. */
  readonly byTable: readonly { readonly keys: string[]; readonly times: bigint[] }[];
  /** The index of each key among the keys of its table, by lookup and row. */
  readonly keyIndex: readonly (readonly number[])[];
}

/**
 * Looks up the features that the entity needs.
 * @param deadline in milliseconds since 1970
 * @throws Refusal if a required feature is missing; whatever the reader throws
 */
export async function join(plan: Plan, reader: LookupReader, batch: Batch, times: RowTimes, deadline: number): Promise<Batch> {
  let known = batch;
  for (const round of plan.rounds) {
    const keys = keysOf(plan, round, known, batch, times);
    const found = await reader.read(
      round.tables.map((table, i) => ({ table, ...keys.byTable[i]! })),
      deadline,
    );
    known = placeRows(plan, round, known, keys, found, times);
  }
  return known;
}

/** @param sent the batch before any lookup */
function keysOf(plan: Plan, round: LookupRound, batch: Batch, sent: Batch, timeOf: RowTimes): RoundKeys {
  const byTable = round.tables.map(() => ({ keys: [] as string[], times: [] as bigint[] }));
  const keyIndex = round.lookups.map((lookup) => {
    const { keys, times } = byTable[lookup.table]!;
    const indexes = new Array<number>(batch.rows);
    for (let row = 0; row < batch.rows; row++) {
      const key = isSent(lookup, batch, row) ? undefined : keyOf(plan, lookup, batch, sent, row);
      indexes[row] = key === undefined ? NO_KEY : keys.push(key) - 1;
      if (key !== undefined) times.push(timeOf(row));
    }
    return indexes;
  });
  return { byTable, keyIndex };
}

/** Whether the request sends every feature of the lookup. */
function isSent(lookup: LookupPlan, batch: Batch, row: number): boolean {
  return lookup.features.every(({ column }) => isPresent(batch.columns[column]?.values[row]));
}

function keyOf(plan: Plan, lookup: LookupPlan, batch: Batch, sent: Batch, row: number): string | undefined {
  const parts = lookup.key.map((column) => batch.columns[column]!.values[row]);
  if (parts.includes(null)) return undefined;
  try {
    return lookup.encodeKey(parts);
  } catch (error) {
    if (!(error instanceof InvalidKey)) throw error;
    const column = lookup.key[lookup.primaryKey.indexOf(error.column)]!;
    // the caller is not at fault for a key that comes from a table: such a key finds no row
    if (!isPresent(sent.columns[column]?.values[row])) return undefined;
    throw new Refusal(
      'INVALID_PARAMETER_VALUE',
      { row, column: plan.columns[column]!.name, expected: error.expected, got: error.got },
      { cause: error },
    );
  }
}

function placeRows(
  plan: Plan,
  round: LookupRound,
  batch: Batch,
  keys: RoundKeys,
  rows: readonly (readonly (FoundRow | undefined)[])[],
  times: RowTimes,
): Batch {
  let known = batch;
  round.lookups.forEach((lookup, i) => {
    const indexes = keys.keyIndex[i]!;
    const found = indexes.map((index) => (index === NO_KEY ? undefined : rows[lookup.table]![index]));
    const states = found.map((stored, row) => stateOf(lookup, stored, times(row)));
    const columns = lookup.features.map((feature) => {
      const taken = takeFeature(feature, found, states, batch.columns[feature.column]);
      return fillMissing(plan.columns[feature.column]!, taken, ({ row, state }) => {
        const key = lookup.key.map((column) => `${plan.columns[column]!.name} ${describeValue(batch.columns[column]!.values[row])}`);
        return `${state} in '${lookup.featureTableName}' for ${key.join(', ')}`;
      });
    });
    known = withColumns(
      known,
      lookup.features.map(({ column }) => column),
      columns,
    );
  });
  return known;
}

function takeFeature(
  feature: LookedUpFeaturePlan,
  found: readonly (FoundRow | undefined)[],
  states: readonly (MissingState | undefined)[],
  sent: Column | undefined,
): Column {
  const missing: Missing[] = [];
  const values = found.map((stored, row) => {
    const sentValue = sent?.values[row];
    if (isPresent(sentValue)) return sentValue;
    const value = states[row] === undefined ? stored!.feature(feature) : null;
    if (value !== null && !Number.isNaN(value)) return value;
    missing.push({ row, state: states[row] ?? 'NULL_VALUE' });
    return null;
  });
  return { values, missing };
}

/** Why the features of a row are missing; undefined if the row is used. */
function stateOf({ maxAge }: LookupPlan, found: FoundRow | undefined, time: bigint): MissingState | undefined {
  if (found === undefined || found.isExpired(time)) return 'NOT_FOUND';
  if (maxAge !== undefined && !(found.age(time) <= maxAge)) return 'OUTSIDE_MAX_AGE';
  return undefined;
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
