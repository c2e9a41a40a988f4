// Readers that merge several reads into fewer, or send each read to the reader of its table.
import type { FoundRow, LookupRead, LookupReader } from './lookup-reader';
import type { LookedUpTablePlan } from './lookup-plan';

type Found = readonly (readonly (FoundRow | undefined)[])[];

/** Combines the reads that joins running side by side start at one time: each round of lookups becomes one read. */
export function readTogether(reader: LookupReader): LookupReader {
  let waiting: { readonly reads: LookupRead[]; readonly found: Promise<Found> } | undefined;
  const gather = (deadline: number) => {
    const reads: LookupRead[] = [];
    // by the next turn of the event loop, every join that can read now has done so
    const found = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      waiting = undefined;
      return reader.read(reads, deadline);
    });
    return { reads, found };
  };
  return {
    async read(reads, deadline) {
      waiting ??= gather(deadline);
      const first = waiting.reads.length;
      waiting.reads.push(...reads);
      return (await waiting.found).slice(first, first + reads.length);
    },
  };
}

/** Combines the reads of one table into one, for a store that has to be scanned. */
export function mergedLookups(reader: LookupReader): LookupReader {
  return {
    async read(reads, deadline) {
      const merged = new Map<LookedUpTablePlan, { readonly keys: string[]; readonly times: bigint[] }>();
      const places = reads.map(({ table, keys, times }) => {
        const all = merged.get(table) ?? { keys: [], times: [] };
        merged.set(table, all);
        const start = all.keys.length;
        for (const key of keys) all.keys.push(key);
        for (const time of times) all.times.push(time);
        return { table, start, end: all.keys.length };
      });
      const rows = await reader.read(
        Array.from(merged, ([table, { keys, times }]): LookupRead => ({ table, keys, times })),
        deadline,
      );
      const rowsOf = new Map([...merged.keys()].map((table, i) => [table, rows[i]!]));
      return places.map(({ table, start, end }) => rowsOf.get(table)!.slice(start, end));
    },
  };
}

/** Reads each key of a time once and remembers its row, for rows that repeat keys. */
export function rememberedLookups(reader: LookupReader): LookupReader {
  const known = new Map<LookedUpTablePlan, Map<string, FoundRow | undefined>>();
  const foundIn = (table: LookedUpTablePlan): Map<string, FoundRow | undefined> => {
    let found = known.get(table);
    if (found === undefined) known.set(table, (found = new Map()));
    return found;
  };
  return {
    async read(reads, deadline) {
      const unknown = reads.map((read) => withoutKnown(read, foundIn(read.table)));
      if (unknown.some(({ keys }) => keys.length > 0)) {
        const rows = await reader.read(unknown, deadline);
        unknown.forEach(({ table, keys, times }, i) => {
          const found = foundIn(table);
          keys.forEach((key, k) => found.set(keyAtTime(key, times[k]!), rows[i]![k]));
        });
      }
      return reads.map(({ table, keys, times }) => keys.map((key, k) => foundIn(table).get(keyAtTime(key, times[k]!))));
    },
  };
}

function withoutKnown({ table, keys, times }: LookupRead, found: ReadonlyMap<string, unknown>): LookupRead {
  const wanted = new Map<string, number>();
  keys.forEach((key, i) => {
    const name = keyAtTime(key, times[i]!);
    if (!found.has(name)) wanted.set(name, i);
  });
  const places = [...wanted.values()];
  return { table, keys: places.map((i) => keys[i]!), times: places.map((i) => times[i]!) };
}

/** The time is digits, so the first `|` separates the two. */
function keyAtTime(key: string, time: bigint): string {
  return `${time}|${key}`;
}

/** Reads each table with its reader; `readers` is keyed by the table's name. */
export function lookupsByTable(readers: ReadonlyMap<string, LookupReader>): LookupReader {
  return {
    read: (reads, deadline) =>
      Promise.all(reads.map(async (read) => (await readers.get(read.table.spec.name)!.read([read], deadline))[0]!)),
  };
}
