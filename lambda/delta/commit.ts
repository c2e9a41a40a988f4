import { version as packageVersion } from '../../package.json';
import { TableError } from '../stores/table-error';
import { type Action, type CommitInfo } from './actions';
import { checkChange, checkWritable } from './check-writable';
import { commitBytes, readJsonActions } from './commit-file';
import { type TableChange, conflictOf } from './conflict';
import { commitPath } from './log-path';
import { type Snapshot, readSnapshot } from './snapshot';
import { isCheckpointVersion, writeCheckpoint } from './write-checkpoint';
import { type TableWriterIo } from './writer-io';

/** The most retries of a write after which the store does not say whether the commit exists. */
const MOST_UNCLEAR_ANSWERS = 5;
/** The most attempts to commit a change while other writers commit first, and the waits between them in milliseconds. */
const MOST_ATTEMPTS = 100;
const FIRST_WAIT = 10;
const LONGEST_WAIT = 2_000;

/** Identifies a write by its application's own version number. A table accepts each write once. */
export interface TransactionId {
  readonly appId: string;
  readonly version: bigint;
}

/** The outcome of a change. */
export type Committed<C extends TableChange> =
  | {
      readonly kind: 'committed';
      readonly version: number;
      readonly change: C;
      /** The error if a checkpoint was due and could not be written. The commit is complete without it. */
      readonly checkpointFailure: unknown;
    }
  /** The change has no actions. */
  | { readonly kind: 'nothing'; readonly change: C }
  /** The table already has the transaction. */
  | { readonly kind: 'repeated' };

/**
 * Commits a change to a table. If another writer commits first and the change conflicts with that commit, the change is made again.
 * @param make makes the change from a snapshot, without actions if there is nothing to change. It may write data files; they become part of the
 * table only when the change is committed
 * @throws TableError if the table cannot be written to, or if other writers commit first in every attempt
 */
export async function commitChange<C extends TableChange>(
  io: TableWriterIo,
  make: (snapshot: Snapshot) => Promise<C>,
  transaction?: TransactionId,
): Promise<Committed<C>> {
  const backoff = new Backoff(io);
  for (;;) {
    const snapshot = await readSnapshot(io.store);
    checkWritable(snapshot);
    if (isCommitted(snapshot, transaction)) return { kind: 'repeated' };
    const made = await make(snapshot);
    if (made.actions.length === 0) return { kind: 'nothing', change: made };
    checkChange(snapshot, made.actions);
    const change = transaction === undefined ? made : { ...made, actions: [...made.actions, transactionAction(io, transaction)] };
    const outcome = await commitAfter(io, snapshot.version, change, backoff);
    if (typeof outcome === 'number') {
      const checkpointFailure = await checkpointIfDue(io, snapshot.metadata.configuration, outcome);
      return { kind: 'committed', version: outcome, change, checkpointFailure };
    }
    await backoff.next(outcome);
  }
}

/** Writes a checkpoint if the version needs one. @returns the error, because the commit is complete without the checkpoint */
async function checkpointIfDue(io: TableWriterIo, configuration: Snapshot['metadata']['configuration'], version: number): Promise<unknown> {
  if (!isCheckpointVersion(configuration, version)) return undefined;
  try {
    await writeCheckpoint(io, version);
    return undefined;
  } catch (error) {
    return error;
  }
}

function isCommitted({ transactions }: Snapshot, transaction: TransactionId | undefined): boolean {
  const last = transaction === undefined ? undefined : transactions.get(transaction.appId);
  return last !== undefined && last >= transaction!.version;
}

function transactionAction({ now }: TableWriterIo, transaction: TransactionId): Action {
  return { kind: 'txn', txn: { ...transaction, lastUpdated: now() } };
}

/** Commits a change that was made from version `readVersion`. @returns the new version, or the conflict with another writer's commit */
async function commitAfter(io: TableWriterIo, readVersion: number, change: TableChange, backoff: Backoff): Promise<number | string> {
  const info = commitInfo(io, change, readVersion);
  const bytes = commitBytes([{ kind: 'commitInfo', commitInfo: info }, ...change.actions]);
  for (let version = readVersion + 1; ; version++) {
    if (await putCommit(io, version, bytes, info)) return version;
    const conflict = conflictOf(change, await readJsonActions(io.store, commitPath(version)));
    if (conflict !== undefined) return conflict;
    if ((await io.store.size(commitPath(version + 1))) === undefined) await backoff.next(`another writer committed version ${version}`);
  }
}

/** Creates the commit of a version unless it exists. @returns whether the commit in the log is this one */
export async function putCommit(io: TableWriterIo, version: number, bytes: Uint8Array, { txnId }: CommitInfo): Promise<boolean> {
  const path = commitPath(version);
  for (let unclear = 0; ; unclear++) {
    try {
      if (await io.store.create(path, bytes)) return true;
    } catch (error) {
      // the store's answer was lost: the commit may exist
      if (unclear === MOST_UNCLEAR_ANSWERS) throw error;
      if ((await io.store.size(path)) === undefined) {
        await io.sleep(1000 * io.random());
        continue;
      }
    }
    const there = await readJsonActions(io.store, path);
    return there.some((action) => action.kind === 'commitInfo' && action.commitInfo['txnId'] === txnId);
  }
}

/** Describes a commit, with the members that Delta Lake's writers use. */
export function commitInfo(
  io: TableWriterIo,
  { operation, parameters, metrics, read }: Omit<TableChange, 'actions'>,
  readVersion?: number,
): CommitInfo {
  return {
    timestamp: io.now(),
    operation,
    operationParameters: parameters,
    readVersion,
    isolationLevel: 'Serializable',
    isBlindAppend: read === undefined && operation === 'WRITE',
    operationMetrics: Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, String(value)])),
    engineInfo: `cdk-ml-serving/${packageVersion}`,
    txnId: io.uuid(),
  };
}

/** Waits between the attempts of a write: each wait is longer, and random, so that competing writers drift apart. */
class Backoff {
  private attempts = 0;

  constructor(private readonly io: Pick<TableWriterIo, 'random' | 'sleep'>) {}

  /**
   * Waits for the next attempt.
   * @param reason why the last attempt failed
   * @throws TableError after a hundred attempts
   */
  public async next(reason: string): Promise<void> {
    if (++this.attempts === MOST_ATTEMPTS) throw new TableError(`expected to commit within ${MOST_ATTEMPTS} attempts, got: ${reason}`);
    const longest = Math.min(FIRST_WAIT * 2 ** this.attempts, LONGEST_WAIT);
    await this.io.sleep(longest * this.io.random());
  }
}
