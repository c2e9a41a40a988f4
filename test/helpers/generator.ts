/** Pseudo-random values for property tests: the same seed gives the same values (mulberry32). */
export interface Generator {
  /** A whole number from 0 up to, not including, the bound. */
  int(bound: number): number;
  pick<T>(values: readonly T[]): T;
  /** 64 random bits as a signed integer. */
  int64(): bigint;
}

export function generator(seed: number): Generator {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
  const int = (bound: number) => Math.floor((next() / 2 ** 32) * bound);
  return {
    int,
    pick: (values) => values[int(values.length)]!,
    int64: () => BigInt.asIntN(64, (BigInt(next()) << 32n) | BigInt(next())),
  };
}
