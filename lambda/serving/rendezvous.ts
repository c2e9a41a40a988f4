import { createHash } from 'node:crypto';

/** One of the entities that share the keys. */
export interface Arm {
  readonly name: string;
  /** The weight, above 0. The arm's share is its weight divided by the sum of all weights. */
  readonly weight: number;
}

/** The number of values that u can have: a double holds all whole numbers up to this number exactly. */
const STEPS = 2 ** 53;

/**
 * Returns the arm of a key by weighted rendezvous hashing. When weights change, only keys of the changed arms move; with two arms, exactly
 * the share that changed moves.
 *
 * An arm's u is (n + 0.5) / 2^53, where n is the first 53 bits of the SHA-256 of salt, line feed, name, line feed and key in UTF-8. The arm
 * with the least −ln(u) / weight has the key.
 */
export function armOf<T extends Arm>(arms: readonly T[], salt: string, key: string): T {
  let found = arms[0]!;
  let least = Infinity;
  for (const arm of arms) {
    const cost = -Math.log((firstBits(`${salt}\n${arm.name}\n${key}`) + 0.5) / STEPS) / arm.weight;
    if (cost < least) [found, least] = [arm, cost];
  }
  return found;
}

/** The first 53 bits of a text's SHA-256, as a whole number. */
function firstBits(text: string): number {
  const digest = createHash('sha256').update(text).digest();
  return digest.readUInt32BE(0) * 2 ** 21 + (digest.readUInt32BE(4) >>> 11);
}
