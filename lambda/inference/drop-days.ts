import { INFERENCE_PARTITION } from '../../lib/contract/inference-columns';
import { commitChange } from '../delta/commit';
import { decodedPath } from '../delta/data-file';
import { latestVersion } from '../delta/log-segment';
import { removeOf } from '../delta/rewrite-files';
import type { TableWriterIo } from '../delta/writer-io';

const DAY = 86_400_000;

/**
 * Removes the days that an inference table no longer keeps. Readers of an older version still need their files, which the bucket's lifecycle deletes
 * later.
 * @returns the number of files that were removed from the table
 */
export async function dropDays(io: TableWriterIo, retentionDays: number): Promise<number> {
  if ((await latestVersion(io.store)) === undefined) return 0;
  const firstKept = new Date(io.now() - retentionDays * DAY).toISOString().slice(0, 10);
  const isOld = (day: string | null | undefined): boolean => typeof day === 'string' && day < firstKept;
  const committed = await commitChange(io, async (snapshot) => {
    const old = snapshot.files.filter(({ partitionValues }) => isOld(partitionValues[INFERENCE_PARTITION]));
    return {
      actions: old.map((file) => ({ kind: 'remove', remove: removeOf(file, io.now()) }) as const),
      operation: 'DELETE',
      parameters: { predicate: JSON.stringify([`${INFERENCE_PARTITION} < '${firstKept}'`]) },
      metrics: { numRemovedFiles: old.length },
      read: { paths: new Set(old.map(({ path }) => decodedPath(path))), wouldRead: () => false },
    };
  });
  return committed.kind === 'committed' ? committed.change.actions.length : 0;
}
