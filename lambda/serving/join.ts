import { InvalidKey } from '../online/key';
import type { Item, OnlineReader } from '../online/reader';
import { shown } from '../protocols/shown';
import { Refusal } from '../refusal';
import { type Batch, type Column, type Missing, type MissingState, withColumns } from './batch';
import { fillMissing } from './fill-missing';
import type { LookedUpFeaturePlan, LookupPlan, LookupRound, Plan } from './plan';

/** A row without a key has no place among the keys. */
const NO_KEY = -1;

/** The keys of a round: what to read of each table, and where each row of each lookup finds its item. */
interface RoundKeys {
  readonly byTable: readonly string[][];
  readonly placeOf: readonly (readonly number[])[];
}

/**
 * Looks up the features that the entity needs.
 * @param requestTime in milliseconds since 1970
 * @param deadline in milliseconds since 1970
 * @throws Refusal if a feature is missing that may not be, and what the reader throws
 */
export async function join(plan: Plan, reader: OnlineReader, batch: Batch, requestTime: number, deadline: number): Promise<Batch> {
  let known = batch;
  for (const round of plan.rounds) {
    const keys = keysOf(plan, round, known, batch);
    const items = await reader.read(
      round.tables.map(({ tableName, attributes }, table) => ({ tableName, attributes, keys: keys.byTable[table]! })),
      deadline,
    );
    known = place(plan, round, known, keys, items, requestTime);
  }
  return known;
}

/** @param sent what the request sends */
function keysOf(plan: Plan, round: LookupRound, batch: Batch, sent: Batch): RoundKeys {
  const byTable = round.tables.map((): string[] => []);
  const placeOf = round.lookups.map((lookup) => {
    const keys = byTable[lookup.table]!;
    const places = new Array<number>(batch.rows);
    for (let row = 0; row < batch.rows; row++) {
      const key = isSent(lookup, batch, row) ? undefined : keyOf(plan, lookup, batch, sent, row);
      places[row] = key === undefined ? NO_KEY : keys.push(key) - 1;
    }
    return places;
  });
  return { byTable, placeOf };
}

/** Whether the request sends every feature of the lookup itself. */
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
    // what a table gave is not the caller's fault: nothing is stored under it
    if (!isPresent(sent.columns[column]?.values[row])) return undefined;
    throw new Refusal(
      'INVALID_PARAMETER_VALUE',
      { row, column: plan.columns[column]!.name, expected: error.expected, got: error.got },
      { cause: error },
    );
  }
}

function place(
  plan: Plan,
  round: LookupRound,
  batch: Batch,
  keys: RoundKeys,
  items: readonly (readonly (Item | undefined)[])[],
  requestTime: number,
): Batch {
  let known = batch;
  round.lookups.forEach((lookup, i) => {
    const places = keys.placeOf[i]!;
    const found = places.map((at) => (at === NO_KEY ? undefined : items[lookup.table]![at]));
    const states = found.map((item) => stateOf(lookup, item, requestTime));
    const columns = lookup.features.map((feature) => {
      const taken = takeFeature(feature, found, states, batch.columns[feature.column]);
      return fillMissing(plan.columns[feature.column]!, taken, ({ row, state }) => {
        const key = lookup.key.map((column) => `${plan.columns[column]!.name} ${shown(batch.columns[column]!.values[row])}`);
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
  { attribute, decode }: LookedUpFeaturePlan,
  found: readonly (Item | undefined)[],
  states: readonly (MissingState | undefined)[],
  sent: Column | undefined,
): Column {
  const missing: Missing[] = [];
  const values = found.map((item, row) => {
    const own = sent?.values[row];
    if (isPresent(own)) return own;
    const stored = states[row] === undefined ? item![attribute] : undefined;
    const value = stored === undefined ? null : decode(stored);
    if (value !== null && !Number.isNaN(value)) return value;
    missing.push({ row, state: states[row] ?? 'NULL_VALUE' });
    return null;
  });
  return { values, missing };
}

/** Why nothing of an item counts, undefined if it does. */
function stateOf({ maxAge, expires }: LookupPlan, item: Item | undefined, requestTime: number): MissingState | undefined {
  // DynamoDB deletes expired items when it finds the time: they are gone when they expire, not some days later
  if (item === undefined || (expires && numberIn(item, '_ttl') <= requestTime / 1000)) return 'NOT_FOUND';
  if (maxAge !== undefined && !(requestTime * 1000 - numberIn(item, '_ts') <= maxAge)) return 'OUTSIDE_MAX_AGE';
  return undefined;
}

function numberIn(item: Item, attribute: string): number {
  const value = item[attribute];
  return value !== undefined && 'N' in value ? Number(value.N) : NaN;
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
