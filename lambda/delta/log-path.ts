// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#file-types

/** The folder of a table's log. */
export const LOG_FOLDER = '_delta_log';

/** A file of the log that replay may need, told by its name. */
export type LogPath =
  | { readonly kind: 'commit'; readonly version: number; readonly path: string }
  | { readonly kind: 'checkpoint'; readonly version: number; readonly path: string }
  /** One part of a checkpoint in several files; parts count from 1. */
  | { readonly kind: 'part'; readonly version: number; readonly path: string; readonly part: number; readonly parts: number };

const COMMIT = /^(\d{20})\.json$/;
const CHECKPOINT = /^(\d{20})\.checkpoint(?:\.[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})?\.(?:parquet|json)$/;
const PART = /^(\d{20})\.checkpoint\.(\d{10})\.(\d{10})\.parquet$/;

/** What a file name of the log's folder is; undefined for one that replay does not need (checksums, compactions, temporary and foreign files). */
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

/** The first name that a file of a version, or of a later one, can have. */
export function firstNameOf(version: number): string {
  return String(version).padStart(20, '0');
}

/** The path of the commit of a version. */
export function commitPath(version: number): string {
  return `${LOG_FOLDER}/${firstNameOf(version)}.json`;
}
