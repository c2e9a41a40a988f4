import { readVersionDiff, type VersionDiff } from '../delta/version-diff';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { type StoredColumn, storedColumns } from '../offline/feature-schema';
import type { ObjectStore } from '../stores/object-store';
import { type DataFile, fileKey, inOrder } from '../delta/data-file';
import { readSnapshot, type Snapshot } from '../delta/snapshot';
import type { StructType } from '../parquet/schema';
import { TableError } from '../stores/table-error';
import type { Run } from './run';
import { type DoneVersion, fileMark, type MaterializationState, rowForm, type Work } from './state';

/** How a version is materialized. */
export interface Plan {
  readonly target: Snapshot;
  /** Its data files without the skipped ones, in the order of their rows. */
  readonly files: readonly DataFile[];
  /** Whether all of its rows are compared, not only what changed. */
  readonly whole: boolean;
  /** The files whose rows are written. */
  readonly written: readonly DataFile[];
  /** Whether stored rows are read before rows are written. */
  readonly compare: boolean;
  readonly reconciled: RowsToReconcile;
}

/** The rows that may be online although the version does not have them: rows of removed files, or any stored row. */
export type RowsToReconcile =
  { readonly kind: 'removed'; readonly files: readonly RemovedFile[] } | { readonly kind: 'stored'; readonly isForeign: boolean };

/** A data file that the target no longer has, and a version that has it. */
export interface RemovedFile {
  readonly snapshot: Snapshot;
  readonly file: DataFile;
}

/** Thrown for a version that may replace the online rows only with `force`. */
export class NeedsForce extends Error {
  public override readonly name = 'NeedsForce';
}

/**
 * Plans how a version is materialized: from the changes since the online version, or from all rows if the log no longer has these changes.
 * @param hasStarted whether this work has written rows already: then the plan stays the same, if possible
 * @throws NeedsForce if the version is older than the online version or belongs to another table; TableError if it cannot be read or does not
 * fit the feature table
 */
export async function planRun(run: Run, state: MaterializationState, work: Work, hasStarted: boolean): Promise<Plan> {
  const { offline } = run.io;
  const { done } = state;
  if (done !== undefined && work.target < done.version && !work.force) {
    throw new NeedsForce(`expected version ${done.version}, which is online, or a later one, got: ${work.target}; ${forceHint(run)}`);
  }
  const change = done === undefined ? undefined : await changeSince(run, done, work.target);
  const target = change?.target ?? (await readSnapshot(offline, work.target));
  storedColumns(run.table, target.schema);
  const skipped = new Set(state.skipped);
  const isRead = (file: DataFile) => !skipped.has(fileMark(file));
  const files = inOrder(target.files).filter(isRead);
  const hasSkipped = files.length < target.files.length;
  const removed = change && (await removedFiles(offline, change, state, isRead));
  const isUnknown = done !== undefined && removed === undefined;
  const whole = work.whole || isUnknown || (!hasStarted && (await needsWhole(run, state, hasSkipped)));

  if (!whole) {
    const added = change && new Set(change.added.map(fileKey));
    const isWritten = (file: DataFile) => added === undefined || added.has(fileKey(file)) || work.again.includes(fileMark(file));
    return {
      target,
      files,
      whole,
      written: files.filter(isWritten),
      compare: work.again.length > 0 || (removed ?? []).length > 0,
      reconciled: { kind: 'removed', files: removed ?? [] },
    };
  }
  const isForeign = done !== undefined && change === undefined && !(await isOfTable(offline, done, target));
  if (isForeign && !work.force) {
    throw new NeedsForce(`expected the table ${done.tableId}, got: ${target.metadata.id} in its place; ${forceHint(run)}`);
  }
  // a stored row that is in none of the files may be in a skipped one
  const byFilesOnly = hasSkipped && !work.force;
  return {
    target,
    files,
    whole,
    written: files,
    compare: true,
    reconciled: byFilesOnly ? { kind: 'removed', files: removed ?? [] } : { kind: 'stored', isForeign },
  };
}

function forceHint({ table }: Run): string {
  return `to replace the online rows, run \`cdk-ml-serving tables materialize ${table.name} --force\``;
}

/** Whether the online store may have rows that the changes since the last version do not cover. */
async function needsWhole({ io: { online } }: Run, { done, redo, skipped }: MaterializationState, hasSkipped: boolean): Promise<boolean> {
  if (done === undefined) return (await online.scan([])).items.length > 0;
  return redo === true || (skipped.length > 0 && !hasSkipped);
}

/** The changes since the online version; undefined if the log does not show which rows changed. */
async function changeSince({ table, io }: Run, done: DoneVersion, version: number): Promise<VersionDiff | undefined> {
  if (done.rowForm !== rowForm(table) || version < done.version) return undefined;
  try {
    const change = await readVersionDiff(io.offline, done.version, version);
    const { from, target } = change;
    return from.metadata.id === done.tableId && isReadAlike(table, from.schema, target.schema) ? change : undefined;
  } catch (error) {
    // the log no longer has that version, or cannot be read: then all rows of the target are read
    if (error instanceof TableError) return undefined;
    throw error;
  }
}

/**
 * The files that the target does not have but whose rows may be online: files of the online version, and of versions that were started and given
 * up. Undefined if the log no longer has all of these files.
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

/** Whether a version is of the table that is online: it has the same id, or had it at the version that is online. */
async function isOfTable(offline: ObjectStore, done: DoneVersion, target: Snapshot): Promise<boolean> {
  if (target.metadata.id === done.tableId) return true;
  return (await readSnapshot(offline, done.version).catch(unlessTableError))?.metadata.id === done.tableId;
}

function unlessTableError(error: unknown): undefined {
  if (!(error instanceof TableError)) throw error;
}

/** Whether the columns of a feature table have the same values in data files of a schema when they are read by a later schema. */
function isReadAlike(table: TableSpec, schema: StructType, later: StructType): boolean {
  const before = storedColumns(table, schema);
  return storedColumns(table, later).every(({ field }, i) => isSameField(before[i]!.field, field, schema));
}

function isSameField(before: StoredColumn['field'], field: StoredColumn['field'], { fields }: StructType): boolean {
  if (before === undefined || field === undefined) {
    // a new column has no values in older files; a renamed one has
    return before === field || (before === undefined && !fields.some(({ physicalName }) => physicalName === field!.physicalName));
  }
  return before.physicalName === field.physicalName && before.fieldId === field.fieldId;
}
