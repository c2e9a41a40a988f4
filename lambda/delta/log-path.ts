// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#file-types

/** The folder of a table's log. */
export const LOG_FOLDER = '_delta_log';

/** A file of the log that a replay may need, parsed from its name. */
export type LogPath =
  | { readonly kind: 'commit'; readonly version: number; readonly path: string }
  | { readonly kind: 'checkpoint'; readonly version: number; readonly path: string }
  /** One part of a checkpoint in several files. The first part is 1. */
  | { readonly kind: 'part'; readonly version: number; readonly path: string; readonly part: number; readonly parts: number };

const COMMIT = /^(\d{20})\.json$/;
const CHECKPOINT = /^(\d{20})\.checkpoint(?:\.[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})?\.(?:parquet|json)$/;
const PART = /^(\d{20})\.checkpoint\.(\d{10})\.(\d{10})\.parquet$/;

/** Parses a file name of the log's folder. Returns undefined for a file that a replay does not need, such as a checksum or a compaction. */
export function parseLogPath(name: string): LogPath | undefined {
  const path = `${LOG_FOLDER}/${name}`;
  const commit = COMMIT.exec(name);
  if (commit !== null) return { kind: 'commit', version: Number(commit[1]), path };
  const checkpoint = CHECKPOINT.exec(name);
  if (checkpoint !== null) return { kind: 'checkpoint', version: Number(checkpoint[1]), path };
  const part = PART.exec(name);
  if (part !== null) return { kind: 'part', version: Number(part[1]), path, part: Number(part[2]), parts: Number(part[3]) };
  return undefined;
}

/** Returns the prefix of a version's file names. Names of later versions sort after it. */
export function firstNameOf(version: number): string {
  return String(version).padStart(20, '0');
}

/** Returns the path of a version's commit. */
export function commitPath(version: number): string {
  return `${LOG_FOLDER}/${firstNameOf(version)}.json`;
}
