// Commits to a table many times, with appends and upserts in turn. Prints a JSON line for each commit.
//
//   write-many.ts TABLE WRITER COMMITS      TABLE is a folder or s3://bucket/prefix
import { setTimeout } from 'node:timers/promises';
import { appendRows } from '../../../lambda/delta/append-rows';
import { FolderStore } from '../../../lambda/stores/folder-store';
import { type WritableStore } from '../../../lambda/stores/object-store';
import { s3Client, S3Store } from '../../../lambda/stores/s3-store';
import { upsertRows } from '../../../lambda/delta/upsert-rows';
import { tableWriterIo } from '../../../lambda/delta/writer-io';
import { slices } from '../../helpers/delta-writer';

/** The printed line of a commit. A commit that was already in the table has no version. */
export interface Said {
  readonly version?: number;
  readonly checkpointFailure?: string;
  readonly rows: readonly [id: number, writer: number, commit: number][];
}

/** Every writer writes the ids below this. */
const SHARED = 5;

export function storeOf(table: string): WritableStore {
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/(.*)$/.exec(table) ?? [];
  if (bucket === undefined) return new FolderStore(table);
  const io = { client: s3Client(process.env), random: Math.random, sleep: (milliseconds: number) => setTimeout(milliseconds) };
  return new S3Store(io, bucket, prefix!);
}

async function main([table, writer, commits]: string[]): Promise<void> {
  const io = tableWriterIo(storeOf(table!));
  const [name, count] = [Number(writer), Number(commits)];
  for (let commit = 0; commit < count; commit++) {
    const own = [0, 1, 2].map((row) => [BigInt(name * 1_000_000 + commit * 10 + row), name, commit]);
    const shared = [0, 1].map((row) => [BigInt((commit + row) % SHARED), name, commit]);
    const rows = commit % 2 === 0 ? own : [...own, ...shared];
    const transaction = { appId: `writer ${name}`, version: BigInt(commit) };
    const outcome =
      commit % 2 === 0
        ? await appendRows(io, { rows: slices(rows), transaction })
        : await upsertRows(io, { key: ['id'], rows: () => slices(rows), transaction });
    const checkpointFailure = outcome.checkpointFailure === undefined ? undefined : String(outcome.checkpointFailure);
    console.log(
      JSON.stringify({ version: outcome.version, checkpointFailure, rows: rows.map(([id, ...others]) => [Number(id), ...others]) }),
    );
  }
}

if (require.main === module)
  main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
