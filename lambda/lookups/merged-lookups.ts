import type { LookupRead, LookupReader } from './lookup-reader';
import type { LookedUpTablePlan } from './lookup-plan';

/** Reads each table once, however many reads there are of it at a time: for a store that has to be scanned. */
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
