import type { FoundRow, LookupRead, LookupReader } from './lookup-reader';
import type { LookedUpTablePlan } from './lookup-plan';

/** Looks each key up once at each time, whoever asks for it again: for rows that are answered together, some of them more than once. */
export function rememberedLookups(reader: LookupReader): LookupReader {
  const known = new Map<LookedUpTablePlan, Map<string, FoundRow | undefined>>();
  const foundIn = (table: LookedUpTablePlan): Map<string, FoundRow | undefined> => {
    let found = known.get(table);
    if (found === undefined) known.set(table, (found = new Map()));
    return found;
  };
  return {
    async read(reads, deadline) {
      const news = reads.map((read) => withoutKnown(read, foundIn(read.table)));
      if (news.some(({ keys }) => keys.length > 0)) {
        const rows = await reader.read(news, deadline);
        news.forEach(({ table, keys, times }, i) => {
          const found = foundIn(table);
          keys.forEach((key, k) => found.set(placeOf(key, times[k]!), rows[i]![k]));
        });
      }
      return reads.map(({ table, keys, times }) => keys.map((key, k) => foundIn(table).get(placeOf(key, times[k]!))));
    },
  };
}

function withoutKnown({ table, keys, times }: LookupRead, found: ReadonlyMap<string, unknown>): LookupRead {
  const wanted = new Map<string, number>();
  keys.forEach((key, i) => {
    const place = placeOf(key, times[i]!);
    if (!found.has(place)) wanted.set(place, i);
  });
  const at = [...wanted.values()];
  return { table, keys: at.map((i) => keys[i]!), times: at.map((i) => times[i]!) };
}

/** The time is digits, so the first `|` parts the two. */
function placeOf(key: string, time: bigint): string {
  return `${time}|${key}`;
}
