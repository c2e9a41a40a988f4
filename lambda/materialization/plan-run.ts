import { type VersionDiff, readVersionDiff } from '../delta/version-diff';
import { storedColumns } from '../offline/feature-schema';
import { inOrder } from '../delta/data-file';
import type { ObjectStore } from '../stores/object-store';
import { fileKey } from '../delta/data-file';
import { type DataFile } from '../delta/data-file';
import { readSnapshot, type Snapshot } from '../delta/snapshot';
import { TableError } from '../stores/table-error';
import { markOf } from './file-mark';
import { isReadAlike, rowForm } from './row-form';
import type { Run } from './run';
import type { DoneVersion, MaterializationState, Work } from './state';

/** What is to be done so that a version is online. */
export interface Plan {
  readonly target: Snapshot;
  /** All of its data files that may be read, in the order of their rows. */
  readonly files: readonly DataFile[];
  /** Whether all of its rows are gone over. */
  readonly whole: boolean;
  /** The files whose rows are put online. */
  readonly written: readonly DataFile[];
  /** Whether what is stored is read before rows are put. */
  readonly compare: boolean;
  readonly vanished: VanishedRows;
}

/** Whose rows may have vanished: those of removed files, or all that are stored. */
export type VanishedRows =
  { readonly kind: 'removed'; readonly files: readonly RemovedFile[] } | { readonly kind: 'stored'; readonly isForeign: boolean };

/** A data file that the target does not have, of a version that has it. */
export interface RemovedFile {
  readonly snapshot: Snapshot;
  readonly file: DataFile;
}

/** A version that comes online only if somebody says that it is to replace what is. */
export class NeedsForce extends Error {
  public override readonly name = 'NeedsForce';
}

/**
 * Plans how a version comes online: by what has changed since the version that is online or, where that is not told any more, by all rows.
 * @param isBegun whether this work has put rows online already: then it stays what it was, if it can
 * @throws NeedsForce if the version is of another table than the one that is online; TableError if it cannot be read or does not fit the feature
 * table
 */
export async function planRun(run: Run, state: MaterializationState, work: Work, isBegun: boolean): Promise<Plan> {
  const { offline } = run.io;
  const { done } = state;
  if (done !== undefined && work.target < done.version && !work.force) {
    throw new NeedsForce(`expected version ${done.version}, which is online, or a later one, got: ${work.target}; ${byForce(run)}`);
  }
  const change = done === undefined ? undefined : await changeSince(run, done, work.target);
  const target = change?.target ?? (await readSnapshot(offline, work.target));
  storedColumns(run.table, target.schema);
  const skipped = new Set(state.skipped);
  const isRead = (file: DataFile) => !skipped.has(markOf(file));
  const files = inOrder(target.files).filter(isRead);
  const hasSkipped = files.length < target.files.length;
  const removed = change && (await removedFiles(offline, change, state, isRead));
  const isUnknown = done !== undefined && removed === undefined;
  const whole = work.whole || isUnknown || (!isBegun && (await needsWhole(run, state, hasSkipped)));

  if (!whole) {
    const added = change && new Set(change.added.map(fileKey));
    const isWritten = (file: DataFile) => added === undefined || added.has(fileKey(file)) || work.again.includes(markOf(file));
    return {
      target,
      files,
      whole,
      written: files.filter(isWritten),
      compare: work.again.length > 0 || (removed ?? []).length > 0,
      vanished: { kind: 'removed', files: removed ?? [] },
    };
  }
  const isForeign = done !== undefined && change === undefined && !(await isOfTable(offline, done, target));
  if (isForeign && !work.force) {
    throw new NeedsForce(`expected the table ${done.tableId}, got: ${target.metadata.id} in its place; ${byForce(run)}`);
  }
  // a row that is in none of the files that are read may be in a skipped one
  const isToldByFiles = hasSkipped && !work.force;
  return {
    target,
    files,
    whole,
    written: files,
    compare: true,
    vanished: isToldByFiles ? { kind: 'removed', files: removed ?? [] } : { kind: 'stored', isForeign },
  };
}

function byForce({ table }: Run): string {
  return `\`cdk-ml-serving tables materialize ${table.name} --force\` brings it online`;
}

/** Whether the online store may have rows of which what has changed tells nothing. */
async function needsWhole({ io: { online } }: Run, { done, redo, skipped }: MaterializationState, hasSkipped: boolean): Promise<boolean> {
  if (done === undefined) return (await online.scan([])).items.length > 0;
  return redo === true || (skipped.length > 0 && !hasSkipped);
}

/** What has changed since the version that is online; undefined where that does not tell which rows have. */
async function changeSince({ table, io }: Run, done: DoneVersion, version: number): Promise<VersionDiff | undefined> {
  if (done.rowForm !== rowForm(table) || version < done.version) return undefined;
  try {
    const change = await readVersionDiff(io.offline, done.version, version);
    const { from, target } = change;
    return from.metadata.id === done.tableId && isReadAlike(table, from.schema, target.schema) ? change : undefined;
  } catch (error) {
    // the log does not reach back so far, or cannot be read: what is asked for then is read by itself
    if (error instanceof TableError) return undefined;
    throw error;
  }
}

/**
 * The files whose rows may be online though the target does not have them: those of the version that is online, and those of versions that were
 * begun and given up. Undefined where not all of them are known any more.
 */
async function removedFiles(
  offline: ObjectStore,
  { base, target, removed }: VersionDiff,
  { abandoned }: MaterializationState,
  isRead: (file: DataFile) => boolean,
): Promise<RemovedFile[] | undefined> {
  const found = removed.map((file): RemovedFile => ({ snapshot: base, file }));
  const known = new Set([...base.files, ...target.files].map(fileKey));
  for (const version of abandoned.filter((one) => one < target.version)) {
    const snapshot = await readSnapshot(offline, version).catch(unlessTableError);
    if (snapshot === undefined) return undefined;
    for (const file of snapshot.files.filter((one) => !known.has(fileKey(one)))) {
      known.add(fileKey(file));
      found.push({ snapshot, file });
    }
  }
  return found.filter(({ file }) => isRead(file));
}

/** Whether a version is of the table that is online: it has its id, or had it at the version that is online. */
async function isOfTable(offline: ObjectStore, done: DoneVersion, target: Snapshot): Promise<boolean> {
  if (target.metadata.id === done.tableId) return true;
  return (await readSnapshot(offline, done.version).catch(unlessTableError))?.metadata.id === done.tableId;
}

function unlessTableError(error: unknown): undefined {
  if (!(error instanceof TableError)) throw error;
}
