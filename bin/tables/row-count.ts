import type { DataFile } from '../../lambda/delta/data-file';

/** How many rows data files have by their statistics; undefined where one does not say. */
export function rowCountOf(files: readonly DataFile[]): number | undefined {
  let rows = 0;
  for (const { stats, deletionVector } of files) {
    const written = recordsOf(stats);
    if (written === undefined) return undefined;
    rows += written - (deletionVector?.cardinality ?? 0);
  }
  return rows;
}

function recordsOf(stats: string | undefined): number | undefined {
  try {
    const { numRecords } = (JSON.parse(stats ?? 'null') ?? {}) as { readonly numRecords?: unknown };
    return Number.isSafeInteger(numRecords) ? (numRecords as number) : undefined;
  } catch (error) {
    // statistics are a help: whatever is wrong with them is no error
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
