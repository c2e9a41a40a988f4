// How keys spread over arms, and how they move.
import { armOf } from '../../lambda/serving/rendezvous';

/** Shares by name. */
export type Weights = Readonly<Record<string, number>>;

/** The arm of each of the keys `user-0`, `user-1`, …, as its place among the names. */
export function assignAll(weights: Weights, salt: string, keys: number): Uint8Array {
  const arms = Object.entries(weights).map(([name, weight], at) => ({ name, weight, at }));
  return Uint8Array.from({ length: keys }, (_, i) => armOf(arms, salt, `user-${i}`).at);
}

/** Pearson's statistic of the counts against the shares. */
export function chiSquared(assigned: Uint8Array, weights: Weights): number {
  return Object.values(weights).reduce((sum, weight, at) => {
    const expected = (assigned.length * weight) / 100;
    const got = assigned.reduce((count, arm) => count + Number(arm === at), 0);
    return sum + (got - expected) ** 2 / expected;
  }, 0);
}

/** What such a statistic of as many arms stays below in all but one of a thousand cases. */
export const CHI_SQUARED_LIMIT: Readonly<Record<number, number>> = { 2: 10.828, 3: 13.816, 10: 27.877 };

/** The share of keys whose arm changes, in percent, and the changes that occur, as `from>to`. */
export function movement(before: Uint8Array, after: Uint8Array): { share: number; directions: string[] } {
  const directions = new Set<string>();
  let moved = 0;
  before.forEach((arm, i) => {
    if (arm === after[i]) return;
    moved++;
    directions.add(`${arm}>${after[i]!}`);
  });
  return { share: (moved / before.length) * 100, directions: [...directions] };
}

/** The least share that a scheme without memory moves for a change of as much of the weights, both in percent. */
export function statelessBound(change: number): number {
  return ((2 * change) / (100 + change)) * 100;
}

/** Splits of 2, 3 and 10 arms, and what they become: a tenth of the weights changes hands. */
export const CHANGES: readonly { readonly before: Weights; readonly after: Weights }[] = [
  { before: { model_A: 90, model_B: 10 }, after: { model_A: 80, model_B: 20 } },
  { before: { model_A: 80, model_B: 10, model_C: 10 }, after: { model_A: 70, model_B: 20, model_C: 10 } },
  {
    before: Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`m${i}`, [20, 2, 8, 10, 10, 10, 10, 10, 15, 5][i]!])),
    after: Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`m${i}`, [10, 12, 8, 10, 10, 10, 10, 10, 15, 5][i]!])),
  },
];
