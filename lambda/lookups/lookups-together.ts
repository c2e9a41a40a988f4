import type { FoundRow, LookupRead, LookupReader } from './lookup-reader';

type Found = readonly (readonly (FoundRow | undefined)[])[];

/** A reader for joins that run side by side: what they ask for at one time is read at once. */
export function readTogether(reader: LookupReader): LookupReader {
  let waiting: { readonly reads: LookupRead[]; readonly found: Promise<Found> } | undefined;
  return {
    async read(reads, deadline) {
      waiting ??= gather(reader, deadline, () => (waiting = undefined));
      const first = waiting.reads.length;
      waiting.reads.push(...reads);
      return (await waiting.found).slice(first, first + reads.length);
    },
  };
}

/** Waits until everyone has asked who can ask by now. */
function gather(
  reader: LookupReader,
  deadline: number,
  starts: () => void,
): { readonly reads: LookupRead[]; readonly found: Promise<Found> } {
  const reads: LookupRead[] = [];
  const found = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
    starts();
    return reader.read(reads, deadline);
  });
  return { reads, found };
}
