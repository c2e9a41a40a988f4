import { createHash } from 'node:crypto';

/** One of those who share the keys. */
export interface Arm {
  readonly name: string;
  /** Its part of the sum of all weights is its share. Above 0. */
  readonly weight: number;
}

/** The whole numbers that a double holds exactly: as many values can u have. */
const STEPS = 2 ** 53;

/**
 * Weighted rendezvous hashing: the arm of a key. Where weights change, keys move from and to the arms whose weights did, of two arms exactly
 * the share that changed.
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
